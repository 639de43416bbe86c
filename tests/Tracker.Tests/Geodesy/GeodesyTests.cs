using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class GeodesyTests
{
    /// <summary>Published values: Vincenty's method on Geoscience Australia's test line, GeographicLib's documentation, Karney 2013.</summary>
    [Theory]
    [InlineData(-37.95103341666667, 144.42486788888888, -37.65282113888889, 143.92649552777778, 54972.271, 306.8681583, 0.001)]
    [InlineData(-41.32, 174.81, 40.96, -5.50, 19959679.267, 161.06766998615873, 0.001)]
    [InlineData(-30, 0, 29.9, 179.8, 19989832.82761, 161.890524, 0.001)]
    [InlineData(0, 0, 0.5, 179.5, 19936288.579, 25.67187, 0.002)]
    [InlineData(0, 0, 0.5, 179.7, 19944127.421, 15.5569, 0.001)]
    [InlineData(0, 0, 0, 1, 111319.49079327358, 90, 1e-3)]
    [InlineData(0, 0, 90, 0, 10001965.729, 0, 0.001)]
    [InlineData(90, 0, -90, 0, 20003931.4586, 180, 0.001)]
    [InlineData(0, 0, 0, 180, 20003931.4586, 180, 0.001)]
    public void Published_lines(double lat1, double lon1, double lat2, double lon2, double distanceM, double courseDeg, double withinM)
    {
        GeoPoint a = new(lat1, lon1), b = new(lat2, lon2);
        Assert.Equal(distanceM, Geodesy.DistanceM(a, b), withinM);
        Assert.Equal(distanceM, Geodesy.DistanceM(b, a), withinM);
        Assert.InRange(Turned(courseDeg, Geodesy.CourseDeg(a, b)), 0, withinM < 0.01 ? 2e-4 : 0.05);
    }

    [Fact]
    public void Destination_agrees_with_the_geodesic_integrated_numerically()
    {
        var random = new Random(1);
        for (int i = 0; i < 60; i++)
        {
            GeoPoint from = new(random.NextDouble() * 140 - 70, random.NextDouble() * 360 - 180);
            double course = random.NextDouble() * 360, distance = Math.Pow(10, 1 + random.NextDouble() * 4.5);
            GeoPoint integrated = Integrate(from, course, distance, 2000);
            Assert.InRange(Geodesy.DistanceM(integrated, Geodesy.Destination(from, course, distance)), 0, 1e-3);
            Assert.Equal(distance, Geodesy.DistanceM(from, integrated), Math.Max(1e-3, distance * 1e-7));
        }
    }

    [Fact]
    public void Distance_is_true_to_a_tenth_of_a_millionth_below_20_km()
    {
        Gen<(double Lat, double Lon, double Course, double Exponent)> lines =
            from lat in Gen.Choose(-89_900, 89_900)
            from lon in Gen.Choose(-180_000, 180_000)
            from course in Gen.Choose(0, 3599)
            from exponent in Gen.Choose(0, 4300)
            select (lat / 1e3, lon / 1e3, course / 10.0, exponent / 1e3);
        Prop.ForAll(lines.ToArbitrary(), line =>
        {
            GeoPoint from = new(line.Lat, line.Lon);
            double distance = Math.Pow(10, line.Exponent);
            GeoPoint to = Geodesy.Destination(from, line.Course, distance);
            double tolerance = distance * 1e-7 + 2e-8;
            return Math.Abs(Geodesy.DistanceM(from, to) - distance) <= tolerance
                && Turned(line.Course, Geodesy.CourseDeg(from, to)) < 1e-5 + 1e-5 / distance * 100;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void The_three_formulas_meet_without_a_step()
    {
        foreach (double latitude in new[] { 0.0, 30, 48.2, 65, 80 })
        {
            foreach (double distance in new[] { 500.0, 1100, 2200, 2230, 99_999, 100_001 })
            {
                GeoPoint from = new(latitude, 179.99), to = Geodesy.Destination(from, 63, distance);
                Assert.Equal(1, Geodesy.DistanceM(from, to) / distance, 1e-7);
            }
        }
    }

    [Fact]
    public void The_antimeridian_is_no_border()
    {
        GeoPoint west = new(10, 179.9999), east = new(10, -179.9999);
        Assert.Equal(Geodesy.DistanceM(new(10, 0), new(10, 0.0002)), Geodesy.DistanceM(west, east), 1e-6);
        Assert.Equal(90, Geodesy.CourseDeg(west, east), 1e-3);
        Assert.Equal(180, Math.Abs(Geodesy.Interpolate(west, east, 0.5).LongitudeDeg), 1e-9);
        Assert.Equal(0, Geodesy.DistanceM(new(10, 180), new(10, -180)));
    }

    [Fact]
    public void Interpolation_divides_the_distance()
    {
        var random = new Random(2);
        for (int i = 0; i < 500; i++)
        {
            GeoPoint a = new(random.NextDouble() * 178 - 89, random.NextDouble() * 360 - 180);
            GeoPoint b = Geodesy.Destination(a, random.NextDouble() * 360, Math.Pow(10, random.NextDouble() * 6));
            double fraction = random.NextDouble(), whole = Geodesy.DistanceM(a, b);
            GeoPoint middle = Geodesy.Interpolate(a, b, fraction);
            Assert.Equal(whole * fraction, Geodesy.DistanceM(a, middle), whole * 1e-4);
            Assert.Equal(whole, Geodesy.DistanceM(a, middle) + Geodesy.DistanceM(middle, b), whole * 1e-4);
        }
    }

    [Fact]
    public void Antipodes_of_all_kinds_are_symmetric_and_obey_the_triangle()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            GeoPoint a = new(random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180);
            GeoPoint b = new(Math.Clamp(-a.LatitudeDeg + random.NextDouble() - 0.5, -90, 90),
                Wgs84.WrapDeg(a.LongitudeDeg + 180 + random.NextDouble() - 0.5));
            double there = Geodesy.DistanceM(a, b);
            Assert.InRange(there, 19_800_000, 20_003_932);
            Assert.Equal(there, Geodesy.DistanceM(b, a), 0.01);
            GeoPoint reached = Geodesy.Destination(a, Geodesy.CourseDeg(a, b), there);
            Assert.InRange(Geodesy.DistanceM(reached, b), 0, 0.5);
        }
    }

    [Fact]
    public void A_local_frame_turns_round_exactly_and_agrees_with_the_distance()
    {
        LocalFrame frame = new(new(48.2, 179.999));
        (double east, double north) = frame.ToMetres(new(48.201, -179.998));
        Assert.Equal(Geodesy.DistanceM(frame.Origin, new(48.201, -179.998)), Math.Sqrt(east * east + north * north), 0.02);
        GeoPoint back = frame.ToPoint(east, north);
        Assert.Equal(48.201, back.LatitudeDeg, 1e-12);
        Assert.Equal(-179.998, back.LongitudeDeg, 1e-10);
    }

    private static double Turned(double a, double b)
    {
        double difference = Math.Abs(a - b) % 360;
        return Math.Min(difference, 360 - difference);
    }

    // Runge-Kutta over the differential equations of the geodesic: shares nothing with the series under test.
    private static GeoPoint Integrate(GeoPoint from, double courseDeg, double distanceM, int steps)
    {
        const double A = 6378137, E2 = 0.0066943799901413165;
        (double Lat, double Lon, double Course) Slope((double Lat, double Lon, double Course) s)
        {
            double w = Math.Sqrt(1 - E2 * Math.Sin(s.Lat) * Math.Sin(s.Lat));
            double n = A / w, m = A * (1 - E2) / (w * w * w);
            return (Math.Cos(s.Course) / m, Math.Sin(s.Course) / (n * Math.Cos(s.Lat)), Math.Sin(s.Course) * Math.Tan(s.Lat) / n);
        }
        (double Lat, double Lon, double Course) At((double Lat, double Lon, double Course) s, (double Lat, double Lon, double Course) k, double h) =>
            (s.Lat + k.Lat * h, s.Lon + k.Lon * h, s.Course + k.Course * h);
        var state = (Lat: from.LatitudeDeg * Math.PI / 180, Lon: from.LongitudeDeg * Math.PI / 180, Course: courseDeg * Math.PI / 180);
        double step = distanceM / steps;
        for (int i = 0; i < steps; i++)
        {
            var k1 = Slope(state);
            var k2 = Slope(At(state, k1, step / 2));
            var k3 = Slope(At(state, k2, step / 2));
            var k4 = Slope(At(state, k3, step));
            state = At(At(At(At(state, k1, step / 6), k2, step / 3), k3, step / 3), k4, step / 6);
        }
        return new(state.Lat * 180 / Math.PI, Wgs84.WrapDeg(state.Lon * 180 / Math.PI));
    }
}

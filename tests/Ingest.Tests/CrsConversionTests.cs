using Tracking.Contracts;

namespace Tracking.Ingest.Tests;

public sealed class CrsConversionTests
{
    // Pairs that the published implementations (coordtransform, eviltransform) print in their tests. Those of eviltransform
    // rest on another semi-major axis (6,378,137 m), which moves a result by up to 1.5e-7 degree.
    [Theory]
    [InlineData(39.915, 116.404, 39.91640428150164, 116.41024449916938, 1e-9)]
    [InlineData(31.1774276, 121.5272106, 31.17530398364597, 121.531541859215, 2e-7)]
    [InlineData(22.543847, 113.912316, 22.540796131694766, 113.9171764808363, 2e-7)]
    [InlineData(39.911954, 116.377817, 39.91334545536069, 116.38404722455657, 2e-7)]
    public void Gcj02_matches_published_values_both_ways(double latitude, double longitude, double gcjLatitude, double gcjLongitude, double within)
    {
        var wgs = new GeoPoint(latitude, longitude);
        var gcj = new GeoPoint(gcjLatitude, gcjLongitude);
        AssertNear(gcj, CrsConversion.FromWgs84(wgs, Crs.Gcj02), within);
        AssertNear(wgs, CrsConversion.ToWgs84(gcj, Crs.Gcj02), within);
    }

    [Fact]
    public void Bd09_matches_published_values()
    {
        GeoPoint gcj = CrsConversion.FromWgs84(new GeoPoint(39.915, 116.404), Crs.Gcj02);
        GeoPoint baidu = CrsConversion.FromWgs84(CrsConversion.ToWgs84(new GeoPoint(39.915, 116.404), Crs.Gcj02), Crs.Bd09);
        AssertNear(new GeoPoint(39.92133699351021, 116.41036949371029), baidu, 1e-8);
        AssertNear(new GeoPoint(39.90865673957631, 116.39762729119315),
            CrsConversion.FromWgs84(CrsConversion.ToWgs84(new GeoPoint(39.915, 116.404), Crs.Bd09), Crs.Gcj02), 1e-5);
        Assert.NotEqual(gcj, baidu);
    }

    [Theory]
    [InlineData(Crs.Gcj02)]
    [InlineData(Crs.Bd09)]
    public void There_and_back_is_exact_to_a_tenth_of_the_grid_all_over_china(Crs crs)
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            var wgs = new GeoPoint(18 + random.NextDouble() * 35, 74 + random.NextDouble() * 60);
            AssertNear(wgs, CrsConversion.ToWgs84(CrsConversion.FromWgs84(wgs, crs), crs), 1e-8);
        }
    }

    [Theory]
    [InlineData(48.2082, 16.3738)]
    [InlineData(-33.86, 151.2)]
    [InlineData(0.0001, 0.0001)]
    [InlineData(89.9, -179.9)]
    public void Outside_of_china_nothing_moves(double latitude, double longitude)
    {
        var point = new GeoPoint(latitude, longitude);
        Assert.Equal(point, CrsConversion.ToWgs84(point, Crs.Gcj02));
        Assert.Equal(point, CrsConversion.ToWgs84(point, Crs.Bd09));
        Assert.Equal(point, CrsConversion.ToWgs84(point, Crs.Wgs84));
    }

    private static void AssertNear(GeoPoint expected, GeoPoint actual, double withinDeg)
    {
        Assert.True(Math.Abs(expected.LatitudeDeg - actual.LatitudeDeg) <= withinDeg, $"latitude {actual.LatitudeDeg}, not {expected.LatitudeDeg}");
        Assert.True(Math.Abs(expected.LongitudeDeg - actual.LongitudeDeg) <= withinDeg, $"longitude {actual.LongitudeDeg}, not {expected.LongitudeDeg}");
    }
}

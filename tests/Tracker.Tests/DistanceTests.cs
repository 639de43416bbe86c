using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class DistanceTests
{
    // A drive with streets and corners; the truth is the dense line, the fixes are samples of it.
    private static (double TrueM, List<Fix> Fixes) Streets(int seed, double speedMps, double everyS, double sigmaM)
    {
        var random = new Random(seed);
        var frame = new LocalFrame(Drive.Depot);
        var fixes = new List<Fix>();
        double east = 0, north = 0, heading = 1, target = 1, trueM = 0, legM = 0, speed = speedMps, nextS = 0;
        for (double t = 0; t < 2400; t += 0.1)
        {
            if (t >= nextS)
            {
                nextS += everyS;
                GeoPoint seen = frame.ToPoint(east + sigmaM * Drive.Normal(random), north + sigmaM * Drive.Normal(random));
                fixes.Add(new Fix { FixedAt = new((long)Math.Round(t * 1000)), Position = seen.Quantised(), AccuracyM = (float)Math.Max(5, 1.5 * sigmaM) });
            }
            if (legM <= 0)
            {
                legM = 600 + 900 * random.NextDouble();
                target = heading + (random.Next(2) * 2 - 1) * (0.3 + 0.8 * random.NextDouble());
            }
            heading += Math.Clamp(target - heading, -0.03, 0.03);
            double step = speed * 0.1;
            (east, north, trueM, legM) = (east + step * Math.Sin(heading), north + step * Math.Cos(heading), trueM + step, legM - step);
        }
        return (trueM, fixes);
    }

    [Theory]
    [InlineData(13, 1, 5)]
    [InlineData(13, 2, 5)]
    [InlineData(13, 5, 5)]
    [InlineData(13, 10, 5)]
    [InlineData(13, 15, 5)]
    [InlineData(13, 30, 5)]
    [InlineData(30, 1, 5)]
    [InlineData(30, 5, 5)]
    [InlineData(13, 1, 15)]
    [InlineData(1.4, 1, 5)]
    [InlineData(1.4, 30, 5)]
    [InlineData(13, 1, 0.3)]
    public void Smoothed_length_is_true_within_one_percent_where_sampling_allows_and_never_worse_than_the_plain_sum(
        double speedMps, double everyS, double sigmaM)
    {
        double plainOff = 0, smoothOff = 0;
        for (int seed = 1; seed <= 6; seed++)
        {
            (double trueM, List<Fix> fixes) = Streets(seed, speedMps, everyS, sigmaM);
            double plainM = 0, smoothM = 0;
            var distance = new Distance([.. fixes], new DistanceOptions());
            for (int i = 0; i + 1 < fixes.Count; i++)
            {
                plainM += Geodesy.DistanceM(fixes[i].Position, fixes[i + 1].Position);
                smoothM += distance.StepM(i);
            }
            plainOff += Math.Abs(plainM / trueM - 1) / 6;
            smoothOff += Math.Abs(Math.Min(smoothM, plainM) / trueM - 1) / 6;
        }
        Assert.True(smoothOff < 0.01 || (everyS >= 10 && smoothOff <= plainOff + 0.0005), $"off by {smoothOff:P2}, plain by {plainOff:P2}");
    }

    [Fact]
    public void The_recorded_drives_come_out_between_their_seconds_and_their_points()
    {
        List<List<Fix>> drives = Watched.Drives();
        foreach (int index in new[] { 0, 2 })
        {
            List<Fix> drive = drives[index];
            double whole = Length(drive), bySecond = Length([.. drive.GroupBy(static f => f.FixedAt).Select(static g => g.Last())]);
            DayReport report = ReportOf(drive);
            Assert.InRange(report.AcceptedM, 0.98 * bySecond, 1.02 * whole);
            Assert.Equal(whole, report.RawM, 1e-6 * whole);
            Assert.Empty(report.Rejected);
        }
    }

    [Fact]
    public void The_recorded_city_day_has_stops_trips_and_gaps_that_do_not_overlap()
    {
        List<Fix> drive = Watched.Drives()[1];
        DayReport report = ReportOf(drive);
        Assert.InRange(report.AcceptedM, 0.6 * Length(drive), 1.001 * report.RawM);
        Assert.NotEmpty(report.Stops);
        Assert.NotEmpty(report.Trips);
        Assert.NotEmpty(report.Gaps);
        DayReportTests.CheckIntervals(report);
    }

    [Fact]
    public void Nobody_is_suspected_on_the_recorded_drives()
    {
        foreach (List<Fix> drive in Watched.Drives())
        {
            var run = new Run().Take(drive.Select(static f => f with { ReceivedAt = f.FixedAt }));
            Assert.Empty(run.Of<MockSuspected>());
            Assert.True(run.Live.MockScore < 0.2, $"score {run.Live.MockScore}");
        }
    }

    private static DayReport ReportOf(List<Fix> drive)
    {
        Run run = new Run().Take(drive.Select(static f => f with { ReceivedAt = f.FixedAt }));
        Instant begin = new(drive[0].FixedAt.EpochMs / 86_400_000 * 86_400_000);
        return run.Report(begin, begin + 24.Hours());
    }

    private static double Length(List<Fix> fixes) =>
        fixes.Zip(fixes.Skip(1)).Sum(static pair => Geodesy.DistanceM(pair.First.Position, pair.Second.Position));
}

using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class ReportedWayTests
{
    // A minute's drive, a wait of one and a half with drift, and on, one fix a second.
    private static List<Fix> Fixes(double sigmaM, Func<double, float> told)
    {
        var random = new Random(7);
        var frame = new LocalFrame(Drive.Depot);
        List<Fix> fixes = [];
        double north = 0, driftN = 0, driftE = 0;
        for (int second = 0; second <= 600; second++)
        {
            double speed = second is > 60 and < 150 ? 0 : 10;
            (driftN, driftE) = (0.975 * driftN + 0.22 * sigmaM * Drive.Normal(random), 0.975 * driftE + 0.22 * sigmaM * Drive.Normal(random));
            fixes.Add(new Fix
            {
                FixedAt = Drive.Morning + second.Seconds(),
                Position = frame.ToPoint(driftE, north + driftN).Quantised(),
                AccuracyM = (float)(1.5 * sigmaM),
                SpeedMps = told(speed),
            });
            north += speed;
        }
        return fixes;
    }

    private static (double PositionsM, double PreferredM) Lengths(List<Fix> fixes)
    {
        var distance = new Distance([.. fixes], new DistanceOptions());
        var steps = new double[fixes.Count - 1];
        for (int i = 0; i < steps.Length; i++) steps[i] = distance.StepM(i);
        double before = steps.Sum();
        ReportedWay.Prefer([.. fixes], steps);
        return (before, steps.Sum());
    }

    [Fact]
    public void Speeds_tell_drift_from_movement()
    {
        const double TrueM = 5110;
        (double positionsM, double preferredM) = Lengths(Fixes(9, static speed => (float)speed));
        Assert.InRange(preferredM, 0.995 * TrueM, 1.005 * TrueM);
        Assert.True(Math.Abs(preferredM - TrueM) < Math.Abs(positionsM - TrueM));
    }

    [Theory]
    [InlineData(0f)] // never told
    [InlineData(1.4f)] // made up
    [InlineData(36f)] // in other units
    [InlineData(float.NaN)] // unknown
    public void Speeds_that_do_not_fit_the_way_count_for_nothing(float told)
    {
        (double positionsM, double preferredM) = Lengths(Fixes(4, _ => told));
        Assert.Equal(positionsM, preferredM);
    }

    [Fact]
    public void A_leg_whose_speeds_do_not_fit_keeps_its_positions()
    {
        List<Fix> fixes = Fixes(2, static speed => (float)speed);
        for (int i = 300; i < 330; i++) fixes[i] = fixes[i] with { SpeedMps = 0 };
        (double positionsM, double preferredM) = Lengths(fixes);
        Assert.InRange(preferredM, 0.99 * positionsM, 1.01 * positionsM);
    }

    [Fact]
    public void Dense_fixes_only()
    {
        List<Fix> fixes = [.. Fixes(4, static speed => (float)speed).Where(static (_, i) => i % 10 == 0)];
        (double positionsM, double preferredM) = Lengths(fixes);
        Assert.Equal(positionsM, preferredM);
    }

    [Fact]
    public void A_halt_at_the_vehicle_within_the_radius_does_not_cut_the_way_short()
    {
        // 35 m on foot to the car, half a minute to get in, back past the door and away.
        Drive drive = Drive.From(Drive.Depot).Every(1.Seconds()).For(10.Minutes()).Still().Towards(0).For(25.Seconds()).At(1.4)
            .For(30.Seconds()).Still().Towards(180).For(4.Minutes()).At(10).For(6.Minutes()).Still();
        DayTrip trip = Assert.Single(new Run().Take(drive).Report().Trips);
        Assert.InRange(trip.DistanceM, 0.99 * drive.TrueM, 1.005 * drive.TrueM);
    }
}

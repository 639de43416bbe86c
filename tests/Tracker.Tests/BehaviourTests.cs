using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Visits, speed and battery.</summary>
public class BehaviourTests
{
    private static readonly Geofence Customer = Watched.Circle(1, Geodesy.Destination(Drive.Depot, 90, 1500), 100) with { Purpose = GeofencePurpose.Customer };

    // To the customer's door, a stay, and on.
    private static Drive Visit(TimeSpan stay) =>
        Drive.From(Drive.Depot).For(150.Seconds()).At(10).For(stay).Still().For(3.Minutes()).At(10);

    [Fact]
    public void A_stay_of_five_minutes_at_a_customers_is_a_visit()
    {
        Run run = new Run(Customer).Take(Visit(8.Minutes()));
        VisitVerified visit = Assert.Single(run.Of<VisitVerified>());
        Assert.Equal(1, visit.GeofenceKey);
        Assert.Equal(Assert.Single(run.Of<GeofenceEntered>()).At, visit.BeganAt);
        Assert.Equal(Assert.Single(run.Of<GeofenceExited>()).At, visit.At);
        Assert.Empty(run.Of<VisitTooShort>());
    }

    [Fact]
    public void A_shorter_one_is_told_as_too_short_and_passing_by_is_not_told()
    {
        Run shorter = new Run(Customer).Take(Visit(3.Minutes()));
        Assert.InRange((Assert.Single(shorter.Of<VisitTooShort>()) is var visit ? visit.At - visit.BeganAt : default).TotalMinutes, 3, 4);
        Run passing = new Run(Customer).Take(Drive.From(Drive.Depot).For(6.Minutes()).At(10));
        Assert.Single(passing.Of<GeofenceExited>());
        Assert.Empty(passing.Of<VisitEvent>());
    }

    [Fact]
    public void A_stay_anywhere_else_is_no_visit() =>
        Assert.Empty(new Run(Customer with { Purpose = GeofencePurpose.Office }).Take(Visit(8.Minutes())).Of<VisitEvent>());

    [Fact]
    public void A_visit_under_a_mock_case_is_doubted()
    {
        Drive drive = Visit(8.Minutes());
        Run run = new Run(Customer).Take(drive.Fixes.Select(static (f, i) => i is > 30 and < 65 ? f with { Traits = FixTraits.Mock } : f));
        Assert.Single(run.Of<VisitDoubted>());
        Assert.Empty(run.Of<VisitVerified>());
    }

    [Fact]
    public void Too_fast_in_a_fence_with_a_limit_is_told_once()
    {
        Geofence town = Watched.Circle(2, Geodesy.Destination(Drive.Depot, 90, 3000), 1500) with { SpeedLimitMps = 13.9 };
        Run run = new Run(town).Take(Drive.From(Drive.Depot).Every(5.Seconds()).For(5.Minutes()).At(22));
        SpeedExceeded fast = Assert.Single(run.Of<SpeedExceeded>());
        Assert.Equal((13.9, (int?)2), (fast.LimitMps, fast.GeofenceKey));
        Assert.InRange(fast.SpeedMps, 19, 22.1);
        Assert.True(fast.ConfirmedAt - fast.At >= 10.Seconds());
        Assert.Empty(new Run(town).Take(Drive.From(Drive.Depot).Every(5.Seconds()).For(5.Minutes()).At(14)).Of<SpeedExceeded>());
    }

    [Fact]
    public void A_claimed_speed_that_the_way_does_not_confirm_and_a_single_fix_are_not_held_against_anybody()
    {
        Geofence town = Watched.Circle(2, Drive.Depot, 1500) with { SpeedLimitMps = 13.9 };
        Drive slow = Drive.From(Drive.Depot).Every(5.Seconds()).For(2.Minutes()).At(8);
        Assert.Empty(new Run(town).Take(slow.Fixes.Select(static f => f with { SpeedMps = 40 })).Of<SpeedExceeded>());
        Drive once = Drive.From(Drive.Depot).Every(5.Seconds()).For(1.Minutes()).At(8).For(5.Seconds()).At(25).For(1.Minutes()).At(8);
        Assert.Empty(new Run(town).Take(once).Of<SpeedExceeded>());
    }

    [Fact]
    public void A_low_battery_is_told_once_until_it_was_charged()
    {
        float[] levels = [40, 16, 15, 14, 16, 13, 30, 20, 12, 11];
        Drive drive = Drive.From(Drive.Depot).Every(30.Seconds()).For(5.Minutes()).At(3);
        Run run = new Run().Take(drive.Fixes.Select((f, i) => f with { BatteryPct = levels[i] }));
        Assert.Equal([15.0, 12], run.Of<BatteryLow>().Select(static e => e.BatteryPct));
        Run charging = new Run().Take(drive.Fixes.Select(static f => f with { BatteryPct = 5, Traits = FixTraits.ChargingKnown | FixTraits.Charging }));
        Assert.Empty(charging.Of<BatteryLow>());
    }
}

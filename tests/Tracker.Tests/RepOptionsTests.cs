using System.Reflection;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public sealed class RepOptionsTests
{
    private static readonly RepOptions Layered = new(
        TrackerOptions.Default with { Stops = new StopOptions { StopRadiusM = 70 } },
        [
            new("north/vienna", static o => o with { Stops = o.Stops with { TripMinimumM = 300 } }),
            new("north", static o => o with { Stops = o.Stops with { StopRadiusM = 80, TripMinimumM = 250 } }),
        ],
        [new("ann", static o => o with { Stops = o.Stops with { SureLeaveM = 400 } })]);

    [Theory]
    [InlineData("bob", "", 70, 200, 200)]
    [InlineData("bob", "south", 70, 200, 200)]
    [InlineData("bob", "northern", 70, 200, 200)]
    [InlineData("bob", "north", 80, 250, 200)]
    [InlineData("bob", "north/graz/west", 80, 250, 200)]
    [InlineData("bob", "north/vienna", 80, 300, 200)]
    [InlineData("bob", "north/vienna/1030", 80, 300, 200)]
    [InlineData("ann", "", 70, 200, 400)]
    [InlineData("ann", "north/vienna/1030", 80, 300, 400)]
    public void The_nearest_wins_key_by_key(string id, string group, double radiusM, double tripM, double leaveM)
    {
        StopOptions stops = Layered.Of(new Rep(1, id, id, group, "UTC")).Stops;
        Assert.Equal((radiusM, tripM, leaveM), (stops.StopRadiusM, stops.TripMinimumM, stops.SureLeaveM));
    }

    [Fact]
    public void An_unknown_rep_has_everybodys() => Assert.Equal(70, Layered.Of(null).Stops.StopRadiusM);

    [Fact]
    public void Finding_them_allocates_nothing()
    {
        var rep = new Rep(1, "ann", "Ann", "north/vienna/1030", "UTC");
        Layered.Of(rep);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Layered.Of(rep);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void What_does_not_fit_is_named_also_when_it_only_does_not_fit_a_group()
    {
        ArgumentException alone = Assert.Throws<ArgumentException>(static () => new RepOptions(TrackerOptions.Default,
            [new("north", static o => o with { Mock = o.Mock with { SuspectAt = 2 } })], []));
        Assert.StartsWith("Groups:north:Tracker:Mock:SuspectAt (2)", alone.Message, StringComparison.Ordinal);
        ArgumentException beside = Assert.Throws<ArgumentException>(static () => new RepOptions(TrackerOptions.Default,
            [new("north", static o => o with { Stops = o.Stops with { GapMinimum = TimeSpan.FromMinutes(4) } })],
            [new("ann", static o => o with { Stops = o.Stops with { StopMinimum = TimeSpan.FromMinutes(6) } })]));
        Assert.StartsWith("Reps:ann (in group north):Tracker:Stops:StopMinimum (00:06:00)", beside.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_shares_no_part()
    {
        TrackerOptions original = new(), copy = original.Copy();
        Assert.Equal(original, copy);
        foreach (PropertyInfo part in typeof(TrackerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Assert.NotSame(part.GetValue(original), part.GetValue(copy));
    }

    [Fact]
    public void A_rep_that_changes_its_group_has_the_new_groups_from_the_next_turn_on()
    {
        var rep = new Rep(1, "bob", "Bob", "", "UTC");
        var context = new TrackerContext
        {
            Options = new RepOptions(TrackerOptions.Default, [new("strict", static o => o with { Admission = o.Admission with { InaccurateAboveM = 20 } })], []),
            Geofences = new GeofenceIndex(),
            FindRep = _ => rep,
        };
        var tracker = new RepTracker(1, context);
        var output = new TurnOutput();
        Fix[] fixes = [.. Drive.From(new GeoPoint(48.2, 16.37)).For(1.Minutes()).At(50.KmPerHour()).Fixes];
        Assert.Equal(FixOutcome.Accepted, tracker.Apply(fixes[0] with { AccuracyM = 50 }, output));
        rep = rep with { Group = "strict/er" };
        Assert.Equal(FixOutcome.Inaccurate, tracker.Apply(fixes[1] with { AccuracyM = 50 }, output));
        rep = rep with { Group = "" };
        Assert.Equal(FixOutcome.Accepted, tracker.Apply(fixes[2] with { AccuracyM = 50 }, output));
    }
}

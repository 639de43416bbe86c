using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Whose fix is it, and which one counts: ids that repeat, two devices of one rep, clocks that jump.</summary>
public class IdentityTests
{
    private static readonly Geofence Shop = Watched.Circle(1, Drive.Depot, 150) with { Purpose = GeofencePurpose.Customer };
    private static readonly GeoPoint Away = Geodesy.Destination(Drive.Depot, 90, 3000);

    [Fact]
    public void Of_two_fixes_with_one_id_the_first_counts_whatever_the_second_says()
    {
        Fix first = At(0, Drive.Depot) with { IdempotencyHash = 7 };
        var run = new Run();
        Assert.Equal(FixOutcome.Accepted, run.Take(first));
        Assert.Equal(FixOutcome.Duplicate, run.Take(At(30, Away) with { IdempotencyHash = 7 }));
        Assert.Equal(FixOutcome.Duplicate, run.Take(first with { Position = Away }));
        Assert.Equal(FixOutcome.Accepted, run.Take(At(60, Drive.Depot) with { IdempotencyHash = 8 }));
        Assert.Equal(2, run.Judged.Count(j => j.Outcome == FixOutcome.Accepted));
        Assert.Equal(Drive.Depot.Quantised(), run.Live.Position);
    }

    [Fact]
    public void An_id_that_comes_back_after_sixteen_others_is_another_fix()
    {
        var run = new Run();
        for (int i = 0; i <= 16; i++) run.Take(At(i * 10, Drive.Depot) with { IdempotencyHash = (ulong)(1 + i) });
        Assert.Equal(FixOutcome.Accepted, run.Take(At(300, Drive.Depot) with { IdempotencyHash = 1 }));
    }

    [Fact]
    public void Of_two_devices_in_one_pocket_the_one_ahead_makes_the_live_track_and_both_make_the_day()
    {
        // The second one's clock is 20 s behind; both report every 10 s on the way and at the shop.
        List<Fix> ahead = [.. Way().Select(f => f with { ReceivedAt = f.FixedAt })];
        List<Fix> behind = [.. Way().Select(f => f with { FixedAt = f.FixedAt + 3.Seconds() - 20.Seconds(), ReceivedAt = f.FixedAt + 3.Seconds() })];
        var run = new Run(Shop);
        foreach ((Fix fix, int device) in ahead.Select(f => (f, 1)).Concat(behind.Select(f => (f, 2))).OrderBy(x => x.Item1.ReceivedAt))
            run.Tracker.Apply(fix, run.Output, device);
        Assert.True(run.Judged.Count(j => j.Outcome == FixOutcome.Late) >= behind.Count - 2);
        var alone = new Run(Shop).Take(ahead);
        Assert.Equal(alone.Events.OfType<GeofenceEvent>(), run.Events.OfType<GeofenceEvent>());
        Assert.Empty(run.Of<MockSuspected>());
        Assert.InRange(run.Report().AcceptedM, alone.Report().AcceptedM * 0.9, alone.Report().AcceptedM * 1.1);
    }

    [Fact]
    public void Two_devices_in_two_places_leave_the_marker_with_the_first_and_raise_a_case()
    {
        var run = new Run(Shop);
        for (int i = 0; i < 60; i++)
        {
            run.Tracker.Apply(At(i * 20, Drive.Depot), run.Output, 1);
            run.Tracker.Apply(At(i * 20 + 10, Away), run.Output, 2);
        }
        Assert.Equal(60, run.Judged.Count(j => j.Outcome == FixOutcome.Accepted));
        Assert.All(run.Judged.Where(j => j.Outcome == FixOutcome.Spike), j => Assert.Equal(Away.Quantised(), j.Fix.Position));
        Assert.Equal(Drive.Depot.Quantised(), run.Live.Position);
        Assert.Contains(run.Of<MockSuspected>().Single().Evidence, e => e.Kind == "devicesApart");
        Assert.Empty(run.Of<GeofenceExited>());
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    [InlineData(-1024 * 7 * 86_400)]
    [InlineData(1024 * 7 * 86_400)]
    public void A_clock_that_jumps_there_and_back_loses_no_fix_and_moves_nothing_back(int jumpS)
    {
        var run = new Run(Shop);
        Instant newest = default;
        for (int i = 0; i < 90; i++)
        {
            Fix fix = At(i * 20, Drive.Depot);
            bool jumped = i is >= 30 and < 60;
            run.Take(jumped ? fix with { FixedAt = fix.FixedAt + jumpS.Seconds() } : fix);
            Assert.True(run.Live.FixedAt >= newest);
            newest = run.Live.FixedAt;
        }
        FixOutcome expected = jumpS < 0 ? FixOutcome.Late : FixOutcome.Future;
        Assert.Equal(90, run.Judged.Count);
        Assert.Equal(30, run.Judged.Count(j => j.Outcome == expected));
        Assert.Equal(60, run.Judged.Count(j => j.Outcome == FixOutcome.Accepted));
        Assert.Single(run.Of<GeofenceEntered>());
        Assert.Empty(run.Of<GeofenceExited>());
        // The history that is derived again is not mixed with the hour that the clock said.
        var derivation = new Derivation(1, run.Context, []);
        var events = new List<TrackEvent>();
        derivation.Apply([.. run.Judged.OrderBy(j => j.Fix.FixedAt)], events);
        Assert.Empty(events.OfType<GeofenceExited>());
    }

    private static Fix At(int second, GeoPoint place) => new()
    {
        FixedAt = Drive.Morning + second.Seconds(),
        ReceivedAt = Drive.Morning + second.Seconds(),
        Position = place.Quantised(),
        AccuracyM = 5,
    };

    private static List<Fix> Way() => Drive.From(Away).Every(10.Seconds()).Towards(270).For(5.Minutes()).At(10).For(10.Minutes()).Still().For(5.Minutes()).At(10).Fixes;
}

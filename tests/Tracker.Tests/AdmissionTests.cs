using Tracking.Contracts;
using static Tracking.Contracts.FixOutcome;

namespace Tracking.Tracker.Tests;

public class AdmissionTests
{
    private static Drive Trip => Drive.From(Drive.Depot).For(1.Minutes()).At(50.KmPerHour());

    [Fact]
    public void Plain_fixes_are_accepted_and_the_marker_follows()
    {
        var run = new Run().Take(Trip);
        Assert.All(run.Judged, static j => Assert.Equal(Accepted, j.Outcome));
        Assert.Equal(Trip.Last.Position, run.Live.Position);
        Assert.Equal(Trip.Last.FixedAt, run.Live.FixedAt);
        Assert.Empty(run.Events);
    }

    [Fact]
    public void The_same_instant_and_position_is_a_duplicate()
    {
        var run = new Run().Take(Trip);
        Assert.Equal(Duplicate, run.Take(Trip.Fixes[3] with { BatteryPct = 3, ReceivedAt = Trip.Now }));
        Assert.Equal(float.NaN, run.Live.BatteryPct);
    }

    [Fact]
    public void The_same_key_is_a_duplicate_whatever_else_it_says()
    {
        var run = new Run().Take(Trip);
        Drive more = Trip.Fix(static f => f with { IdempotencyHash = 5 }).Fix(static f => f with { IdempotencyHash = 5 });
        Assert.Equal(Accepted, run.Take(more.Fixes[^2]));
        Assert.Equal(Duplicate, run.Take(more.Fixes[^1]));
    }

    [Fact]
    public void Fixes_of_the_same_second_at_different_places_are_accepted()
    {
        var run = new Run().Take(Trip);
        Fix next = Trip.Fix(static f => f).Last;
        Assert.Equal(Accepted, run.Take(next));
        Assert.Equal(Accepted, run.Take(next with { Position = Geodesy.Destination(next.Position, 10, 30).Quantised() }));
    }

    [Fact]
    public void A_late_fix_moves_nothing()
    {
        var run = new Run().Take(Trip);
        RepLive before = run.Live;
        Fix late = Trip.Fixes[2] with { FixedAt = Trip.Fixes[2].FixedAt + 3.Seconds(), ReceivedAt = Trip.Now, BatteryPct = 12, SpeedMps = 40 };
        Assert.Equal(Late, run.Take(late));
        Assert.Equal(before with { HeardAt = Trip.Now }, run.Live);
    }

    [Fact]
    public void A_clock_more_than_five_minutes_ahead_makes_a_future_fix()
    {
        var run = new Run().Take(Trip);
        Fix next = Trip.Fix(static f => f).Last;
        Fix ahead = next with { FixedAt = next.ReceivedAt + 5.Minutes() + TimeSpan.FromMilliseconds(1) };
        Assert.Equal(Future, run.Take(ahead));
        Assert.Equal(Trip.Last.FixedAt, run.Live.FixedAt);
        Assert.Equal(Accepted, run.Take(next with { FixedAt = next.ReceivedAt + 5.Minutes() }));
    }

    [Fact]
    public void A_vague_fix_moves_the_marker_only()
    {
        var run = new Run().Take(Trip);
        Fix vague = Trip.WildFix(600, 101).Last;
        Assert.Equal(Inaccurate, run.Take(vague));
        Assert.Equal(vague.Position, run.Live.Position);
        Assert.Equal(101, run.Live.AccuracyM);
        Assert.Equal(Accepted, run.Take(vague with { AccuracyM = 100, Position = Trip.Last.Position, FixedAt = vague.FixedAt + 1.Seconds() }));
    }

    [Fact]
    public void A_position_that_the_device_calls_invalid_is_inaccurate()
    {
        var run = new Run().Take(Trip);
        Assert.Equal(Inaccurate, run.Take(Trip.Fix(static f => f with { Traits = FixTraits.DeclaredInvalid }).Last));
    }

    [Fact]
    public void A_fix_far_away_and_back_is_a_spike()
    {
        Drive drive = Trip.WildFix(5000);
        var run = new Run();
        run.Take(drive.Fixes[..^1]);
        Assert.Null(run.Take(drive.Last));
        Assert.Equal(drive.Fixes[^2].Position, run.Live.Position);
        Assert.Equal(Accepted, run.Take(drive.Fix(static f => f).Last));
        Assert.Equal([Spike, Accepted], run.Judged[^2..].Select(static j => j.Outcome));
    }

    [Fact]
    public void A_jump_that_the_next_fix_agrees_with_is_accepted()
    {
        Drive drive = Trip.AppearAt(Geodesy.Destination(Drive.Depot, 0, 9000)).For(20.Seconds()).At(10);
        var run = new Run().Take(drive);
        Assert.All(run.Judged, static j => Assert.Equal(Accepted, j.Outcome));
        Assert.Equal(drive.Fixes.Count, run.Judged.Count);
        Assert.Equal(drive.Fixes, run.Judged.Select(static j => j.Fix));
    }

    [Fact]
    public void A_second_of_70_metres_is_believed_and_one_more_is_not()
    {
        foreach ((double metres, FixOutcome? outcome) in new (double, FixOutcome?)[] { (69.9, Accepted), (70.2, null) })
        {
            var run = new Run().Take(Trip);
            Fix last = Trip.Last;
            Assert.Equal(outcome, run.Take(last with
            {
                FixedAt = last.FixedAt + TimeSpan.FromMilliseconds(200),
                Position = Geodesy.Destination(last.Position, 45, metres),
            }));
        }
    }

    [Fact]
    public void A_late_arrival_between_the_last_fix_and_the_held_one_decides_by_what_it_agrees_with()
    {
        Drive drive = Trip.WildFix(5000);
        Fix between = drive.Fixes[^2] with { FixedAt = drive.Fixes[^2].FixedAt + 5.Seconds(), ReceivedAt = drive.Now };
        var here = new Run().Take(drive);
        Assert.Equal(Accepted, here.Take(between));
        Assert.Equal(drive.Fixes.Count, here.Judged.Count);

        var there = new Run().Take(drive);
        Assert.Equal(Accepted, there.Take(between with { Position = drive.Last.Position }));
        Assert.Equal([between.FixedAt, drive.Last.FixedAt], there.Judged[^2..].Select(static j => j.Fix.FixedAt));

        var nowhere = new Run().Take(drive);
        Assert.Equal(Spike, nowhere.Take(between with { Position = Geodesy.Destination(Drive.Depot, 200, 7000) }));
    }

    [Fact]
    public void A_held_fix_is_a_spike_when_the_signal_is_lost()
    {
        Drive drive = Trip.WildFix(5000);
        var run = new Run().Take(drive);
        run.Tick(drive.Last.ReceivedAt + 10.Minutes() - TimeSpan.FromMilliseconds(1));
        Assert.Equal(drive.Fixes.Count - 1, run.Judged.Count);
        run.Tick(drive.Last.ReceivedAt + 10.Minutes());
        Assert.Equal(Spike, run.Judged[^1].Outcome);
    }

    [Fact]
    public void A_heartbeat_is_heard_and_not_judged()
    {
        var run = new Run().Take(Trip);
        Fix beat = new() { FixedAt = Trip.Now, ReceivedAt = Trip.Now, Traits = FixTraits.NoPosition, BatteryPct = 44 };
        Assert.Null(run.Take(beat));
        Assert.Equal(Trip.Fixes.Count, run.Judged.Count);
        Assert.Equal(44, run.Live.BatteryPct);
        Assert.Equal(Trip.Now, run.Live.HeardAt);
        Assert.Equal(Trip.Last.Position, run.Live.Position);
    }

    [Fact]
    public void A_cry_for_help_is_told_once_an_episode()
    {
        Drive drive = Trip;
        for (int i = 0; i < 5; i++) drive.Fix(static f => f with { Alarm = DeviceAlarm.Sos });
        drive.For(5.Minutes()).At(2).Fix(static f => f with { Alarm = DeviceAlarm.Sos });
        var run = new Run().Take(drive);
        Assert.Equal([drive.Fixes[6].FixedAt, drive.Last.FixedAt], run.Of<SosRaised>().Select(static e => e.At));
    }
}

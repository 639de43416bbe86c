using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class TrackerPropertyTests
{
    private static readonly Config Sixty = Config.QuickThrowOnFailure.WithMaxTest(60);
    private static readonly Geofence[] Fences =
    [
        Watched.Circle(1, Drive.Depot, 150) with { DwellS = 120 },
        Watched.Circle(2, Geodesy.Destination(Drive.Depot, 90, 400), 200),
        Watched.Circle(3, Geodesy.Destination(Drive.Depot, 200, 900), 700) with { DwellS = 900 },
    ];

    [Fact]
    public void Duplicating_a_fix_changes_nothing() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Make(seed);
            Run once = new Run(Fences).Take(fixes), twice = new Run(Fences);
            foreach (Fix fix in fixes)
            {
                twice.Take(fix);
                if (fix.HasPosition) Assert.Equal(FixOutcome.Duplicate, twice.Take(fix));
            }
            AssertSame(once, twice);
            Assert.Equal(once.Judged.Where(static j => j.Outcome != FixOutcome.Duplicate), twice.Judged.Where(static j => j.Outcome != FixOutcome.Duplicate));
            Assert.Equal(once.Saved(), twice.Saved());
        }));

    [Fact]
    public void Saving_and_restoring_anywhere_changes_nothing() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Make(seed);
            var random = new Random(seed);
            Run plain = new Run(Fences).Take(fixes), restored = new Run(Fences);
            foreach (Fix fix in fixes)
            {
                if (random.Next(4) == 0)
                {
                    byte[] before = restored.Saved();
                    Assert.Equal(before, restored.Restored().Saved());
                }
                restored.Take(fix);
            }
            AssertSame(plain, restored);
            Assert.Equal(plain.Judged, restored.Judged);
        }));

    [Fact]
    public void It_does_not_matter_when_the_host_ticks() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Make(seed);
            if (fixes.Count == 0) return;
            var random = new Random(seed);
            Instant end = fixes[^1].ReceivedAt + 2.Hours();
            Run never = new Run(Fences).Take(fixes).Tick(end), often = new Run(Fences), due = new Run(Fences);
            Instant now = fixes[0].ReceivedAt;
            foreach (Fix fix in fixes)
            {
                for (; now < fix.ReceivedAt; now += (1 + random.Next(60)).Seconds()) often.Tick(now);
                while (due.Tracker.NextTickAt < fix.ReceivedAt) due.Tick(due.Tracker.NextTickAt);
                often.Take(fix);
                due.Take(fix);
            }
            for (; now < end; now += (1 + random.Next(60)).Seconds()) often.Tick(now);
            AssertSame(never, often.Tick(end));
            AssertSame(never, due.Tick(end));
            Assert.Equal(never.Judged, often.Judged);
        }));

    [Fact]
    public void Live_state_never_moves_back_and_every_fix_has_one_outcome() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Make(seed);
            var run = new Run(Fences);
            RepLive before = run.Live;
            foreach (Fix fix in fixes)
            {
                run.Take(fix);
                RepLive live = run.Live;
                Assert.True(live.FixedAt >= before.FixedAt && live.HeardAt >= before.HeardAt);
                before = live;
            }
            run.Tick(before.HeardAt + 12.Hours());
            Assert.Equal(fixes.Count(static f => f.HasPosition), run.Judged.Count);
        }));

    [Fact]
    public void Shuffled_late_arrivals_leave_the_live_state_that_the_newest_gives() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Honest(seed);
            if (fixes.Count < 3) return;
            Fix[] late = [.. fixes[..^1]];
            new Random(seed).Shuffle(late);
            var run = new Run(Fences);
            Instant received = fixes[^1].ReceivedAt;
            Assert.Equal(FixOutcome.Accepted, run.Take(fixes[^1]));
            foreach (Fix fix in late)
            {
                FixOutcome? outcome = run.Take(fix with { ReceivedAt = received });
                Assert.True(outcome is FixOutcome.Late or FixOutcome.Duplicate, $"{outcome}");
            }
            Assert.Equal(fixes[^1].Position, run.Live.Position);
            Assert.DoesNotContain(run.Events, static e => e is StopBegan or StopEnded);
        }));

    [Fact]
    public void Enter_and_exit_alternate() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            Run run = new Run(Fences).Take(RandomTrack.Make(seed));
            foreach (IGrouping<int, GeofenceEvent> fence in run.Of<GeofenceEvent>().GroupBy(static e => e.GeofenceKey))
            {
                bool inside = false;
                foreach (GeofenceEvent e in fence)
                {
                    if (e is GeofenceEntered) Assert.False(inside);
                    if (e is GeofenceExited) Assert.True(inside);
                    inside = e is GeofenceEntered || (inside && e is not GeofenceExited);
                }
                Assert.Equal(inside, run.Live.InsideGeofences.Contains(fence.Key));
            }
        }));

    [Fact]
    public void Events_are_never_confirmed_before_they_happened() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            Run run = new Run(Fences).Take(RandomTrack.Make(seed));
            Assert.All(run.Events, static e => Assert.True(e.ConfirmedAt >= e.At, $"{e}"));
        }));

    [Fact]
    public void A_snapshot_that_is_cut_or_of_another_version_is_refused()
    {
        Run run = new Run(Fences).Take(RandomTrack.Make(3));
        byte[] bytes = run.Saved();
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => RepTracker.Load(1, bytes.AsSpan(0, length), run.Context));
        bytes[0] = 77;
        Assert.Contains("77", Assert.Throws<InvalidDataException>(() => RepTracker.Load(1, bytes, run.Context)).Message);
    }

    private static void AssertSame(Run expected, Run actual)
    {
        Assert.Equal(expected.Events.Select(Text), actual.Events.Select(Text));
        RepLive live = actual.Live;
        Assert.Equal(expected.Live.InsideGeofences, live.InsideGeofences);
        Assert.Equal(expected.Live with { InsideGeofences = [] }, live with { InsideGeofences = [] });
    }

    private static string Text(TrackEvent e) => e switch
    {
        MockSuspected m => $"{m with { Evidence = [] }} {string.Join(";", m.Evidence.Select(Text))}",
        SignalLost s => $"{s with { Evidence = [] }} {string.Join(";", s.Evidence.Select(Text))}",
        SignalRestored s => $"{s with { Evidence = [] }} {string.Join(";", s.Evidence.Select(Text))}",
        _ => $"{e}",
    };

    private static string Text(Evidence e) => $"{e.Kind} {e.Weight} {e.Text} {string.Join(",", e.FixedAt)}";
}

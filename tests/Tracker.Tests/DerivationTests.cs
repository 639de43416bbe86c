using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>What a day's stored track gives is what the live run told.</summary>
public class DerivationTests
{
    private static readonly Config Hundred = Config.QuickThrowOnFailure.WithMaxTest(100);
    private static readonly Geofence[] Fences =
    [
        Watched.Circle(1, Drive.Depot, 150) with { DwellS = 120, Purpose = GeofencePurpose.Customer },
        Watched.Circle(2, Geodesy.Destination(Drive.Depot, 90, 400), 200) with { SpeedLimitMps = 8 },
        Watched.Circle(3, Geodesy.Destination(Drive.Depot, 200, 900), 700) with { DwellS = 900, Purpose = GeofencePurpose.Customer },
    ];

    [Fact]
    public void A_day_without_late_fixes_is_derived_as_it_was_live() =>
        Check.One(Hundred, Prop.ForAll<int>(static seed =>
        {
            Run live = LiveWithoutLate(seed, out List<Fix> fixes);
            if (fixes.Count == 0) return;
            Instant end = fixes[^1].ReceivedAt + 1.Hours();
            live.Tick(end);
            AssertSame(ComparedOf(live.Events), ComparedOf(Derive(Stored(live), [], live.Context, end)));
        }));

    [Fact]
    public void A_derivation_that_begins_within_the_day_tells_the_same_once_it_has_settled() =>
        Check.One(Hundred, Prop.ForAll<int>(static seed =>
        {
            Run live = LiveWithoutLate(seed, out List<Fix> fixes);
            List<JudgedFix> stored = Stored(live);
            if (stored.Count < 10) return;
            // Stands at the instant of an accepted fix: the stays are those of just before it.
            int at = new Random(seed).Next(1, stored.Count);
            while (at < stored.Count && stored[at].Outcome != FixOutcome.Accepted) at++;
            if (at == stored.Count) return;
            Instant begin = stored[at].Fix.FixedAt, settled = begin + Derivation.Settling;
            var before = new Run(Fences);
            foreach (Fix fix in fixes.Where(f => f.ReceivedAt < stored[at].Fix.ReceivedAt)) before.Take(fix);
            List<TrackEvent> derived = Derive(stored[at..], before.Tracker.ListStays(), live.Context, null);
            AssertSame(ComparedOf(live.Events).Where(e => e.ConfirmedAt >= settled), ComparedOf(derived).Where(e => e.ConfirmedAt >= settled));
        }));

    [Fact]
    public void Fixes_that_come_late_give_what_they_would_have_given_in_time() =>
        Check.One(Hundred, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Honest(seed);
            if (fixes.Count < 20) return;
            var random = new Random(seed);
            Run punctual = new Run(Fences).Take(fixes);
            if (punctual.Judged.Exists(static j => j.Outcome != FixOutcome.Accepted)) return;
            int first = random.Next(1, fixes.Count - 5), count = random.Next(1, fixes.Count - 2 - first);
            Instant later = fixes[^1].ReceivedAt + 5.Minutes();
            Run live = new Run(Fences).Take([.. fixes[..first], .. fixes[(first + count)..], .. fixes[first..(first + count)].Select(f => f with { ReceivedAt = later })]);
            bool isCovered = fixes[first + count].FixedAt - fixes[first - 1].FixedAt <= 1.Minutes();
            List<Fix> kept = isCovered ? [.. fixes[..first], .. fixes[(first + count)..]] : fixes;
            AssertSame(ComparedOf(new Run(Fences).Take(kept).Events), ComparedOf(Derive(Stored(live), [], live.Context, null)));
        }));

    [Fact]
    public void A_track_in_parts_gives_what_it_gives_as_a_whole() =>
        Check.One(Hundred, Prop.ForAll<int>(static seed =>
        {
            Run live = LiveWithoutLate(seed, out _);
            List<JudgedFix> stored = Stored(live);
            var random = new Random(seed);
            var derivation = new Derivation(1, live.Context, []);
            var events = new List<TrackEvent>();
            for (int at = 0; at < stored.Count;)
            {
                int count = random.Next(1, stored.Count - at + 1);
                derivation.Apply(stored.GetRange(at, count), events);
                at += count;
            }
            AssertSame(ComparedOf(Derive(stored, [], live.Context, null)), ComparedOf(events));
        }));

    private static Run LiveWithoutLate(int seed, out List<Fix> fixes)
    {
        fixes = RandomTrack.Make(seed);
        while (true)
        {
            Run live = new Run(Fences).Take(fixes);
            HashSet<(Instant, GeoPoint)> late = [.. live.Judged.Where(static j => j.Outcome == FixOutcome.Late).Select(static j => (j.Fix.FixedAt, j.Fix.Position))];
            if (late.Count == 0) return live;
            fixes.RemoveAll(f => late.Contains((f.FixedAt, f.Position)));
        }
    }

    // As the store has it: repeats left out, by instant and then by arrival.
    private static List<JudgedFix> Stored(Run live) => [.. live.Judged.Where(static j => j.Outcome != FixOutcome.Duplicate).OrderBy(static j => j.Fix.FixedAt)];

    private static List<TrackEvent> Derive(List<JudgedFix> stored, IReadOnlyList<FenceStay> stays, TrackerContext context, Instant? end)
    {
        var derivation = new Derivation(1, context, stays);
        var events = new List<TrackEvent>();
        derivation.Apply(stored, events);
        if (end is { } now) derivation.Tick(now, events);
        return events;
    }

    // Mock cases rest on heartbeats, repeats and wrong clocks too, which are not derived; a doubted visit counts as one.
    private static IEnumerable<TrackEvent> ComparedOf(IEnumerable<TrackEvent> events) => events
        .Where(static e => e is GeofenceEvent or SpeedExceeded)
        .Select(static e => e is VisitDoubted v
            ? new VisitVerified { At = v.At, ConfirmedAt = v.ConfirmedAt, Position = v.Position, GeofenceKey = v.GeofenceKey, Reason = v.Reason, BeganAt = v.BeganAt }
            : e);

    private static void AssertSame(IEnumerable<TrackEvent> expected, IEnumerable<TrackEvent> found) =>
        Assert.Equal(string.Join('\n', expected), string.Join('\n', found));
}

using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class DayReportTests
{
    private static readonly Config Sixty = Config.QuickThrowOnFailure.WithMaxTest(60);

    [Fact]
    public void Intervals_are_disjoint_ordered_and_cover_the_fixes_and_their_distances_add_up() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            Run run = new Run().Take(RandomTrack.Make(seed));
            List<Instant> track = [.. run.Judged.Where(static j => j.Outcome == FixOutcome.Accepted).Select(static j => j.Fix.FixedAt)];
            DayReport report = run.Report();
            List<(Instant BeganAt, Instant EndedAt)> spans = CheckIntervals(report);
            if (track.Count > 0)
            {
                Assert.True(spans[0].BeganAt <= track.Min());
                Assert.All(spans.Zip(spans.Skip(1)), static pair => Assert.Equal(pair.First.EndedAt, pair.Second.BeganAt));
                Assert.True(spans[^1].EndedAt >= track.Max());
            }
            Assert.Equal(report.AcceptedM, report.Trips.Sum(static t => t.DistanceM), 1e-6);
            Assert.Equal(report.InferredM, report.Gaps.Sum(static g => g.InferredM), 1e-6);
            // Corners between sparse fixes may add two fifths of the line; nothing else may add anything.
            Assert.True(report.AcceptedM + report.InferredM <= 1.4 * report.RawM + 1e-6);
        }));

    [Fact]
    public void Without_corners_nobody_is_paid_more_than_the_plain_sum() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            DayReport report = new Run().Take(RandomTrack.Make(seed).Select(static f => f with { AccuracyM = float.NaN })).Report();
            Assert.True(report.AcceptedM + report.InferredM <= report.RawM + 1e-6, $"{report.AcceptedM} + {report.InferredM} of {report.RawM}");
        }));

    [Fact]
    public void Two_days_add_up_to_the_time_without_midnight() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            Run run = new Run().Take(RandomTrack.Make(seed));
            if (run.Judged.Count == 0) return;
            Instant middle = run.Judged[run.Judged.Count / 2].Fix.FixedAt + 3.Seconds();
            DayReport whole = run.Report(), first = run.Report(Instant.Min, middle), second = run.Report(middle, Instant.Max);
            Assert.Equal(whole.RawM, first.RawM + second.RawM, 1e-5);
            Assert.Equal(whole.AcceptedM, first.AcceptedM + second.AcceptedM, 1e-5);
            Assert.Equal(whole.InferredM, first.InferredM + second.InferredM, 1e-5);
            Assert.Equal(whole.StoppedS, first.StoppedS + second.StoppedS, 1e-5);
            Assert.Equal(whole.MovingS, first.MovingS + second.MovingS, 1e-5);
            CheckIntervals(first);
            CheckIntervals(second);
        }));

    [Fact]
    public void Late_fixes_take_their_place_as_if_they_had_come_in_time() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            List<Fix> fixes = RandomTrack.Honest(seed);
            var random = new Random(seed);
            List<Fix> shuffled = [.. fixes];
            for (int i = 0; i + 1 < shuffled.Count; i += 1 + random.Next(6)) (shuffled[i], shuffled[i + 1]) = (shuffled[i + 1], shuffled[i]);
            Instant received = Drive.Morning + 48.Hours();
            DayReport inTime = new Run().Take(fixes.Select(f => f with { ReceivedAt = received })).Report();
            DayReport late = new Run().Take(shuffled.Select(f => f with { ReceivedAt = received })).Report();
            Assert.Equal(inTime.Trips, late.Trips);
            Assert.Equal(inTime.Stops, late.Stops);
            Assert.Equal(inTime.Gaps, late.Gaps);
            Assert.Equal(inTime.AcceptedM, late.AcceptedM);
        }));

    [Fact]
    public void Replaying_the_stored_fixes_gives_the_stops_that_the_live_run_told() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            Run live = new Run().Take(RandomTrack.Make(seed));
            Run replay = new Run().Take(live.Judged.Where(static j => j.Outcome == FixOutcome.Accepted).Select(static j => j.Fix));
            Assert.Equal(live.Events.Where(static e => e is StopBegan or StopEnded), replay.Events.Where(static e => e is StopBegan or StopEnded));
            if (live.Live.HasPosition) Assert.Equal(live.Live.Motion, replay.Live.Motion);
        }));

    [Fact]
    public void The_intervals_of_reports_are_the_stops_that_were_told_live() =>
        Check.One(Sixty, Prop.ForAll<int>(static seed =>
        {
            Run live = new Run().Take(RandomTrack.Make(seed));
            var intervals = new List<TrackInterval>();
            var stops = new Stops();
            Fix last = default;
            foreach (JudgedFix judged in live.Judged)
            {
                if (judged.Outcome != FixOutcome.Accepted) continue;
                stops.Apply(judged.Fix, last, TrackerOptions.Default.Stops, null, intervals);
                last = judged.Fix;
            }
            List<Instant> ended = [.. live.Of<StopEnded>().Select(static e => e.At)];
            HashSet<Instant> closed = [.. intervals.Where(static i => i.Kind == IntervalKind.Stop).Select(static i => i.EndedAt)];
            Assert.All(ended, at => Assert.Contains(at, closed));
            Assert.Equal(live.Of<StopBegan>().Select(static e => e.At).Take(ended.Count),
                intervals.Where(i => i.Kind == IntervalKind.Stop && ended.Contains(i.EndedAt)).Select(static i => i.BeganAt));
        }));

    [Fact]
    public void A_day_without_fixes_is_empty_and_one_fix_is_a_stop_without_length()
    {
        Assert.Empty(new Run().Report().Stops);
        DayReport one = new Run().Take(Drive.From(Drive.Depot).Fix(static f => f)).Report();
        Assert.Equal(Drive.Morning, Assert.Single(one.Stops).BeganAt);
        Assert.Equal(0, one.RawM);
    }

    [Fact]
    public void Outcomes_other_than_accepted_are_counted_by_day()
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).At(14).WildFix(9000).WildFix(300, 500).For(5.Minutes()).At(14);
        DayReport report = new Run().Take(drive).Report();
        Assert.Equal([new OutcomeCount(FixOutcome.Inaccurate, 1), new OutcomeCount(FixOutcome.Spike, 1)], report.Rejected);
    }

    internal static List<(Instant BeganAt, Instant EndedAt)> CheckIntervals(DayReport report)
    {
        List<(Instant BeganAt, Instant EndedAt)> spans =
        [
            .. report.Trips.Select(static t => (t.BeganAt, t.EndedAt)), .. report.Stops.Select(static s => (s.BeganAt, s.EndedAt)),
            .. report.Gaps.Select(static g => (g.BeganAt, g.EndedAt)),
        ];
        spans.Sort(static (a, b) => a.BeganAt.CompareTo(b.BeganAt));
        Assert.All(spans, static span => Assert.True(span.EndedAt >= span.BeganAt));
        Assert.All(spans.Zip(spans.Skip(1)), static pair => Assert.True(pair.First.EndedAt <= pair.Second.BeganAt, $"{pair}"));
        return spans;
    }
}

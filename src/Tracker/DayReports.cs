using System.Runtime.InteropServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Derives day reports from fixes, with the rules that the live tracker runs: late fixes take their place in time, are
/// admitted again beside their true neighbours, and the track is divided by the same <see cref="Stops"/>.
/// </summary>
public static partial class DayReports
{
    /// <summary>Derives the report of one day.</summary>
    /// <param name="fixes">
    /// The track around the day, ordered by <see cref="Fix.FixedAt"/>; fixes outside the day give context only. Half a day
    /// of context before and some minutes behind are enough to see the stops and trips that run over midnight.
    /// </param>
    /// <param name="begin">The day's first instant in the rep's time zone.</param>
    /// <param name="end">The next day's first instant.</param>
    /// <param name="options">The parameters of the rules.</param>
    public static DayReport Derive(IReadOnlyList<JudgedFix> fixes, Instant begin, Instant end, TrackerOptions options)
    {
        List<Fix> track = TrackOf(fixes, options);
        List<Segment> segments = Divide(CollectionsMarshal.AsSpan(track), options.Stops);
        var ways = new Ways(CollectionsMarshal.AsSpan(track), segments, options.Distance);
        Fold(segments, ways, options.Stops);
        return new Day(track, segments, ways, begin, end).Report(Rejected(fixes, begin, end));
    }

    // Fixes of known outcome stay what they are; late ones were never compared with their neighbours.
    private static List<Fix> TrackOf(IReadOnlyList<JudgedFix> fixes, TrackerOptions options)
    {
        var track = new List<Fix>(fixes.Count);
        var admission = new Admission();
        bool heldWasAccepted = false;
        foreach ((Fix fix, FixOutcome outcome) in fixes)
        {
            if (outcome is not (FixOutcome.Accepted or FixOutcome.Late)) continue;
            Fix punctual = fix with { ReceivedAt = fix.FixedAt };
            Fix last = track.Count > 0 ? track[^1] : default;
            FixOutcome? again = admission.Judge(punctual, last, track.Count > 0, options.Admission, out HeldVerdict held, out Fix heldFix);
            if (held == HeldVerdict.AcceptedBefore) track.Add(heldFix);
            if (again == FixOutcome.Accepted) track.Add(fix);
            if (again is null) heldWasAccepted = outcome == FixOutcome.Accepted;
        }
        if (admission.HasHeld && heldWasAccepted) track.Add(admission.TakeHeld());
        return track;
    }

    private static List<Segment> Divide(ReadOnlySpan<Fix> track, StopOptions options)
    {
        var intervals = new List<TrackInterval>();
        var stops = new Stops();
        for (int i = 0; i < track.Length; i++) stops.Apply(track[i], track[Math.Max(0, i - 1)], options, null, intervals);
        if (track.Length > 0) stops.Finish(track[^1], options, intervals);
        var segments = new List<Segment>(intervals.Count);
        int at = 0;
        foreach (TrackInterval interval in intervals)
        {
            if (interval.BeganAt == interval.EndedAt && intervals.Count > 1) continue;
            while (track[at].FixedAt < interval.BeganAt) at++;
            int first = at;
            while (at + 1 < track.Length && track[at + 1].FixedAt <= interval.EndedAt) at++;
            segments.Add(new Segment(interval.Kind, first, at));
        }
        return segments;
    }

    // A trip whose way turns out to be too short once its noise is taken away belongs to the stops around it.
    private static void Fold(List<Segment> segments, Ways ways, StopOptions options)
    {
        for (int i = 0; i < segments.Count; i++)
        {
            Segment trip = segments[i];
            if (trip.Kind != IntervalKind.Trip || ways.PaidBetweenM(trip.First, trip.Last) >= options.TripMinimumM) continue;
            ways.ForgetPaid(trip.First, trip.Last);
            bool before = i > 0 && segments[i - 1].Kind == IntervalKind.Stop;
            bool after = i + 1 < segments.Count && segments[i + 1].Kind == IntervalKind.Stop;
            segments[i] = new Segment(IntervalKind.Stop, before ? segments[i - 1].First : trip.First, after ? segments[i + 1].Last : trip.Last);
            if (after) segments.RemoveAt(i + 1);
            if (before) segments.RemoveAt(--i);
        }
    }

    private static List<OutcomeCount> Rejected(IReadOnlyList<JudgedFix> fixes, Instant begin, Instant end)
    {
        var counts = new int[(int)FixOutcome.OffDuty + 1];
        foreach ((Fix fix, FixOutcome outcome) in fixes)
            if (fix.FixedAt >= begin && fix.FixedAt < end) counts[(int)outcome]++;
        var rejected = new List<OutcomeCount>();
        for (int outcome = 0; outcome < counts.Length; outcome++)
            if (counts[outcome] > 0 && outcome != (int)FixOutcome.Accepted) rejected.Add(new((FixOutcome)outcome, counts[outcome]));
        return rejected;
    }

    private static GeoPoint MedianOf(ReadOnlySpan<Fix> fixes)
    {
        var latitudes = new double[fixes.Length];
        var longitudes = new double[fixes.Length];
        double origin = fixes[0].Position.LongitudeDeg;
        for (int i = 0; i < fixes.Length; i++)
        {
            latitudes[i] = fixes[i].Position.LatitudeDeg;
            longitudes[i] = Wgs84.WrapDeg(fixes[i].Position.LongitudeDeg - origin);
        }
        Array.Sort(latitudes);
        Array.Sort(longitudes);
        return new GeoPoint(latitudes[fixes.Length / 2], Wgs84.WrapDeg(origin + longitudes[fixes.Length / 2])).Quantised();
    }

    /// <summary>An interval by the fixes at which it begins and ends; the next one begins where it ends.</summary>
    private readonly record struct Segment(IntervalKind Kind, int First, int Last);
}

using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Judgement;

/// <summary>A tracker that has taken everything, and what it made of it.</summary>
internal sealed class Judged
{
    private readonly TrackerContext _context;

    public Judged(IReadOnlyList<Fix> fixes, Instant end, params Geofence[] fences)
    {
        _context = new TrackerContext { Options = TrackerOptions.Default, Geofences = new GeofenceIndex(), FindRep = static _ => null };
        foreach (Geofence fence in fences) _context.Geofences.Put(fence);
        var tracker = new RepTracker(1, _context);
        var output = new TurnOutput();
        foreach (Fix fix in fixes) tracker.Apply(fix, output);
        tracker.Tick(end, output);
        Events = output.Events;
        Fixes = output.Judged;
    }

    public List<TrackEvent> Events { get; }

    public List<JudgedFix> Fixes { get; }

    public IEnumerable<T> Of<T>() where T : TrackEvent => Events.OfType<T>();

    public DayReport Report(Instant begin, Instant end) =>
        DayReports.Derive([.. Fixes.Where(static j => j.Outcome != FixOutcome.Duplicate).OrderBy(static j => j.Fix.FixedAt)], begin, end, _context.Options);
}

using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Judgement;

/// <summary>A tracker that has taken everything, and what it made of it.</summary>
internal sealed class Judged
{
    private readonly TrackerContext _context;

    public Judged(IReadOnlyList<Fix> fixes, Instant end, params Geofence[] fences) : this(fixes, [], 0, end, fences) { }

    /// <summary>Feeds fixes and device events, each in the order of arrival; device events go first where they arrive together.</summary>
    public Judged(IReadOnlyList<Fix> fixes, IReadOnlyList<DeviceEvent> told, double neighboursLost, Instant end, params Geofence[] fences)
        : this([.. fixes.Select(static f => (f, 1))], told, neighboursLost, end, fences) { }

    /// <summary>Feeds the fixes of several devices.</summary>
    public Judged(IReadOnlyList<(Fix Fix, int Device)> fixes, IReadOnlyList<DeviceEvent> told, double neighboursLost, Instant end, Geofence[] fences)
    {
        _context = new TrackerContext
        {
            Options = TrackerOptions.Default,
            Geofences = new GeofenceIndex(),
            FindRep = static _ => null,
            NeighboursLost = (_, _) => neighboursLost,
        };
        foreach (Geofence fence in fences) _context.Geofences.Put(fence);
        var tracker = new RepTracker(1, _context);
        var output = new TurnOutput();
        int next = 0;
        foreach ((Fix fix, int device) in fixes)
        {
            for (; next < told.Count && told[next].ReceivedAt <= fix.ReceivedAt; next++) tracker.Apply(told[next], output);
            tracker.Apply(fix, output, device);
        }
        tracker.Tick(end, output);
        Events = output.Events;
        Fixes = output.Judged;
    }

    public List<TrackEvent> Events { get; }

    public List<JudgedFix> Fixes { get; }

    public IEnumerable<T> Of<T>() where T : TrackEvent => Events.OfType<T>();

    public DayReport Report(Instant begin, Instant end) =>
        DayReports.Derive([.. Fixes.Where(static j => j.Outcome != FixOutcome.Duplicate).OrderBy(static j => j.Fix.FixedAt)], begin, end, _context.Options.Everyone);
}

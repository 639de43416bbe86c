using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo.Tests;

/// <summary>What a host must give: one tracker a rep, fed in the journal's order, without partitions, checkpoints or crashes.</summary>
public sealed class Oracle
{
    private readonly Dictionary<int, RepTracker> _trackers = [];
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly TrackerContext _context;
    private readonly AlertWriter _writer;
    private readonly TurnOutput _output = new();
    private readonly Dictionary<int, List<Alert>> _alerts = [];
    private readonly Dictionary<int, List<JudgedFix>> _fixes = [];
    private readonly HashSet<string> _known = [];

    public Oracle(Func<int, Rep?> findRep)
    {
        _context = new TrackerContext { Options = TrackerOptions.Default, Geofences = new GeofenceIndex(), FindRep = findRep };
        _writer = new AlertWriter(findRep, key => _fences.GetValueOrDefault(key));
    }

    /// <summary>Fixes to leave out, because a rule is made to fail at them.</summary>
    public Func<JournalRecord, bool> IsPoison { get; init; } = static _ => false;

    public IReadOnlyDictionary<int, List<Alert>> Alerts => _alerts;

    public IReadOnlyDictionary<int, List<JudgedFix>> Fixes => _fixes;

    public RepLive LiveOf(int repKey) => _trackers[repKey].Live;

    public void Apply(IEnumerable<JournalRecord> records)
    {
        foreach (JournalRecord record in records)
        {
            if (record.Kind == JournalRecordKind.GeofenceChanged) Change(record);
            else if (!IsPoison(record)) Apply(record);
        }
    }

    public void Tick(Instant now)
    {
        foreach (RepTracker tracker in _trackers.Values)
        {
            tracker.Tick(now, _output);
            Take(tracker.RepKey);
        }
    }

    private void Apply(in JournalRecord record)
    {
        if (!_trackers.TryGetValue(record.RepKey, out RepTracker? tracker))
            _trackers.Add(record.RepKey, tracker = new RepTracker(record.RepKey, _context));
        if (record.Kind == JournalRecordKind.Fix) tracker.Apply(record.Fix, _output);
        else if (DeviceEventJson.TryRead(record.Payload.Span, record.Fix.ReceivedAt, record.DeviceKey, out DeviceEvent told)) tracker.Apply(told, _output);
        Take(record.RepKey);
    }

    private void Change(in JournalRecord record)
    {
        Assert.True(GeofenceChangeJsonConverter.TryRead(record.Payload.Span, out GeofenceChange? change));
        Tick(change.At);
        if (change.Geofence is { } fence)
        {
            _fences[change.Key] = fence;
            _context.Geofences.Put(fence);
        }
        else
        {
            _context.Geofences.Remove(change.Key);
        }
        foreach (RepTracker tracker in _trackers.Values)
        {
            tracker.GeofenceChanged(change, _output);
            Take(tracker.RepKey);
        }
    }

    private void Take(int repKey)
    {
        foreach (TrackEvent told in _output.Events)
        {
            if (_writer.Write(repKey, told) is { } alert && _known.Add(alert.Id)) ListOf(_alerts, repKey).Add(alert);
        }
        ListOf(_fixes, repKey).AddRange(_output.Judged.Where(j => j.Outcome != FixOutcome.Duplicate));
        _output.Clear();
    }

    private static List<T> ListOf<T>(Dictionary<int, List<T>> lists, int repKey)
    {
        if (!lists.TryGetValue(repKey, out List<T>? list)) lists.Add(repKey, list = []);
        return list;
    }
}

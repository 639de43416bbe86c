using System.Buffers;
using Tracking.Contracts;
using Tracking.Silo;
using Tracking.Silo.Local;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Simulation.Tests;

/// <summary>The truth: one tracker a rep, fed what the journal accepted, in its order, without crashes.</summary>
internal sealed class Oracle
{
    private readonly SortedDictionary<int, RepCell> _cells = [];
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly Dictionary<string, long> _shifts = [];
    private readonly TrackerContext _context;
    private readonly RepTurn _turn;

    public Oracle(TrackerOptions options)
    {
        _context = new TrackerContext { Options = options, Geofences = new GeofenceIndex(), FindRep = Server.FindRep };
        _turn = new RepTurn(_context, new AlertWriter(Server.FindRep, key => _fences.GetValueOrDefault(key)));
    }

    public IReadOnlyList<RepFix> Fixes => _turn.Fixes;

    public IReadOnlyList<RepDeviceEvent> DeviceEvents => _turn.DeviceEvents;

    public IReadOnlyList<Alert> Alerts => _turn.Alerts;

    public IEnumerable<int> Reps => _cells.Keys;

    public byte[] StateOf(int repKey)
    {
        var bytes = new ArrayBufferWriter<byte>();
        RepTurn.Save(_cells[repKey], bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A geofence that was there before anything happened.</summary>
    public void Begin(Geofence fence)
    {
        _fences[fence.Key] = fence;
        _context.Geofences.Put(fence);
    }

    public void Apply(in JournalRecord record)
    {
        if (record.Kind == JournalRecordKind.GeofenceChanged)
        {
            Change(record);
            return;
        }
        if (record.Kind == JournalRecordKind.DefinitionChanged)
        {
            ChangeShift(record);
            return;
        }
        if (!_cells.TryGetValue(record.RepKey, out RepCell? cell)) _cells.Add(record.RepKey, cell = _turn.Create(record.RepKey));
        if (!_turn.TryApply(cell, record, out Exception? failure)) throw failure;
    }

    public void Tick(Instant now)
    {
        foreach (RepCell cell in _cells.Values)
        {
            if (!_turn.TryTick(cell, now, out Exception? failure)) throw failure;
        }
    }

    private void ChangeShift(in JournalRecord record)
    {
        if (!DefinitionChange.TryRead(record.Payload, out DefinitionChange? change)) throw new InvalidDataException("no change of a shift");
        bool isKnown = _shifts.TryGetValue(change.Id, out long version);
        if (change.Definition is { } newer ? isKnown && version >= newer.Version : !isKnown) return;
        Tick(change.At);
        _context.Shifts.Remove(change.Id);
        _shifts.Remove(change.Id);
        if (change.Definition is { } next)
        {
            _shifts[change.Id] = next.Version;
            if (!ShiftJson.TryRead(next.Json, next.Id, next.Version, out Shift? shift, out _)) throw new InvalidDataException("no shift");
            _context.Shifts.Put(shift);
        }
        foreach (RepCell cell in _cells.Values)
        {
            if (!_turn.TryChange(cell, new SharedChange(null, change), out Exception? failure)) throw failure;
        }
    }

    private void Change(in JournalRecord record)
    {
        if (!GeofenceChangeJsonConverter.TryRead(record.Payload.Span, out GeofenceChange? change)) throw new InvalidDataException("no change of a geofence");
        Geofence? known = _fences.GetValueOrDefault(change.Key);
        if (change.Geofence is { } next ? known?.Version >= next.Version : known is null) return;
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
        foreach (RepCell cell in _cells.Values)
        {
            if (!_turn.TryChange(cell, new SharedChange(change, null), out Exception? failure)) throw failure;
        }
        if (change.Geofence is null) _fences.Remove(change.Key);
    }
}

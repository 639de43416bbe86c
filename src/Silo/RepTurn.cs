using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Tracking.Contracts;
using Tracking.Silo.Local;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>
/// The one turn that every host runs for a rep: load or create its tracker, apply, hand on. What a turn gives is added to
/// <see cref="Fixes"/> and <see cref="Alerts"/> only when all of it succeeded. Not safe for use by two threads at once.
/// </summary>
internal sealed class RepTurn(TrackerContext context, AlertWriter alertWriter)
{
    private const byte EnvelopeVersion = 1;
    private readonly TurnOutput _output = new();
    private readonly List<Alert> _drafts = [];

    /// <summary>Fixes whose outcome is decided, duplicates left out; the host takes them for the store.</summary>
    public List<RepFix> Fixes { get; set; } = [];

    /// <summary>What devices told, heartbeats included; the host takes it for the store.</summary>
    public List<RepDeviceEvent> DeviceEvents { get; set; } = [];

    /// <summary>Alerts that are decided; the host takes them for the log.</summary>
    public List<Alert> Alerts { get; } = [];

    /// <summary>How many fixes had each outcome, by protocol.</summary>
    public OutcomeCounts Counts { get; } = new();

    /// <summary>Called in tests after the tracker has taken a fix, to make the turn fail; null otherwise.</summary>
    public Action<JournalRecord>? Fault { get; set; }

    /// <summary>A rep that has not been seen before.</summary>
    public RepCell Create(int repKey) => new(new RepTracker(repKey, context));

    /// <summary>Restores a rep from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are no snapshot, or one of an unknown version.</exception>
    public RepCell Load(int repKey, ReadOnlySpan<byte> snapshot)
    {
        RepTracker tracker = Open(repKey, snapshot, out byte[]? heldAttributes);
        return new RepCell(tracker) { HeldAttributes = heldAttributes, Status = tracker.Live.Status };
    }

    /// <summary>Puts a rep's state back to what <see cref="Save"/> wrote.</summary>
    public void PutBack(RepCell cell, ReadOnlySpan<byte> snapshot) =>
        cell.Tracker = Open(cell.RepKey, snapshot, out cell.HeldAttributes);

    /// <summary>Makes a folded tracker usable again; a cell that is not folded stays as it is.</summary>
    public void Unfold(RepCell cell)
    {
        if (cell.Folded is { } saved) PutBack(cell, saved);
    }

    /// <summary>Writes a rep's state: the attributes of a held fix, then the tracker's snapshot.</summary>
    public static void Save(RepCell cell, IBufferWriter<byte> writer)
    {
        if (cell.Folded is { } saved)
        {
            writer.Write(saved);
            return;
        }
        ReadOnlySpan<byte> held = cell.HeldAttributes;
        Span<byte> head = writer.GetSpan(1 + sizeof(int));
        head[0] = EnvelopeVersion;
        BitConverter.TryWriteBytes(head[1..], held.Length);
        writer.Advance(1 + sizeof(int));
        writer.Write(held);
        cell.Tracker.Save(writer);
    }

    /// <summary>Whether records of a kind are a rep's own, for <see cref="TryApply"/>.</summary>
    public static bool Takes(JournalRecordKind kind) => kind is JournalRecordKind.Fix or JournalRecordKind.DeviceEvent or JournalRecordKind.CheckIn;

    /// <summary>Applies a fix, what a device told, or a check-in.</summary>
    /// <param name="cell">The rep.</param>
    /// <param name="record">Its record in the journal.</param>
    /// <param name="failure">What the rules threw; then nothing is handed on, and the tracker's state is not to be used.</param>
    /// <param name="handOn">False to bring a tracker up to where it was, whose results were handed on before.</param>
    public bool TryApply(RepCell cell, in JournalRecord record, [NotNullWhen(false)] out Exception? failure, bool handOn = true)
    {
        try
        {
            if (record.Kind == JournalRecordKind.DeviceEvent) ApplyDeviceEvent(cell, record, handOn);
            else if (record.Kind == JournalRecordKind.CheckIn) ApplyCheckIn(cell, record, handOn);
            else ApplyFix(cell, record, handOn);
            failure = null;
            return true;
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            failure = thrown;
            return false;
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Lets time decide.</summary>
    public bool TryTick(RepCell cell, Instant now, [NotNullWhen(false)] out Exception? failure)
    {
        try
        {
            cell.Tracker.Tick(now, _output);
            HandOnTimed(cell, handOn: true);
            failure = null;
            return true;
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            failure = thrown;
            return false;
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Evaluates a geofence or shift that changed.</summary>
    /// <param name="cell">The rep.</param>
    /// <param name="change">The change, which the context has taken.</param>
    /// <param name="failure">What the rules threw; then nothing is handed on, and the tracker's state is not to be used.</param>
    /// <param name="handOn">See <see cref="TryApply"/>.</param>
    public bool TryChange(RepCell cell, in SharedChange change, [NotNullWhen(false)] out Exception? failure, bool handOn = true)
    {
        try
        {
            if (change.Geofence is { } fence) cell.Tracker.GeofenceChanged(fence, _output);
            else cell.Tracker.ShiftsChanged(change.At, _output);
            HandOnTimed(cell, handOn);
            failure = null;
            return true;
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            failure = thrown;
            return false;
        }
        finally
        {
            Forget();
        }
    }

    private void ApplyFix(RepCell cell, in JournalRecord record, bool handOn)
    {
        FixOutcome? outcome = cell.Tracker.Apply(record.Fix, _output, record.DeviceKey);
        Fault?.Invoke(record);
        if (handOn) Draft(cell);
        HandOnFixes(cell, record, outcome, handOn);
        Commit();
        if (handOn && !record.Fix.HasPosition && IsKept(cell)) DeviceEvents.Add(new RepDeviceEvent(cell.RepKey, HeartbeatOf(record)));
    }

    private void ApplyDeviceEvent(RepCell cell, in JournalRecord record, bool handOn)
    {
        if (!DeviceEventJson.TryRead(record.Payload.Span, record.Fix.ReceivedAt, record.DeviceKey, out DeviceEvent told))
            throw new InvalidDataException("The record is no device event.");
        cell.Tracker.Apply(told, _output);
        Fault?.Invoke(record);
        HandOnTimed(cell, handOn);
        if (handOn && IsKept(cell)) DeviceEvents.Add(new RepDeviceEvent(cell.RepKey, told));
    }

    private void ApplyCheckIn(RepCell cell, in JournalRecord record, bool handOn)
    {
        if (!CheckInJson.TryRead(record.Payload.Span, record.Fix.ReceivedAt, out CheckIn checkIn))
            throw new InvalidDataException("The record is no check-in.");
        cell.Tracker.Apply(checkIn, _output);
        Fault?.Invoke(record);
        HandOnTimed(cell, handOn);
    }

    // What belongs to a time off duty is kept only where the configuration wants it.
    private bool IsKept(RepCell cell) => !_output.IsOffDuty || cell.Tracker.KeepsOffDuty;

    private static DeviceEvent HeartbeatOf(in JournalRecord record) => new()
    {
        Kind = DeviceEventKind.Heartbeat,
        At = record.Fix.FixedAt,
        ReceivedAt = record.Fix.ReceivedAt,
        BatteryPct = record.Fix.BatteryPct,
        Charging = (record.Fix.Traits & FixTraits.ChargingKnown) == 0 ? null : (record.Fix.Traits & FixTraits.Charging) != 0,
        DeviceKey = record.DeviceKey,
        Protocol = record.Fix.Protocol,
        Data = record.Payload.IsEmpty ? null : record.Payload.ToArray(),
    };

    private void HandOnTimed(RepCell cell, bool handOn)
    {
        if (handOn) Draft(cell);
        foreach (JudgedFix judged in _output.Judged)
        {
            byte[]? attributes = TakeHeld(cell);
            if (handOn) HandOn(cell, judged, attributes);
        }
        Commit();
    }

    private void Draft(RepCell cell)
    {
        foreach (TrackEvent told in _output.Events)
        {
            if (alertWriter.Write(cell.RepKey, told) is { } alert) _drafts.Add(alert);
        }
    }

    private void HandOnFixes(RepCell cell, in JournalRecord record, FixOutcome? outcome, bool handOn)
    {
        byte[]? attributes = record.Payload.IsEmpty ? null : record.Payload.ToArray();
        bool isSettled = false;
        foreach (JudgedFix judged in _output.Judged)
        {
            // A second fix among the judged ones is the one that was held.
            bool isThis = !isSettled && outcome is not null && (_output.Judged.Count == 1 || judged.Fix == record.Fix);
            isSettled |= isThis;
            byte[]? own = isThis ? attributes : TakeHeld(cell);
            if (handOn) HandOn(cell, judged, own);
        }
        if (outcome is null && record.Fix.HasPosition) cell.HeldAttributes = attributes;
    }

    private void HandOn(RepCell cell, in JudgedFix judged, byte[]? attributes)
    {
        Counts.Add(judged.Fix.Protocol, judged.Outcome);
        if (judged.Outcome == FixOutcome.Duplicate || (judged.Outcome == FixOutcome.OffDuty && !cell.Tracker.KeepsOffDuty)) return;
        Fixes.Add(new RepFix(cell.RepKey, judged, attributes));
    }

    private static byte[]? TakeHeld(RepCell cell)
    {
        byte[]? held = cell.HeldAttributes;
        cell.HeldAttributes = null;
        return held;
    }

    private void Commit()
    {
        if (_drafts.Count > 0) Alerts.AddRange(_drafts);
    }

    private void Forget()
    {
        _output.Clear();
        _drafts.Clear();
    }

    private RepTracker Open(int repKey, ReadOnlySpan<byte> snapshot, out byte[]? heldAttributes)
    {
        if (snapshot.Length < 1 + sizeof(int) || snapshot[0] != EnvelopeVersion)
            throw new InvalidDataException($"The state of rep {repKey} is no snapshot of this program's version.");
        int held = BitConverter.ToInt32(snapshot[1..]);
        ReadOnlySpan<byte> rest = snapshot[(1 + sizeof(int))..];
        if (held < 0 || held > rest.Length) throw new InvalidDataException($"The state of rep {repKey} is cut short.");
        heldAttributes = held == 0 ? null : rest[..held].ToArray();
        return RepTracker.Load(repKey, rest[held..], context);
    }
}

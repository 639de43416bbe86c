using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Local;

/// <content>What surrounds the change of a rep: its state before, when it is due, what the live map hears; and poison.</content>
internal sealed partial class Partition
{
    private static readonly TimeSpan RetryTick = TimeSpan.FromMinutes(1);

    private readonly PriorityQueue<int, long> _due = new();
    private readonly ArrayBufferWriter<byte> _preimages = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _compared = new(4 << 10);
    private readonly HashSet<long> _failed = [];
    private readonly List<(RepCell Cell, int Offset, int Length)> _changing = [];

    private void BeginSegment()
    {
        _changing.Clear();
        _preimages.ResetWrittenCount();
        _failed.Clear();
        _deviceEventsBefore = _turn.DeviceEvents.Count;
    }

    private void EndSegment()
    {
        // What time decides between records that were counted before was counted too.
        if (_applied < _counted) _turn.Counts.Clear();
        foreach (RepCell cell in _touched)
        {
            cell.IsTouched = false;
            RepLive live = cell.Tracker.Live;
            if (live.Status != cell.Status) Count(cell, live.Status);
            if (_isLive) Publish(live);
        }
        _touched.Clear();
        _turn.Counts.EmptyInto(_shared.Outcomes);
        if (_isAhead) KeepNothing();
    }

    private void Count(RepCell cell, SignalStatus status)
    {
        Interlocked.Decrement(ref _statuses[(int)cell.Status]);
        Interlocked.Increment(ref _statuses[(int)status]);
        cell.Status = status;
    }

    /// <summary>
    /// Keeps the state before the first change in a segment, so that a rule that fails half-way can be undone, and saves what
    /// the checkpoint under way still needs of it.
    /// </summary>
    private void BeforeChange(RepCell cell)
    {
        if (cell.AwaitsSave) Save(cell);
        if (cell.Preimage < _changing.Count && _changing[cell.Preimage].Cell == cell) return;
        int offset = _preimages.WrittenCount;
        RepTurn.Save(cell, _preimages);
        cell.Preimage = _changing.Count;
        _changing.Add((cell, offset, _preimages.WrittenCount - offset));
    }

    private void AfterChange(RepCell cell)
    {
        cell.ChangedAtMs = _tickedAtMs;
        if (!cell.IsDirty && !_isAhead)
        {
            cell.IsDirty = true;
            _dirty.Add(cell);
            Volatile.Write(ref _hasDirty, true);
        }
        if (!cell.IsTouched)
        {
            cell.IsTouched = true;
            _touched.Add(cell);
        }
        Schedule(cell);
    }

    /// <summary>
    /// Makes sure that the rep is looked at when it is due. An entry that is too early stays: looking at it then costs less
    /// than moving it with every fix.
    /// </summary>
    private void Schedule(RepCell cell)
    {
        Instant next = cell.Tracker.NextTickAt;
        if (next >= Instant.Max || next.EpochMs >= cell.DueAtMs) return;
        cell.DueAtMs = next.EpochMs;
        _due.Enqueue(cell.RepKey, next.EpochMs);
    }

    private void Tick(Instant now)
    {
        BeginSegment();
        while (_due.TryPeek(out int repKey, out long dueAtMs) && dueAtMs <= now.EpochMs)
        {
            _due.Dequeue();
            if (_shared.IsErased(repKey)) Drop(repKey);
            if (!_cells.TryGetValue(repKey, out RepCell? cell)) continue;
            if (cell.DueAtMs != dueAtMs) continue;
            cell.DueAtMs = long.MaxValue;
            Unfold(cell);
            if (cell.Tracker.NextTickAt > now) Schedule(cell);
            else TickCell(cell, now);
        }
        EndSegment();
        _tickedAtMs = now.EpochMs;
        FoldSome();
    }

    private void TickCell(RepCell cell, Instant now)
    {
        BeforeChange(cell);
        if (!_turn.TryTick(cell, now, out Exception? failure)) PutBack(cell, "tick", failure);
        if (_turn.Alerts.Count > 0) HandOnAlerts(null);
        AfterChange(cell);
        if (cell.Tracker.NextTickAt > now) return;
        // Whatever still is due has failed, and is not to be asked again in this very tick.
        cell.DueAtMs = (now + RetryTick).EpochMs;
        _due.Enqueue(cell.RepKey, cell.DueAtMs);
    }

    /// <summary>
    /// A fix or device event at which a rule failed: the state before it is put back, it goes into quarantine, and the rep goes on
    /// with its next one. The checkpoint waits until the quarantine has it, so it is in either place after a crash.
    /// </summary>
    private void Poisoned(RepCell cell, in JournalRecord poison, long sequence, in PartitionWork work, Exception failure)
    {
        _turn.PutBack(cell, Preimage(cell));
        JournalBlock.Enumerator records = work.Block!.Block.GetEnumerator();
        while (records.MoveNext() && records.Sequence < sequence)
        {
            JournalRecord record = records.Current;
            if (records.Sequence < work.From || record.RepKey != poison.RepKey) continue;
            if (!RepTurn.Takes(record.Kind)) continue;
            if (_failed.Contains(records.Sequence)) continue;
            if (!_turn.TryApply(cell, record, out Exception? again, handOn: false))
                throw new InvalidOperationException($"Rep {poison.RepKey}: record {records.Sequence} was applied before and fails when applied again.", again);
        }
        _failed.Add(sequence);
        bool isFix = poison.Kind == JournalRecordKind.Fix;
        if (isFix) _turn.Counts.Add(poison.Fix.Protocol, FixOutcome.Unusable);
        _shared.RuleFailures.Add();
        LogPoison(_shared.Logger, sequence, poison.RepKey, failure);
        string? deviceId = _shared.FindDeviceId(poison.DeviceKey);
        string detail = $"record {sequence}: {failure.GetType().Name}: {failure.Message}";
        _open.Quarantined.Add(_shared.Quarantine(poison.Fix.Protocol, deviceId, "ruleFailed", detail, isFix ? Raw(poison) : poison.Payload.Span).AsTask());
    }

    /// <summary>Puts the state back and applies the changes before the failed one again.</summary>
    private void UndoChange(RepCell cell, IReadOnlyList<SharedChange> changes, int failedIndex, Exception failure)
    {
        PutBack(cell, "change of a geofence or shift", failure);
        for (int index = 0; index < failedIndex; index++)
        {
            if (!_failed.Contains(index) && !_turn.TryChange(cell, changes[index], out Exception? again, handOn: false))
                throw new InvalidOperationException($"Rep {cell.RepKey}: a change was applied before and fails when applied again.", again);
        }
        _failed.Add(failedIndex);
    }

    private bool HasChanged(RepCell cell)
    {
        _compared.ResetWrittenCount();
        RepTurn.Save(cell, _compared);
        return !_compared.WrittenSpan.SequenceEqual(Preimage(cell));
    }

    private ReadOnlySpan<byte> Preimage(RepCell cell) =>
        _preimages.WrittenSpan.Slice(_changing[cell.Preimage].Offset, _changing[cell.Preimage].Length);

    private void PutBack(RepCell cell, string what, Exception failure)
    {
        _turn.PutBack(cell, Preimage(cell));
        _shared.RuleFailures.Add();
        LogRuleFailed(_shared.Logger, what, cell.RepKey, failure);
    }

    /// <summary>The fix as our own JSON, which is what the device's bytes have become by now.</summary>
    private static ReadOnlySpan<byte> Raw(in JournalRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("fixedAt"u8, record.Fix.FixedAt.ToString());
            writer.WriteString("receivedAt"u8, record.Fix.ReceivedAt.ToString());
            writer.WriteNumber("latitude"u8, record.Fix.Position.LatitudeDeg);
            writer.WriteNumber("longitude"u8, record.Fix.Position.LongitudeDeg);
            WriteKnown(writer, "altitudeM", record.Fix.AltitudeM);
            WriteKnown(writer, "speedMps", record.Fix.SpeedMps);
            WriteKnown(writer, "courseDeg", record.Fix.CourseDeg);
            WriteKnown(writer, "accuracyM", record.Fix.AccuracyM);
            WriteKnown(writer, "batteryPct", record.Fix.BatteryPct);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }

    private static void WriteKnown(Utf8JsonWriter writer, string name, float value)
    {
        if (float.IsFinite(value)) writer.WriteNumber(name, value);
    }

    [LoggerMessage(LogLevel.Error, "A rule failed at record {Sequence} of rep {RepKey}. It is in quarantine, the rep goes on without it.")]
    private static partial void LogPoison(ILogger logger, long sequence, int repKey, Exception failure);

    [LoggerMessage(LogLevel.Error, "A rule failed at a {What} of rep {RepKey}. The rep goes on as if it had not been.")]
    private static partial void LogRuleFailed(ILogger logger, string what, int repKey, Exception failure);
}

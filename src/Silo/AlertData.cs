using System.Buffers;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Silo;

/// <summary>Writes what belongs to the kind of an alert: its <c>data</c>.</summary>
internal static class AlertData
{
    /// <summary>The data of an event, as a JSON object.</summary>
    public static JsonElement Of(TrackEvent told)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            Write(writer, told);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, TrackEvent told)
    {
        if (told is GeofenceEvent { Reason: var reason }) WriteWord(writer, "reason", reason.ToString());
        switch (told)
        {
            case GeofenceExited exited:
                WriteInside(writer, exited.EnteredAt, exited.At);
                break;
            case GeofenceDwelled dwelled:
                WriteInside(writer, dwelled.EnteredAt, dwelled.At);
                break;
            case GeofenceCrossed crossed:
                writer.WriteString("leftAt"u8, crossed.LeftAt.ToString());
                break;
            case VisitEvent visit:
                writer.WriteString("beganAt"u8, visit.BeganAt.ToString());
                writer.WriteNumber("dwellS"u8, (visit.At.EpochMs - visit.BeganAt.EpochMs) / 1000.0);
                break;
            case SpeedExceeded fast:
                writer.WriteNumber("limitMps"u8, Math.Round(fast.LimitMps, 2));
                writer.WriteNumber("speedMps"u8, Math.Round(fast.SpeedMps, 2));
                break;
            case ShiftEvent shift:
                WriteShift(writer, shift);
                break;
            case CheckInEvent checkIn:
                WriteCheckIn(writer, checkIn);
                break;
            case LongStop stop:
                writer.WriteString("beganAt"u8, stop.BeganAt.ToString());
                writer.WriteNumber("stoppedS"u8, (stop.ConfirmedAt.EpochMs - stop.BeganAt.EpochMs) / 1000.0);
                break;
            case OffArea off:
                writer.WriteNumber("outsideS"u8, (off.ConfirmedAt.EpochMs - off.At.EpochMs) / 1000.0);
                break;
            case BatteryLow low:
                writer.WriteNumber("batteryPct"u8, Math.Round(low.BatteryPct, 1));
                break;
            case MockSuspected suspected:
                writer.WriteNumber("score"u8, Math.Round(suspected.Score, 3));
                WriteEvidence(writer, suspected.Evidence);
                break;
            case MockCleared cleared:
                writer.WriteString("suspectedAt"u8, cleared.SuspectedAt.ToString());
                break;
            case SignalLost lost:
                writer.WriteString("reason"u8, lost.Reason);
                WriteEvidence(writer, lost.Evidence);
                break;
            case SignalRestored restored:
                writer.WriteString("lostAt"u8, restored.LostAt.ToString());
                writer.WriteString("reason"u8, restored.Reason);
                WriteEvidence(writer, restored.Evidence);
                if (restored.Reconciled is { } reconciled) writer.WriteString("reconciled"u8, reconciled);
                break;
            default:
                break;
        }
    }

    private static void WriteShift(Utf8JsonWriter writer, ShiftEvent shift)
    {
        if (shift.ShiftId is { } id) writer.WriteString("shiftId"u8, id);
        WriteWord(writer, "by", shift.Cause.ToString());
        if (shift.ScheduledAt is not { } due) return;
        writer.WriteString("scheduledAt"u8, due.ToString());
        writer.WriteNumber("lateS"u8, (shift.At.EpochMs - due.EpochMs) / 1000.0);
    }

    private static void WriteCheckIn(Utf8JsonWriter writer, CheckInEvent checkIn)
    {
        writer.WriteString("action"u8, CheckInJson.WordOf(checkIn.Action));
        if (checkIn.Note.Length > 0) writer.WriteString("note"u8, checkIn.Note);
        if (checkIn.FixedAt is { } fixedAt) writer.WriteString("fixedAt"u8, fixedAt.ToString());
        if (double.IsFinite(checkIn.AccuracyM)) writer.WriteNumber("accuracyM"u8, Math.Round(checkIn.AccuracyM, 1));
        if (double.IsFinite(checkIn.DistanceM)) writer.WriteNumber("distanceM"u8, Math.Round(checkIn.DistanceM, 1));
        if (checkIn is not CheckInRefused refused) return;
        writer.WriteStartArray("failed"u8);
        foreach (CheckInFault fault in refused.Failed)
        {
            LocalText text = AlertText.Of(fault);
            writer.WriteStartObject();
            WriteWord(writer, "condition", fault.ToString());
            writer.WriteStartObject("text"u8);
            writer.WriteString("en"u8, text.En);
            writer.WriteString("zh"u8, text.Zh);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteInside(Utf8JsonWriter writer, Instant enteredAt, Instant at)
    {
        writer.WriteString("enteredAt"u8, enteredAt.ToString());
        writer.WriteNumber("dwellS"u8, (at.EpochMs - enteredAt.EpochMs) / 1000.0);
    }

    private static void WriteEvidence(Utf8JsonWriter writer, IReadOnlyList<Evidence> evidence)
    {
        writer.WriteStartArray("evidence"u8);
        foreach (Evidence piece in evidence)
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, piece.Kind);
            writer.WriteNumber("weight"u8, Math.Round(piece.Weight, 3));
            writer.WriteStartObject("text"u8);
            writer.WriteString("en"u8, piece.Text.En);
            writer.WriteString("zh"u8, piece.Text.Zh);
            writer.WriteEndObject();
            writer.WriteStartArray("fixedAt"u8);
            foreach (Instant at in piece.FixedAt) writer.WriteStringValue(at.ToString());
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteWord(Utf8JsonWriter writer, string name, string word) =>
        writer.WriteString(name, JsonNamingPolicy.CamelCase.ConvertName(word));
}

using System.Text;
using Tracking.Contracts;
using Tracking.Contracts.MessagePack;

namespace Tracking.LiveMap.Redis;

/// <summary>A rep's newest state as it lies in Redis: a MessagePack array, see <c>docs/redis.md</c>.</summary>
/// <param name="Live">The state.</param>
/// <param name="Id">The rep's id.</param>
/// <param name="Session">Which writer; a number that each draws when it starts.</param>
/// <param name="Tick">Grows with each tick of the writer, so that the newer of two records of one writer is known.</param>
internal readonly record struct RepRecord(RepLive Live, string Id, uint Session, long Tick)
{
    /// <summary>How many values there are; later versions may append more.</summary>
    private const int FieldCount = 16;

    private const int MaxInside = 10_000;

    /// <summary>Writes the array.</summary>
    public void WriteTo(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.WriteString(Id);
        writer.WriteInt64(Live.RepKey);
        writer.WriteUInt64(Session);
        writer.WriteInt64(Tick);
        writer.WriteInt64((int)Live.Status);
        writer.WriteInt64((int)Live.Motion);
        writer.WriteInt64(Live.HeardAt.EpochMs);
        if (Live.HasPosition) writer.WriteInt64(Live.FixedAt.EpochMs);
        else writer.WriteNil();
        writer.WriteInt64(Live.Position.LatitudeE7);
        writer.WriteInt64(Live.Position.LongitudeE7);
        WriteKnown(ref writer, Live.AccuracyM);
        WriteKnown(ref writer, Live.SpeedMps);
        WriteKnown(ref writer, Live.CourseDeg);
        WriteKnown(ref writer, Live.BatteryPct);
        writer.WriteSingle(Live.MockScore);
        writer.WriteArrayHeader(Live.InsideGeofences.Count);
        for (int i = 0; i < Live.InsideGeofences.Count; i++) writer.WriteInt64(Live.InsideGeofences[i]);
    }

    /// <summary>Reads the array; false: it makes no sense.</summary>
    public static bool TryRead(ref MessagePackReader reader, out RepRecord record)
    {
        record = default;
        if (!reader.TryReadArrayHeader(out int count) || count < FieldCount || !reader.TryReadString(out ReadOnlySpan<byte> id)) return false;
        if (!reader.TryReadInt32(out int key) || key < 0 || !reader.TryReadUInt64(out ulong session) || session > uint.MaxValue
            || !reader.TryReadInt64(out long tick)) return false;
        if (!reader.TryReadInt32(out int status) || !Enum.IsDefined((SignalStatus)status) || !reader.TryReadInt32(out int motion)
            || !Enum.IsDefined((Motion)motion) || !TryReadInstant(ref reader, out Instant heardAt)) return false;
        bool hasPosition = !reader.TryReadNil();
        Instant fixedAt = default;
        if (hasPosition && !TryReadInstant(ref reader, out fixedAt)) return false;
        if (!reader.TryReadInt32(out int latitudeE7) || !reader.TryReadInt32(out int longitudeE7)) return false;
        GeoPoint position = GeoPoint.FromE7(latitudeE7, longitudeE7);
        if (!position.IsValid || !TryReadKnown(ref reader, out float accuracyM) || !TryReadKnown(ref reader, out float speedMps)
            || !TryReadKnown(ref reader, out float courseDeg) || !TryReadKnown(ref reader, out float batteryPct)
            || !TryReadKnown(ref reader, out float mockScore) || !TryReadInside(ref reader, out int[] inside)) return false;
        for (int i = FieldCount; i < count; i++)
            if (!reader.TrySkip()) return false;
        var live = new RepLive
        {
            RepKey = key,
            Status = (SignalStatus)status,
            Motion = (Motion)motion,
            HasPosition = hasPosition,
            HeardAt = heardAt,
            FixedAt = fixedAt,
            Position = position,
            AccuracyM = accuracyM,
            SpeedMps = speedMps,
            CourseDeg = courseDeg,
            BatteryPct = batteryPct,
            MockScore = mockScore,
            InsideGeofences = inside,
        };
        record = new RepRecord(live, Encoding.UTF8.GetString(id), (uint)session, tick);
        return true;
    }

    private static void WriteKnown(ref MessagePackWriter writer, float value)
    {
        if (float.IsFinite(value)) writer.WriteSingle(value);
        else writer.WriteNil();
    }

    private static bool TryReadKnown(ref MessagePackReader reader, out float value)
    {
        value = float.NaN;
        if (reader.TryReadNil()) return true;
        if (!reader.TryReadDouble(out double wide)) return false;
        value = (float)wide;
        return true;
    }

    private static bool TryReadInstant(ref MessagePackReader reader, out Instant instant)
    {
        bool read = reader.TryReadInt64(out long epochMs);
        instant = new Instant(epochMs);
        return read && instant.IsRepresentable;
    }

    private static bool TryReadInside(ref MessagePackReader reader, out int[] inside)
    {
        inside = [];
        if (!reader.TryReadArrayHeader(out int count) || count > MaxInside) return false;
        if (count == 0) return true;
        inside = new int[count];
        for (int i = 0; i < count; i++)
            if (!reader.TryReadInt32(out inside[i])) return false;
        return true;
    }
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// The bytes of a journal record: kind, a word that says which fields follow, the fields that are known, the payload. Little
/// endian; each record stands alone, so blocks can be joined. A usual fix takes 45 to 60 bytes.
/// </summary>
internal static class JournalCodec
{
    /// <summary>The longest record without its payload.</summary>
    public const int MaxFieldBytes = 80;

    private const ushort
        HasPlace = 1, HasAltitude = 2, HasSpeed = 4, HasCourse = 8, HasAccuracy = 16, HasBattery = 32, HasSatellites = 64,
        HasDoing = 128, HasAlarm = 256, HasTraits = 512, HasKey = 1024, HasPayload = 2048;

    /// <summary>Writes a record; the span has room for <see cref="MaxFieldBytes"/> and the payload.</summary>
    public static int Write(in JournalRecord record, Span<byte> to)
    {
        int at = 3;
        ushort has = 0;
        to[0] = (byte)record.Kind;
        at += Varint.Write(to[at..], (uint)record.RepKey);
        at += Varint.Write(to[at..], (uint)record.DeviceKey);
        BinaryPrimitives.WriteInt64LittleEndian(to[at..], record.Fix.ReceivedAt.EpochMs);
        at += 8;
        if (record.Kind == JournalRecordKind.Fix) at += WriteFix(in record, to[at..], ref has);
        ReadOnlySpan<byte> payload = record.Payload.Span;
        if (!payload.IsEmpty)
        {
            has |= HasPayload;
            at += Varint.Write(to[at..], (uint)payload.Length);
            payload.CopyTo(to[at..]);
            at += payload.Length;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(to[1..], has);
        return at;
    }

    private static int WriteFix(in JournalRecord record, Span<byte> to, ref ushort has)
    {
        Fix fix = record.Fix;
        int at = Varint.Write(to, Varint.ZigZag(fix.ReceivedAt.EpochMs - fix.FixedAt.EpochMs));
        to[at++] = (byte)fix.Protocol;
        if (fix.HasPosition)
        {
            has |= HasPlace;
            BinaryPrimitives.WriteInt32LittleEndian(to[at..], fix.Position.LatitudeE7);
            BinaryPrimitives.WriteInt32LittleEndian(to[(at + 4)..], fix.Position.LongitudeE7);
            at += 8;
        }
        WriteNumber(fix.AltitudeM, HasAltitude, to, ref at, ref has);
        WriteNumber(fix.SpeedMps, HasSpeed, to, ref at, ref has);
        WriteNumber(fix.CourseDeg, HasCourse, to, ref at, ref has);
        WriteNumber(fix.AccuracyM, HasAccuracy, to, ref at, ref has);
        WriteNumber(fix.BatteryPct, HasBattery, to, ref at, ref has);
        if (fix.Satellites != -1)
        {
            has |= HasSatellites;
            BinaryPrimitives.WriteInt16LittleEndian(to[at..], fix.Satellites);
            at += 2;
        }
        WriteByte((byte)((int)fix.Activity | ((int)fix.Provider << 4)), HasDoing, to, ref at, ref has);
        WriteByte((byte)fix.Alarm, HasAlarm, to, ref at, ref has);
        WriteByte((byte)fix.Traits, HasTraits, to, ref at, ref has);
        if (fix.IdempotencyHash != 0)
        {
            has |= HasKey;
            BinaryPrimitives.WriteUInt64LittleEndian(to[at..], fix.IdempotencyHash);
            at += 8;
        }
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteNumber(float value, ushort flag, Span<byte> to, ref int at, ref ushort has)
    {
        if (float.IsNaN(value)) return;
        has |= flag;
        BinaryPrimitives.WriteSingleLittleEndian(to[at..], value);
        at += 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteByte(byte value, ushort flag, Span<byte> to, ref int at, ref ushort has)
    {
        if (value == 0) return;
        has |= flag;
        to[at++] = value;
    }

    /// <summary>Reads the record at a place and moves behind it. The payload is a part of the memory.</summary>
    public static JournalRecord Read(ReadOnlyMemory<byte> memory, ref int position)
    {
        ReadOnlySpan<byte> from = memory.Span;
        int at = position;
        var kind = (JournalRecordKind)from[at];
        ushort has = BinaryPrimitives.ReadUInt16LittleEndian(from[(at + 1)..]);
        at += 3;
        int repKey = (int)Varint.Read(from, ref at), deviceKey = (int)Varint.Read(from, ref at);
        var receivedAt = new Instant(BinaryPrimitives.ReadInt64LittleEndian(from[at..]));
        at += 8;
        Fix fix = kind == JournalRecordKind.Fix ? ReadFix(from, ref at, receivedAt, has) : new Fix { ReceivedAt = receivedAt };
        ReadOnlyMemory<byte> payload = default;
        if ((has & HasPayload) != 0)
        {
            int length = (int)Varint.Read(from, ref at);
            payload = memory.Slice(at, length);
            at += length;
        }
        position = at;
        return new JournalRecord(kind, repKey, deviceKey, fix, payload);
    }

    private static Fix ReadFix(ReadOnlySpan<byte> from, ref int at, Instant receivedAt, ushort has)
    {
        var fixedAt = new Instant(receivedAt.EpochMs - Varint.UnZigZag(Varint.Read(from, ref at)));
        var protocol = (Protocol)from[at++];
        GeoPoint place = default;
        if ((has & HasPlace) != 0)
        {
            place = GeoPoint.FromE7(BinaryPrimitives.ReadInt32LittleEndian(from[at..]), BinaryPrimitives.ReadInt32LittleEndian(from[(at + 4)..]));
            at += 8;
        }
        float altitude = ReadNumber(from, ref at, has & HasAltitude), speed = ReadNumber(from, ref at, has & HasSpeed);
        float course = ReadNumber(from, ref at, has & HasCourse), accuracy = ReadNumber(from, ref at, has & HasAccuracy);
        float battery = ReadNumber(from, ref at, has & HasBattery);
        short satellites = -1;
        if ((has & HasSatellites) != 0)
        {
            satellites = BinaryPrimitives.ReadInt16LittleEndian(from[at..]);
            at += 2;
        }
        byte doing = ReadByte(from, ref at, has & HasDoing), alarm = ReadByte(from, ref at, has & HasAlarm), traits = ReadByte(from, ref at, has & HasTraits);
        ulong key = 0;
        if ((has & HasKey) != 0)
        {
            key = BinaryPrimitives.ReadUInt64LittleEndian(from[at..]);
            at += 8;
        }
        return new Fix
        {
            FixedAt = fixedAt,
            ReceivedAt = receivedAt,
            Position = place,
            AltitudeM = altitude,
            SpeedMps = speed,
            CourseDeg = course,
            AccuracyM = accuracy,
            BatteryPct = battery,
            Satellites = satellites,
            Activity = (Activity)(doing & 15),
            Provider = (LocationProvider)(doing >> 4),
            Alarm = (DeviceAlarm)alarm,
            Traits = (FixTraits)traits,
            Protocol = protocol,
            IdempotencyHash = key,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ReadNumber(ReadOnlySpan<byte> from, ref int at, int has)
    {
        if (has == 0) return float.NaN;
        at += 4;
        return BinaryPrimitives.ReadSingleLittleEndian(from[(at - 4)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte ReadByte(ReadOnlySpan<byte> from, ref int at, int has) => has == 0 ? (byte)0 : from[at++];

    /// <summary>CRC-32C of a block with its place, so that neither damage nor a block in the wrong row goes unnoticed.</summary>
    public static uint Checksum(long firstSequence, int count, ReadOnlySpan<byte> bytes)
    {
        uint crc = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)firstSequence), (uint)count);
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (byte b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}

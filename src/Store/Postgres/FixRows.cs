using System.Buffers.Binary;
using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>
/// Rows of fixes in the form in which PostgreSQL takes and gives them: written as binary COPY into one buffer that is used
/// again, read from a query's columns. An unknown number is null there; every other value keeps every bit.
/// </summary>
internal sealed class FixRows
{
    /// <summary>The columns, in the order of this class.</summary>
    public const string Columns =
        "fixed_at, received_at, arrival, idempotency_hash, rep, latitude_e7, longitude_e7, altitude_m, speed_mps, course_deg, " +
        "accuracy_m, battery_pct, satellites, activity, provider, alarm, traits, protocol, outcome, attributes";

    private const short ColumnCount = 20;
    private const int MostBytesButAttributes = 256;
    private const long MsFrom1970To2000 = 946_684_800_000;

    private byte[] _bytes = new byte[96 << 10];
    private int _length;

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Forgets what was written.</summary>
    public void Clear() => _length = 0;

    /// <summary>Writes what stands before the first row: a signature, no flags, no extension.</summary>
    public void WriteHeader()
    {
        ReadOnlySpan<byte> header = [.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];
        header.CopyTo(Grow(header.Length));
        _length += header.Length;
    }

    /// <summary>Writes what stands after the last row.</summary>
    public void WriteTrailer()
    {
        BinaryPrimitives.WriteInt16BigEndian(Grow(2), -1);
        _length += 2;
    }

    /// <summary>Writes a row.</summary>
    public void Write(in RepFix row, long arrival)
    {
        Fix fix = row.Judged.Fix;
        byte[]? attributes = row.Attributes;
        var to = new Fields(Grow(MostBytesButAttributes + (attributes?.Length ?? 0)));
        to.Count(ColumnCount);
        to.Long(MicrosOf(fix.FixedAt));
        to.Long(MicrosOf(fix.ReceivedAt));
        to.Long(arrival);
        if (fix.IdempotencyHash == 0) to.Null();
        else to.Long((long)fix.IdempotencyHash);
        to.Int(row.RepKey);
        WritePosition(ref to, in fix);
        to.Number(fix.AltitudeM);
        to.Number(fix.SpeedMps);
        to.Number(fix.CourseDeg);
        to.Number(fix.AccuracyM);
        to.Number(fix.BatteryPct);
        if (fix.Satellites == -1) to.Null();
        else to.Short(fix.Satellites);
        to.Short((short)fix.Activity);
        to.Short((short)fix.Provider);
        to.Short((short)fix.Alarm);
        to.Short((short)fix.Traits);
        to.Short((short)fix.Protocol);
        to.Short((short)row.Judged.Outcome);
        if (attributes is null) to.Null();
        else to.Bytes(attributes);
        _length += to.Length;
    }

    private static void WritePosition(ref Fields to, in Fix fix)
    {
        if (fix.HasPosition)
        {
            to.Int(fix.Position.LatitudeE7);
            to.Int(fix.Position.LongitudeE7);
        }
        else
        {
            to.Null();
            to.Null();
        }
    }

    /// <summary>Reads the fix of the row that a reader over <see cref="Columns"/> stands on.</summary>
    public static JudgedFix Read(NpgsqlDataReader row) => new(
        new Fix
        {
            FixedAt = InstantOf(row.GetFieldValue<long>(0)),
            ReceivedAt = InstantOf(row.GetFieldValue<long>(1)),
            IdempotencyHash = row.IsDBNull(3) ? 0 : (ulong)row.GetInt64(3),
            Position = row.IsDBNull(5) ? default : GeoPoint.FromE7(row.GetInt32(5), row.GetInt32(6)),
            AltitudeM = NumberAt(row, 7),
            SpeedMps = NumberAt(row, 8),
            CourseDeg = NumberAt(row, 9),
            AccuracyM = NumberAt(row, 10),
            BatteryPct = NumberAt(row, 11),
            Satellites = row.IsDBNull(12) ? (short)-1 : row.GetInt16(12),
            Activity = (Activity)row.GetInt16(13),
            Provider = (LocationProvider)row.GetInt16(14),
            Alarm = (DeviceAlarm)row.GetInt16(15),
            Traits = (FixTraits)row.GetInt16(16),
            Protocol = (Protocol)row.GetInt16(17),
        },
        (FixOutcome)row.GetInt16(18));

    /// <summary>Whose the row is that a reader over <see cref="Columns"/> stands on.</summary>
    public static int RepOf(NpgsqlDataReader row) => row.GetInt32(4);

    /// <summary>The order of arrival of the row that a reader over <see cref="Columns"/> stands on.</summary>
    public static long ArrivalOf(NpgsqlDataReader row) => row.GetInt64(2);

    /// <summary>What the device sent along, of the row that a reader over <see cref="Columns"/> stands on.</summary>
    public static byte[]? AttributesOf(NpgsqlDataReader row) => row.IsDBNull(19) ? null : row.GetFieldValue<byte[]>(19);

    private static float NumberAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? float.NaN : row.GetFloat(column);

    /// <summary>PostgreSQL's instants are microseconds since 2000.</summary>
    public static long MicrosOf(Instant instant) => (instant.EpochMs - MsFrom1970To2000) * 1000;

    /// <summary>The instant of PostgreSQL's microseconds since 2000.</summary>
    public static Instant InstantOf(long micros) => new((micros / 1000) + MsFrom1970To2000);

    private Span<byte> Grow(int bytes)
    {
        if (_bytes.Length - _length < bytes) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        return _bytes.AsSpan(_length);
    }

    // Each field is its length in bytes, and the bytes, big-endian; a null is the length -1.
    private ref struct Fields(Span<byte> to)
    {
        private readonly Span<byte> _to = to;

        public int Length { get; private set; }

        public void Count(short columns)
        {
            BinaryPrimitives.WriteInt16BigEndian(_to, columns);
            Length = 2;
        }

        public void Null()
        {
            BinaryPrimitives.WriteInt32BigEndian(_to[Length..], -1);
            Length += 4;
        }

        public void Short(short value)
        {
            BinaryPrimitives.WriteInt32BigEndian(_to[Length..], 2);
            BinaryPrimitives.WriteInt16BigEndian(_to[(Length + 4)..], value);
            Length += 6;
        }

        public void Int(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(_to[Length..], 4);
            BinaryPrimitives.WriteInt32BigEndian(_to[(Length + 4)..], value);
            Length += 8;
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt32BigEndian(_to[Length..], 8);
            BinaryPrimitives.WriteInt64BigEndian(_to[(Length + 4)..], value);
            Length += 12;
        }

        public void Number(float value)
        {
            if (float.IsNaN(value)) Null();
            else Int(BitConverter.SingleToInt32Bits(value));
        }

        public void Bytes(byte[] bytes)
        {
            BinaryPrimitives.WriteInt32BigEndian(_to[Length..], bytes.Length);
            bytes.CopyTo(_to[(Length + 4)..]);
            Length += 4 + bytes.Length;
        }
    }
}

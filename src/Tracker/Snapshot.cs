using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Writes a tracker's state: variable-length integers, floats as their bits, so that nothing is lost.</summary>
internal readonly ref struct SnapshotWriter(IBufferWriter<byte> writer)
{
    public void Byte(byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void UInt(ulong value)
    {
        Span<byte> span = writer.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        writer.Advance(length);
    }

    public void Int(long value) => UInt((ulong)((value << 1) ^ (value >> 63)));

    public void Time(Instant value) => Int(value.EpochMs);

    public void Bits(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(writer.GetSpan(8), value);
        writer.Advance(8);
    }

    public void Double(double value) => Bits(BitConverter.DoubleToUInt64Bits(value));

    public void Float(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(writer.GetSpan(4), value);
        writer.Advance(4);
    }

    public void Text(string value)
    {
        int length = System.Text.Encoding.UTF8.GetByteCount(value);
        UInt((ulong)length);
        writer.Advance(System.Text.Encoding.UTF8.GetBytes(value, writer.GetSpan(length)));
    }

    public void Point(GeoPoint value)
    {
        Int(value.LatitudeE7);
        Int(value.LongitudeE7);
    }

    public void Fix(in Fix fix)
    {
        Time(fix.FixedAt);
        Int(fix.ReceivedAt.EpochMs - fix.FixedAt.EpochMs);
        Point(fix.Position);
        Float(fix.AltitudeM);
        Float(fix.SpeedMps);
        Float(fix.CourseDeg);
        Float(fix.AccuracyM);
        Float(fix.BatteryPct);
        Int(fix.Satellites);
        Byte((byte)fix.Activity);
        Byte((byte)fix.Provider);
        Byte((byte)fix.Alarm);
        Byte((byte)fix.Traits);
        Byte((byte)fix.Protocol);
        Bits(fix.IdempotencyHash);
    }
}

/// <summary>Reads what <see cref="SnapshotWriter"/> wrote.</summary>
internal ref struct SnapshotReader(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        byte other => throw new InvalidDataException($"A tracker snapshot holds {other} where a yes or no belongs."),
    };

    public ulong UInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException("A tracker snapshot holds an integer without an end.");
    }

    public long Int()
    {
        ulong value = UInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Count(int max)
    {
        ulong count = UInt();
        return count <= (ulong)max ? (int)count
            : throw new InvalidDataException($"A tracker snapshot holds {count} of something of which there are {max} at most.");
    }

    public Instant Time() => new(Int());

    /// <summary>A text of 4 KiB at the most.</summary>
    public string Text()
    {
        ReadOnlySpan<byte> bytes = Take(Count(4096));
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    public ulong Bits() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double Double() => BitConverter.UInt64BitsToDouble(Bits());

    public float Float() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public GeoPoint Point()
    {
        int latitudeE7 = (int)Int();
        return GeoPoint.FromE7(latitudeE7, (int)Int());
    }

    public Fix Fix()
    {
        Instant fixedAt = Time();
        return new Fix
        {
            FixedAt = fixedAt,
            ReceivedAt = new(fixedAt.EpochMs + Int()),
            Position = Point(),
            AltitudeM = Float(),
            SpeedMps = Float(),
            CourseDeg = Float(),
            AccuracyM = Float(),
            BatteryPct = Float(),
            Satellites = (short)Int(),
            Activity = (Activity)Byte(),
            Provider = (LocationProvider)Byte(),
            Alarm = (DeviceAlarm)Byte(),
            Traits = (FixTraits)Byte(),
            Protocol = (Protocol)Byte(),
            IdempotencyHash = Bits(),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(int count)
    {
        if (Rest.Length < count) throw new InvalidDataException("A tracker snapshot ends too early.");
        ReadOnlySpan<byte> taken = Rest[..count];
        Rest = Rest[count..];
        return taken;
    }
}

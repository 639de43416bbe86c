using System.Buffers.Binary;
using Tracking.Contracts;

namespace Tracking.Store.Tracks;

/// <summary>Reads what <see cref="ChunkWriter"/> wrote. Holds the columns between reads; not safe for two threads at once.</summary>
internal sealed class ChunkReader
{
    private const int MaxFixes = 1 << 22;

    private readonly float[][] _numbers = [[], [], [], [], []];
    private readonly short[][] _words = [[], [], [], [], [], [], []];
    private long[] _fixed = [], _received = [];
    private GeoPoint[] _positions = [];
    private ulong[] _hashes = [];

    /// <summary>Adds a chunk's fixes to a list.</summary>
    /// <exception cref="InvalidDataException">The bytes are no chunk.</exception>
    public void Read(ReadOnlySpan<byte> from, ReadOnlySpan<byte> attributes, List<StoredFix> to)
    {
        int at = 0;
        if (from.IsEmpty || from[at++] != ChunkWriter.Version) throw new InvalidDataException("A chunk of fixes has an unknown form.");
        ulong length = Varint.Read(from, ref at);
        if (length > MaxFixes) throw new InvalidDataException("A chunk of fixes is damaged.");
        int count = (int)length;
        if (count == 0) return;
        Room(count);
        Times(from, ref at, count);
        foreach (float[] column in _numbers) Numbers(from, ref at, column.AsSpan(0, count));
        foreach (short[] column in _words) Runs(from, ref at, column.AsSpan(0, count));
        Hashes(from, ref at, count);
        // Last, because the traits tell which fixes have one.
        Positions(from, at, count);
        Join(count, attributes, to);
    }

    private void Room(int count)
    {
        if (_fixed.Length >= count) return;
        int size = Math.Max(count, 256);
        _fixed = new long[size];
        _received = new long[size];
        _positions = new GeoPoint[size];
        _hashes = new ulong[size];
        for (int i = 0; i < _numbers.Length; i++) _numbers[i] = new float[size];
        for (int i = 0; i < _words.Length; i++) _words[i] = new short[size];
    }

    private void Times(ReadOnlySpan<byte> from, ref int at, int count)
    {
        long last = 0, lastStep = 0, lastDelay = 0;
        for (int i = 0; i < count; i++)
        {
            long step = Varint.UnZigZag(Varint.Read(from, ref at)) + lastStep;
            lastStep = last == 0 ? 0 : step;
            _fixed[i] = last += step;
        }
        for (int i = 0; i < count; i++)
        {
            lastDelay += Varint.UnZigZag(Varint.Read(from, ref at));
            _received[i] = _fixed[i] + lastDelay;
        }
    }

    private void Positions(ReadOnlySpan<byte> from, int at, int count)
    {
        short[] traits = _words[4];
        long latitude = 0, longitude = 0;
        for (int i = 0; i < count; i++)
        {
            if (((FixTraits)traits[i] & FixTraits.NoPosition) != 0)
            {
                _positions[i] = default;
                continue;
            }
            latitude += Varint.UnZigZag(Varint.Read(from, ref at));
            longitude += Varint.UnZigZag(Varint.Read(from, ref at));
            _positions[i] = GeoPoint.FromE7((int)latitude, (int)longitude);
        }
    }

    private static void Numbers(ReadOnlySpan<byte> from, ref int at, Span<float> column)
    {
        byte form = from[at++];
        if (form == 0)
        {
            column.Fill(BinaryPrimitives.ReadSingleLittleEndian(from[at..]));
            at += 4;
            return;
        }
        uint bits = 0;
        foreach (ref float number in column)
        {
            if (form == 2) bits ^= BinaryPrimitives.ReverseEndianness((uint)Varint.Read(from, ref at));
            else
            {
                bits = BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);
                at += 4;
            }
            number = BitConverter.UInt32BitsToSingle(bits);
        }
    }

    private static void Runs(ReadOnlySpan<byte> from, ref int at, Span<short> column)
    {
        while (!column.IsEmpty)
        {
            int run = (int)Math.Min(Varint.Read(from, ref at), (ulong)column.Length);
            if (run == 0) throw new InvalidDataException("A chunk of fixes is damaged.");
            column[..run].Fill((short)Varint.UnZigZag(Varint.Read(from, ref at)));
            column = column[run..];
        }
    }

    private void Hashes(ReadOnlySpan<byte> from, ref int at, int count)
    {
        bool any = from[at++] != 0;
        for (int i = 0; i < count; i++)
        {
            _hashes[i] = any ? BinaryPrimitives.ReadUInt64LittleEndian(from[at..]) : 0;
            if (any) at += 8;
        }
    }

    private void Join(int count, ReadOnlySpan<byte> attributes, List<StoredFix> to)
    {
        int attributesAt = 0, next = attributes.IsEmpty ? -1 : (int)Varint.Read(attributes, ref attributesAt);
        for (int i = 0; i < count; i++)
        {
            byte[]? sentAlong = null;
            if (i == next)
            {
                int length = (int)Varint.Read(attributes, ref attributesAt);
                sentAlong = attributes.Slice(attributesAt, length).ToArray();
                attributesAt += length;
                next = attributesAt < attributes.Length ? (int)Varint.Read(attributes, ref attributesAt) : -1;
            }
            to.Add(new StoredFix(new JudgedFix(FixAt(i), (FixOutcome)_words[6][i]), sentAlong));
        }
    }

    private Fix FixAt(int i) => new()
    {
        FixedAt = new Instant(_fixed[i]),
        ReceivedAt = new Instant(_received[i]),
        Position = _positions[i],
        AltitudeM = _numbers[0][i],
        SpeedMps = _numbers[1][i],
        CourseDeg = _numbers[2][i],
        AccuracyM = _numbers[3][i],
        BatteryPct = _numbers[4][i],
        Satellites = _words[0][i],
        Activity = (Activity)_words[1][i],
        Provider = (LocationProvider)_words[2][i],
        Alarm = (DeviceAlarm)_words[3][i],
        Traits = (FixTraits)_words[4][i],
        Protocol = (Protocol)_words[5][i],
        IdempotencyHash = _hashes[i],
    };
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The newest part of a track, in at most 12 samples: enough to see whether a rep stays around one place, and where that
/// is. When full, the two neighbours that are nearest to each other become one with the weight of both, so a phone that
/// lies still costs no memory and what remains still shows where the rep came from.
/// </summary>
internal struct StopWindow
{
    public const int Capacity = 12;
    private const int MaxWeight = ushort.MaxValue;

    private Samples _samples;
    private byte _count;
    private Instant _base;

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    private struct Sample
    {
        public int LatitudeE7;
        public int LongitudeE7;
        public int OffsetMs;
        public ushort Weight;
    }

    [InlineArray(Capacity)]
    private struct Samples
    {
        private Sample _first;
    }

    public readonly int Count => _count;

    public readonly GeoPoint First => PointOf(0);

    public readonly GeoPoint Newest => PointOf(_count - 1);

    public readonly GeoPoint BeforeNewest => PointOf(_count - 2);

    public readonly Instant FirstAt => TimeOf(0);

    public readonly Instant TimeOf(int index) => new(_base.EpochMs + _samples[index].OffsetMs);

    public readonly int TotalWeight
    {
        get
        {
            int total = 0;
            for (int i = 0; i < _count; i++) total += _samples[i].Weight;
            return total;
        }
    }

    public void Clear() => _count = 0;

    public void Add(Instant at, GeoPoint point)
    {
        if (_count == 0) _base = at;
        if (_count == Capacity) MergeNearest();
        _samples[_count++] = new Sample
        {
            LatitudeE7 = point.LatitudeE7,
            LongitudeE7 = point.LongitudeE7,
            OffsetMs = (int)Math.Clamp(at.EpochMs - _base.EpochMs, int.MinValue, int.MaxValue),
            Weight = 1,
        };
    }

    public void RemoveNewest() => _count--;

    public void RemoveFirst(int count)
    {
        Span<Sample> samples = _samples;
        samples[count.._count].CopyTo(samples);
        _count -= (byte)count;
        if (_count == 0) return;
        int shift = samples[0].OffsetMs;
        _base = new Instant(_base.EpochMs + shift);
        for (int i = 0; i < _count; i++) samples[i].OffsetMs -= shift;
    }

    /// <summary>How many samples at the front are followed by none that is out of reach: the first one to keep.</summary>
    public readonly int FirstWithin(in LocalFrame frame, double reachM)
    {
        double reach2 = reachM * reachM;
        for (int i = _count - 1; i >= 0; i--)
            if (SquareM(frame, i) > reach2) return i + 1;
        return 0;
    }

    /// <summary>The weighted median of the samples, axis by axis.</summary>
    public readonly GeoPoint Median()
    {
        Span<(long Value, int Weight)> axis = stackalloc (long, int)[Capacity];
        for (int i = 0; i < _count; i++) axis[i] = (_samples[i].LatitudeE7, _samples[i].Weight);
        int latitudeE7 = (int)MedianOf(axis[.._count]);
        int originE7 = _samples[0].LongitudeE7;
        for (int i = 0; i < _count; i++) axis[i] = (WrapE7((long)_samples[i].LongitudeE7 - originE7), _samples[i].Weight);
        return GeoPoint.FromE7(latitudeE7, (int)WrapE7(originE7 + MedianOf(axis[.._count])));
    }

    public readonly GeoPoint PointOf(int index) => GeoPoint.FromE7(_samples[index].LatitudeE7, _samples[index].LongitudeE7);

    private readonly double SquareM(in LocalFrame frame, int index)
    {
        (double east, double north) = frame.ToMetres(PointOf(index));
        return east * east + north * north;
    }

    private void MergeNearest()
    {
        Span<Sample> samples = _samples;
        double eastScale = Math.Cos(samples[0].LatitudeE7 * (1e-7 * Wgs84.RadPerDeg));
        int nearest = 1;
        double best = double.MaxValue;
        for (int i = 1; i < _count; i++)
        {
            double north = samples[i].LatitudeE7 - samples[i - 1].LatitudeE7;
            double east = WrapE7((long)samples[i].LongitudeE7 - samples[i - 1].LongitudeE7) * eastScale;
            double square = east * east + north * north;
            if (square < best) (best, nearest) = (square, i);
        }
        int kept = samples[nearest].Weight > samples[nearest - 1].Weight ? nearest : nearest - 1;
        samples[nearest - 1] = new Sample
        {
            LatitudeE7 = samples[kept].LatitudeE7,
            LongitudeE7 = samples[kept].LongitudeE7,
            OffsetMs = samples[nearest - 1].OffsetMs,
            Weight = (ushort)Math.Min(MaxWeight, samples[nearest].Weight + samples[nearest - 1].Weight),
        };
        samples[(nearest + 1).._count].CopyTo(samples[nearest..]);
        _count--;
    }

    private static long MedianOf(Span<(long Value, int Weight)> axis)
    {
        int total = 0;
        for (int i = 0; i < axis.Length; i++)
        {
            (long Value, int Weight) moved = axis[i];
            total += moved.Weight;
            int at = i;
            for (; at > 0 && axis[at - 1].Value > moved.Value; at--) axis[at] = axis[at - 1];
            axis[at] = moved;
        }
        int passed = 0;
        foreach ((long value, int weight) in axis)
        {
            passed += weight;
            if (passed * 2L >= total) return value;
        }
        return axis[^1].Value;
    }

    private static long WrapE7(long degE7) => degE7 > 1_800_000_000 ? degE7 - 3_600_000_000 : degE7 < -1_800_000_000 ? degE7 + 3_600_000_000 : degE7;

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte(_count);
        writer.Time(_base);
        for (int i = 0; i < _count; i++)
        {
            writer.Int(_samples[i].LatitudeE7);
            writer.Int(_samples[i].LongitudeE7);
            writer.Int(_samples[i].OffsetMs);
            writer.UInt(_samples[i].Weight);
        }
    }

    public void Load(ref SnapshotReader reader)
    {
        _count = (byte)reader.Count(Capacity);
        _base = reader.Time();
        for (int i = 0; i < _count; i++)
        {
            _samples[i] = new Sample
            {
                LatitudeE7 = (int)reader.Int(),
                LongitudeE7 = (int)reader.Int(),
                OffsetMs = (int)reader.Int(),
                Weight = (ushort)reader.Count(MaxWeight),
            };
        }
    }
}

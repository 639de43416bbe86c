using BenchmarkDotNet.Attributes;
using Tracking.Contracts;
using Tracking.LiveMap.Frames;

namespace Tracking.Layers;

/// <summary>The live map's layer: what a position costs on its way into a frame, and a frame on its way to a viewer.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private readonly RepLive[] _live = new RepLive[1000];
    private readonly Row[] _rows = new Row[1000];
    private readonly byte[] _message = new byte[64 << 10];
    private LiveFrame _frame = null!;

    /// <summary>Positions of one tick in one city, in 20 cells.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(7);
        for (int i = 0; i < _live.Length; i++)
        {
            _live[i] = new RepLive
            {
                RepKey = i,
                HasPosition = true,
                FixedAt = new(1_795_334_400_000 - random.Next(5000)),
                Position = new GeoPoint(48 + random.NextDouble() * 0.4, 16 + random.NextDouble() * 0.6).Quantised(),
                SpeedMps = random.NextSingle() * 30,
                CourseDeg = random.NextSingle() * 360,
                AccuracyM = 5,
                BatteryPct = 80,
            };
            _rows[i] = Row.Of(_live[i]);
        }
        _frame = new(FrameKind.Positions, 1, 0, [.. _rows.Chunk(50).Select(static chunk => FrameBlock.OfRows(chunk, 1_795_334_400_000))]);
    }

    /// <summary>1,000 states into rows, each with its map cell.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public int Place()
    {
        int sum = 0;
        foreach (ref readonly RepLive live in _live.AsSpan())
        {
            var row = Row.Of(live);
            sum += MapCell.Of(row.LatitudeE7, row.LongitudeE7).X;
        }
        return sum;
    }

    /// <summary>1,000 rows into one shared block.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public object Encode() => FrameBlock.OfRows(_rows, 1_795_334_400_000);

    /// <summary>A frame of 20 shared blocks with 1,000 rows into a viewer's message.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public int Splice()
    {
        _frame.CopyTo(_message);
        return _frame.Length;
    }
}

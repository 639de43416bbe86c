using System.Diagnostics;

namespace Tracking.Load;

/// <summary>Counts latencies in buckets of 1 % width from 1 µs to 100 s; safe from many threads.</summary>
internal sealed class Latencies
{
    private const double Growth = 1.01;
    private static readonly double LogGrowth = Math.Log(Growth);
    private readonly long[] _counts = new long[1 + (int)(Math.Log(1e8) / LogGrowth)];
    private long _total;

    public long Total => Volatile.Read(ref _total);

    public void AddSince(long beganTimestamp, long endedTimestamp)
    {
        double us = Math.Max(1, Stopwatch.GetElapsedTime(beganTimestamp, endedTimestamp).TotalMicroseconds);
        Interlocked.Increment(ref _counts[Math.Min(_counts.Length - 1, (int)(Math.Log(us) / LogGrowth))]);
        Interlocked.Increment(ref _total);
    }

    /// <summary>The latency in milliseconds that a share of all stayed under.</summary>
    public double PercentileMs(double share)
    {
        long wanted = (long)Math.Ceiling(Total * share), seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted) return Math.Pow(Growth, bucket + 1) / 1000;
        }
        return double.PositiveInfinity;
    }

    public override string ToString() =>
        $"p50 {PercentileMs(0.5):0.0} ms, p99 {PercentileMs(0.99):0.0} ms, p99.9 {PercentileMs(0.999):0.0} ms";
}

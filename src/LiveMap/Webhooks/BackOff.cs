namespace Tracking.LiveMap.Webhooks;

/// <summary>How long to wait after failures: anything up to a limit that doubles with each, so that subscribers that failed together do not come back together.</summary>
internal static class BackOff
{
    /// <summary>The longest wait.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="first">The longest wait after the first.</param>
    /// <param name="most">The longest wait after any.</param>
    public static TimeSpan Ceiling(int failures, TimeSpan first, TimeSpan most) =>
        TimeSpan.FromTicks((long)Math.Min(most.Ticks, first.Ticks * Math.Pow(2, failures - 1)));

    /// <summary>The wait itself, full jitter.</summary>
    public static TimeSpan Next(int failures, TimeSpan first, TimeSpan most) => Ceiling(failures, first, most) * Random.Shared.NextDouble();
}

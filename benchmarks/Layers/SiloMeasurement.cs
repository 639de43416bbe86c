using System.Diagnostics;
using System.Globalization;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Layers;

/// <summary>
/// Figures that a benchmark of repeated calls cannot give: memory of idle reps, time of a restart, time from fix to alert under
/// load. <c>dotnet run -c Release --project benchmarks/Layers -- silo memory|flow|latency [number]</c>
/// </summary>
internal static class SiloMeasurement
{
    public static async Task<int> RunAsync(string[] args)
    {
        int number = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0;
        switch (args.FirstOrDefault())
        {
            case "memory":
                await MemoryAsync(number > 0 ? number : 100_000);
                return 0;
            case "flow":
                await FlowAsync(number > 0 ? number : 1_000_000);
                return 0;
            case "latency":
                await LatencyAsync(number > 0 ? number : 20_000);
                return 0;
            default:
                Console.Error.WriteLine("silo memory [reps] | silo flow [fixes] | silo latency [fixes a second]");
                return 2;
        }
    }

    /// <summary>Reps with a few fixes each, then idle; then a crash and a restart.</summary>
    private static async Task MemoryAsync(int reps)
    {
        await using var world = new SiloWorld(reps, 1000);
        await world.StartAsync();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int round = 0; round < 5; round++)
        {
            var now = Instant.Now(TimeProvider.System);
            for (int from = 0; from < reps; from += 1000) world.Append(from, Math.Min(1000, reps - from), now);
            world.StepOn();
            await world.UntilCommittedAsync();
        }
        await Task.Delay(3000);
        long journal = before;
        await world.ReopenAsync(inOrder: true);
        before = GC.GetTotalMemory(forceFullCollection: true);
        var restart = Stopwatch.StartNew();
        await world.StartAsync();
        restart.Stop();
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(FormattableString.Invariant($"{reps} reps restored in {restart.ElapsedMilliseconds} ms; {(after - before) / (double)reps:F0} B a rep on the heap"));
        GC.KeepAlive(journal);
    }

    /// <summary>As fast as it goes: the time until all of it is in the store.</summary>
    private static async Task FlowAsync(int fixes)
    {
        const int reps = 10_000;
        await using var world = new SiloWorld(reps, 10_000);
        await world.StartAsync();
        var flow = Stopwatch.StartNew();
        long nowMs = Instant.Now(TimeProvider.System).EpochMs;
        for (int sent = 0; sent < fixes; sent += reps, nowMs += 1000, world.StepOn())
        {
            for (int from = 0; from < reps; from += 50) world.Append(from, 50, new Instant(nowMs));
        }
        double written = flow.Elapsed.TotalSeconds;
        await Task.Delay(20);
        await world.UntilCommittedAsync();
        double seconds = flow.Elapsed.TotalSeconds;
        Console.WriteLine(FormattableString.Invariant(
            $"{fixes} fixes of {reps} reps, 10,000 fences: journalled in {written:F2} s, applied and stored in {seconds:F2} s: {fixes / seconds:F0} a second; {world.Alerts.NewestCursor} alerts"));
    }

    /// <summary>A steady stream for some seconds: from the receipt of the fix to the alert, durable.</summary>
    private static async Task LatencyAsync(int rate)
    {
        const int reps = 20_000, seconds = 20, sliceMs = 10;
        await using var world = new SiloWorld(reps, 10_000);
        await world.StartAsync();
        using var end = new CancellationTokenSource();
        var waits = new List<long>();
        Task reader = ReadAsync(world.Alerts, waits, end.Token);
        int slice = rate * sliceMs / 1000;
        var clock = Stopwatch.StartNew();
        int next = 0;
        for (int turn = 0; turn < seconds * 1000 / sliceMs; turn++)
        {
            int wait = (int)((turn * sliceMs) - clock.ElapsedMilliseconds);
            if (wait > 0) await Task.Delay(wait);
            if (next + slice > reps) { next = 0; world.StepOn(); }
            world.Append(next, slice, Instant.Now(TimeProvider.System));
            next += slice;
        }
        await Task.Delay(2000);
        await end.CancelAsync();
        await reader;
        waits.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"{rate} fixes a second: {waits.Count} alerts, fix to alert median {At(waits, 0.5)} ms, p90 {At(waits, 0.9)} ms, p99 {At(waits, 0.99)} ms, max {At(waits, 1)} ms"));
    }

    private static long At(List<long> sorted, double part) => sorted.Count == 0 ? -1 : sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * part)];

    private static async Task ReadAsync(AlertLog log, List<long> waits, CancellationToken end)
    {
        try
        {
            for (long after = 0; ;)
            {
                await log.WaitAsync(after, end);
                long now = Instant.Now(TimeProvider.System).EpochMs;
                foreach (Alert alert in await log.ReadAsync(after, 1000, AlertFilter.All, end))
                {
                    after = alert.Cursor;
                    if (alert.Kind is AlertKind.GeofenceEntered or AlertKind.GeofenceExited or AlertKind.GeofenceCrossed) waits.Add(now - alert.ConfirmedAt.EpochMs);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return;
        }
    }
}

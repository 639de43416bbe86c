using System.Diagnostics;
using System.Globalization;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Layers;

/// <summary>
/// Figures that a benchmark of repeated calls cannot give: memory of idle reps, time of a restart, time from fix to alert under
/// load. <c>dotnet run -c Release --project benchmarks/Layers -- silo turn|memory|flow|latency [number]</c>
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
            case "turn":
                await TurnAsync(number > 0 ? number : 1_000_000);
                return 0;
            case "flow":
                await FlowAsync(number > 0 ? number : 1_000_000, args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 10_000);
                return 0;
            case "latency":
                await LatencyAsync(number > 0 ? number : 20_000);
                return 0;
            default:
                Console.Error.WriteLine("silo turn [turns] | silo memory [reps] | silo flow [fixes] [fences] | silo latency [fixes a second]");
                return 2;
        }
    }

    /// <summary>Reps with a few fixes each, then idle; then a crash and a restart.</summary>
    private static async Task MemoryAsync(int reps)
    {
        await using var world = new SiloWorld(reps, 1000);
        await world.StartAsync();
        for (int round = 0; round < 5; round++)
        {
            var now = Instant.Now(TimeProvider.System);
            for (int from = 0; from < reps; from += 1000) world.Append(from, Math.Min(1000, reps - from), now);
            world.StepOn();
            await world.UntilCommittedAsync();
        }
        await world.ReopenAsync(inOrder: true);
        var restart = Stopwatch.StartNew();
        TimeSpan began = Cpu();
        await world.StartAsync();
        Console.WriteLine(FormattableString.Invariant($"{reps} reps restored in {restart.ElapsedMilliseconds} ms ({(Cpu() - began).TotalMilliseconds:F0} ms of processor)"));
        long with = GC.GetTotalMemory(forceFullCollection: true);
        await world.DropSiloAsync();
        // What ended it may still stand on this thread's stack.
        await Task.Delay(100);
        long without = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(FormattableString.Invariant($"{(with - without) / (double)reps:F0} B of heap an idle rep"));
    }

    /// <summary>As fast as it goes: the time until all of it is in the store.</summary>
    private static async Task FlowAsync(int fixes, int fences)
    {
        const int reps = 10_000;
        await using var world = new SiloWorld(reps, fences);
        await world.StartAsync();
        var flow = Stopwatch.StartNew();
        TimeSpan began = Cpu();
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
            $"{fixes} fixes of {reps} reps, {fences} fences: journalled in {written:F2} s, applied and stored in {seconds:F2} s: {fixes / seconds:F0} a second, {(Cpu() - began).TotalMicroseconds / fixes:F2} µs of processor a fix; {world.Alerts.NewestCursor} alerts"));
    }

    /// <summary>A turn without a host, and what it takes to keep and to restore a state; in time of the processor, which neighbours disturb least.</summary>
    private static async Task TurnAsync(int turns)
    {
        var benchmarks = new SiloBenchmarks();
        await benchmarks.SetupAsync();
        for (int round = 0; round < 3; round++)
        {
            double fix = Time(turns, () => benchmarks.MakeFix()), turn = Time(turns, () => benchmarks.Turn()), save = Time(turns, () => benchmarks.Save()), load = Time(turns, () => benchmarks.Load());
            Console.WriteLine(FormattableString.Invariant($"turn {turn - fix:F0} ns, save {save:F0} ns of {benchmarks.Save()} B, load {load:F0} ns"));
        }
        await benchmarks.CleanupAsync();
    }

    private static double Time(int turns, Action action)
    {
        TimeSpan began = Cpu();
        for (int turn = 0; turn < turns; turn++) action();
        return (Cpu() - began).TotalNanoseconds / turns;
    }

    private static TimeSpan Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
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

using System.Diagnostics;
using System.Globalization;

namespace Tracking.Simulation.Tests;

/// <summary>Runs seeds on two threads, one run to a thread.</summary>
internal static class Soak
{
    /// <summary>Runs seeds until one fails, all are done or the time is over.</summary>
    /// <returns>What failed, with its seed; null: nothing.</returns>
    public static string? Run(ulong from, long seeds, TimeSpan atMost, out long runs, out int crashes)
    {
        long began = Stopwatch.GetTimestamp(), done = 0, next = -1;
        int died = 0;
        string? failure = null;
        void Work()
        {
            while (Volatile.Read(ref failure) is null && Stopwatch.GetElapsedTime(began) < atMost)
            {
                long index = Interlocked.Increment(ref next);
                if (index >= seeds) return;
                ulong seed = from + (ulong)index;
                Verdict verdict = Simulation.Run(seed);
                Interlocked.Increment(ref done);
                Interlocked.Add(ref died, verdict.Crashes);
                if (verdict.Failure is { } found)
                    Interlocked.CompareExchange(ref failure, $"seed {seed}: {found}\ndotnet run -c Release --project tests/Simulation.Tests -- replay {seed}", null);
            }
        }
        Thread[] threads = [new(Work), new(Work)];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        (runs, crashes) = (done, died);
        return failure;
    }

    /// <summary>The <c>soak</c> command: <c>[--seeds N] [--minutes M] [--from SEED]</c>.</summary>
    public static int Start(string[] args)
    {
        string? failure = Run((ulong)Option(args, "--from", 1), Option(args, "--seeds", long.MaxValue),
            TimeSpan.FromMinutes(Option(args, "--minutes", 10)), out long runs, out int crashes);
        Console.WriteLine(failure ?? string.Create(CultureInfo.InvariantCulture, $"{runs} seeds, {crashes} crashes, no failure"));
        return failure is null ? 0 : 1;
    }

    /// <summary>The <c>replay</c> command: tells the story of a seed.</summary>
    public static int Replay(ulong seed)
    {
        Verdict verdict = Simulation.Run(seed, KnownBug.None, Console.WriteLine);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdict.Fixes} records, {verdict.Crashes} crashes, digest {verdict.Digest:x16}: {verdict.Failure ?? "as the oracle"}"));
        return verdict.Failure is null ? 0 : 1;
    }

    private static long Option(string[] args, string name, long otherwise)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? long.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }
}

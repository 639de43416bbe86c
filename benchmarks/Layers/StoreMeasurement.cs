using System.Diagnostics;
using System.Globalization;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Layers;

/// <summary>
/// A large embedded track store: days of 1,000 reps are written as the silo writes them, then copied to further reps, rows as
/// they are, and days of single reps are read, from a file that the operating system has forgotten and from one in its cache.
/// <c>dotnet run -c Release --project benchmarks/Layers -- store [fixes] [folder]</c>; a folder that holds a store is read as it is.
/// </summary>
internal static class StoreMeasurement
{
    // The last day stays in part in the store's memory and is not read.
    private const int Reps = 1000, Days = 5, SecondsApart = 30, FixesADay = 86_400 / SecondsApart, FixesARepAndCheckpoint = 20, DaysRead = 300;

    public static async Task<int> RunAsync(string[] args)
    {
        long fixes = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 10_000_000;
        string folder = args.Length > 1 ? args[1] : Path.Combine(Path.GetTempPath(), "tracking-store-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "tracks.db");
        int copies = (int)Math.Max(1, fixes / (Reps * Days * FixesADay));
        if (!File.Exists(path))
        {
            await FillAsync(path);
            Copy(path, copies);
        }
        Report(FormattableString.Invariant($"{(long)copies * Reps * Days * FixesADay} fixes of {copies * Reps} reps and more, {new FileInfo(path).Length / 1e9:F2} GB"));
        Forget(path);
        await using (SqliteTrackStore store = Open(path))
        {
            await ReadDaysAsync(store, copies * Reps, seed: 1, "first reads, nothing cached");
            await ReadDaysAsync(store, copies * Reps, seed: 1, "the same days again");
            await ReadDaysAsync(store, copies * Reps, seed: 2, "other days");
        }
        if (args.Length < 2) Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static SqliteTrackStore Open(string path) => SqliteTrackStore.Open(path, new TrackStoreOptions(), new Metrics(), TimeProvider.System);

    private static async Task FillAsync(string path)
    {
        Fix[] day = StoreFixes.Drive(FixesADay, SecondsApart);
        await using SqliteTrackStore store = Open(path);
        var filling = Stopwatch.StartNew();
        var fixes = new RepFix[Reps * FixesARepAndCheckpoint];
        long sequence = 0;
        for (int index = 0; index <= Days; index++)
        {
            var shift = TimeSpan.FromDays(index);
            for (int from = 0; from < FixesADay; from += FixesARepAndCheckpoint)
            {
                for (int i = 0; i < fixes.Length; i++)
                {
                    Fix fix = day[from + (i / Reps)];
                    fixes[i] = new RepFix(1 + (i % Reps), new JudgedFix(fix with { FixedAt = fix.FixedAt + shift, ReceivedAt = fix.ReceivedAt + shift }, FixOutcome.Accepted), null);
                }
                sequence += fixes.Length;
                await store.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = fixes, States = [], GeofenceChanges = [] }, CancellationToken.None);
            }
            Console.Write(FormattableString.Invariant($"\rday {index + 1} of {Days + 1}, {sequence / filling.Elapsed.TotalSeconds:F0} fixes a second "));
        }
        Console.WriteLine();
    }

    // A chunk's bytes do not name the rep, its key does.
    private static void Copy(string path, int copies)
    {
        using SqliteFile file = SqliteFile.Open(path, TrackStatements.PageBytes, cacheKiB: 32 << 10, giveSpaceBack: true);
        long end = ChunkKey.Of(Reps + 1, 0, 0);
        for (int copy = 1; copy < copies; copy++)
        {
            using SqliteStatement insert = file.Prepare(
                "INSERT INTO chunk(id, first, last, count, bytes, attributes) SELECT id + ?1, first, last, count, bytes, attributes FROM chunk WHERE id < ?2 ORDER BY id");
            file.Begin();
            insert.Bind(1, ChunkKey.Of(copy * Reps, 0, 0)).Bind(2, end).Run();
            file.Commit();
            Console.Write(FormattableString.Invariant($"\rcopy {copy + 1} of {copies} "));
        }
        Console.WriteLine();
    }

    private static async Task ReadDaysAsync(SqliteTrackStore store, int reps, int seed, string what)
    {
        var random = new Random(seed);
        double[] times = new double[DaysRead];
        for (int i = 0; i < times.Length; i++)
        {
            Instant from = StoreFixes.Begin + TimeSpan.FromDays(random.Next(Days));
            long began = Stopwatch.GetTimestamp();
            TrackPage page = await store.ReadTrackAsync(1 + random.Next(reps), from, from + TimeSpan.FromDays(1), null, 100_000, CancellationToken.None);
            times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (page.Fixes.Count != FixesADay) throw new InvalidOperationException($"A day has {page.Fixes.Count} fixes instead of {FixesADay}.");
        }
        Array.Sort(times);
        Report(FormattableString.Invariant(
            $"{what}: {DaysRead} days of {FixesADay} fixes, p50 {times[DaysRead / 2]:F1} ms, p99 {times[DaysRead * 99 / 100]:F1} ms, worst {times[^1]:F1} ms"));
    }

    // Asks the operating system to drop the file from its cache; where that is refused the reads are only warmer.
    private static void Forget(string path)
    {
        using Process? dd = Process.Start(new ProcessStartInfo("dd") { ArgumentList = { $"if={path}", "iflag=nocache", "count=0" }, RedirectStandardError = true });
        dd?.WaitForExit();
    }

    private static void Report(string line) => Console.WriteLine(line);
}

using System.Globalization;
using System.Runtime.InteropServices;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>What the tests have other processes do: write until they are killed, telling on standard output what was acknowledged.</summary>
internal static class ChildWork
{
    private static readonly Lock Output = new();

    public static async Task<int> RunAsync(string work, string folder)
    {
        string File(string name) => Path.Combine(folder, name);
        await (work switch
        {
            "journal" => AppendForEverAsync(File("journal.db")),
            "journal-full" => FillTheJournalAsync(File("journal.db")),
            "tracks" => CheckpointForEverAsync(File("tracks.db")),
            "tracks-full" => FillTheTracksAsync(File("tracks.db")),
            "alerts" => AlertForEverAsync(File("alerts.db")),
            "alerts-full" => FillTheAlertsAsync(File("alerts.db")),
            "registry" => AddDevicesAsync(File("tracking.db")),
            "hold" => HoldAsync(folder),
            _ => throw new ArgumentException(work, nameof(work)),
        });
        return 0;
    }

    private static void Say(FormattableString line)
    {
        lock (Output)
        {
            Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));
            Console.Out.Flush();
        }
    }

    // Every record is named by its task and a number that goes on after a restart, so that the parent can look for each.
    private static async Task AppendForEverAsync(string path)
    {
        Journal journal = Journal.Open(path, new JournalOptions(), new Metrics(), TimeProvider.System);
        int start = (int)journal.DurableSequence;
        Say($"ready");
        await Task.WhenAll(Enumerable.Range(1, 8).Select(async task =>
        {
            for (int i = start; ; i += 3)
            {
                JournalRecord[] records = [.. Enumerable.Range(i, 3).Select(n => Some.Record(n, task))];
                if (await journal.Append(records).WhenDurableAsync()) Say($"{task} {i}");
            }
        }));
    }

    private static async Task CheckpointForEverAsync(string path)
    {
        var options = new TrackStoreOptions { MaxOpenCheckpoints = 4, ChunkFixes = 16 };
        await using SqliteTrackStore store = SqliteTrackStore.Open(path, options, new Metrics(), TimeProvider.System);
        for (long sequence = store.Restore(_ => { }, _ => { }, (_, _) => { }) + 1; ; sequence++)
        {
            await CommitAsync(store, sequence);
            Say($"{sequence}");
        }
    }

    private static async Task AlertForEverAsync(string path)
    {
        await using AlertLog log = AlertLog.Open(path, new AlertLogOptions(), new Metrics(), TimeProvider.System);
        for (int number = (int)log.NewestCursor; ; number++)
        {
            await log.AppendAsync([Alert(number)], CancellationToken.None);
            Say($"{number}");
        }
    }

    private static Alert Alert(int number) => new()
    {
        Id = $"a{number}",
        Kind = AlertKind.Sos,
        Severity = "critical",
        RepId = "anna",
        At = Some.Morning,
        ConfirmedAt = Some.Morning,
        Text = new LocalText(new string('x', 2000), ""),
    };

    private static async Task AddDevicesAsync(string path)
    {
        await using Registry registry = Registry.Open(path, new RegistryOptions(), TimeProvider.System);
        Say($"ready");
        for (int i = 0; i < 20; i++) Say($"{registry.AddDevice($"device-{i:00}", $"rep-{i:00}")}");
    }

    private static async Task HoldAsync(string folder)
    {
        using DataFolder held = DataFolder.Hold(folder);
        Say($"ready");
        await Task.Delay(Timeout.Infinite);
    }

    // The write fails in the middle of a commit, and later it works again.
    private static async Task FillTheJournalAsync(string path)
    {
        await using Journal journal = Journal.Open(path, new JournalOptions(), new Metrics(), TimeProvider.System);
        int number = 1, failed = 0;
        for (; number <= 100; number++) Say($"{number} {await journal.Append([Some.Record(number)]).WhenDurableAsync()}");
        LimitFileSize(new FileInfo(path + "-wal").Length + 300_000);
        byte[] payload = new byte[20_000];
        while (failed == 0 && number < 10_000)
        {
            bool durable = await journal.Append([Some.Record(number, payload: payload)]).WhenDurableAsync();
            Say($"{number} {durable}");
            if (!durable) failed = number;
            number++;
        }
        Say($"refusing {!journal.IsWritable && !journal.Append([Some.Record(0)]).Accepted}");
        LimitFileSize(-1);
        while (!journal.IsWritable) await Task.Delay(20);
        for (int last = number + 100; number < last; number++) Say($"{number} {await journal.Append([Some.Record(number)]).WhenDurableAsync()}");
        Say($"end");
    }

    private static async Task FillTheTracksAsync(string path)
    {
        var options = new TrackStoreOptions { MaxOpenCheckpoints = 4, ChunkFixes = 16 };
        await using SqliteTrackStore store = SqliteTrackStore.Open(path, options, new Metrics(), TimeProvider.System);
        long sequence = 1;
        for (; sequence <= 20; sequence++) await CommitAsync(store, sequence);
        LimitFileSize(new FileInfo(path + "-wal").Length + 300_000);
        int failures = 0;
        for (; sequence < 3000 && failures == 0; sequence++)
        {
            try
            {
                await CommitAsync(store, sequence);
            }
            catch (StoreUnavailableException)
            {
                failures++;
                sequence--;
            }
        }
        Say($"failed {failures} writable {store.IsWritable}");
        LimitFileSize(-1);
        for (long end = sequence + 20; sequence < end; sequence++) await CommitAsync(store, sequence);
        Say($"{sequence - 1} writable {store.IsWritable}");
    }

    private static ValueTask CommitAsync(SqliteTrackStore store, long sequence)
    {
        var fix = new JudgedFix(Some.Fix((int)sequence), FixOutcome.Accepted);
        RepFix[] fixes = [.. Enumerable.Range(1, 40).Select(rep => new RepFix(rep, fix, null))];
        RepState[] states = [.. Enumerable.Range(1, 40).Select(rep => new RepState(rep, BitConverter.GetBytes(sequence)))];
        return store.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = fixes, States = states, GeofenceChanges = [] }, CancellationToken.None);
    }

    private static async Task FillTheAlertsAsync(string path)
    {
        await using AlertLog log = AlertLog.Open(path, new AlertLogOptions(), new Metrics(), TimeProvider.System);
        int number = 0;
        for (; number < 20; number++) await log.AppendAsync([Alert(number)], CancellationToken.None);
        LimitFileSize(new FileInfo(path + "-wal").Length + 300_000);
        for (bool failed = false; !failed && number < 3000;)
        {
            Task written = log.AppendAsync([Alert(number++)], CancellationToken.None).AsTask();
            while (!written.IsCompleted && log.IsWritable) await Task.Delay(1);
            failed = !log.IsWritable;
            if (failed) Say($"waiting {!written.IsCompleted} invisible {log.NewestCursor < number}");
            if (failed) LimitFileSize(-1);
            await written;
        }
        Say($"{number} written {log.NewestCursor}");
    }

    // The limit of a file's size stands for a full disk. Who exceeds it gets an error instead of a signal.
    private static void LimitFileSize(long bytes)
    {
        _ = Signal(25, 1);
        var limit = new Limit { Soft = bytes < 0 ? nuint.MaxValue : (nuint)bytes, Hard = nuint.MaxValue };
        if (SetLimit(1, ref limit) != 0) throw new InvalidOperationException("setrlimit");
    }

    private struct Limit
    {
        public nuint Soft, Hard;
    }

    [DllImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetLimit(int resource, ref Limit limit);

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint Signal(int signal, nint action);
}

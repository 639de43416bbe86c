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
        string path = Path.Combine(folder, work == "registry" ? "tracking.db" : work == "tracks" ? "tracks.db" : work == "alerts" ? "alerts.db" : "journal.db");
        await (work switch
        {
            "journal" => AppendForEverAsync(path),
            "full" => FillTheDiskAsync(path),
            "tracks" => CheckpointForEverAsync(path),
            "alerts" => AlertForEverAsync(path),
            "registry" => AddDevicesAsync(path),
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
        for (long sequence = store.Restore(_ => { }, (_, _) => { }) + 1; ; sequence++)
        {
            var fix = new JudgedFix(Some.Fix((int)sequence), FixOutcome.Accepted);
            RepFix[] fixes = [.. Enumerable.Range(1, 40).Select(rep => new RepFix(rep, fix, null))];
            RepState[] states = [.. Enumerable.Range(1, 40).Select(rep => new RepState(rep, BitConverter.GetBytes(sequence)))];
            await store.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = fixes, States = states, GeofenceChanges = [] }, CancellationToken.None);
            Say($"{sequence}");
        }
    }

    private static async Task AlertForEverAsync(string path)
    {
        await using AlertLog log = AlertLog.Open(path, new AlertLogOptions(), new Metrics(), TimeProvider.System);
        for (int number = (int)log.NewestCursor; ; number++)
        {
            var alert = new Alert { Id = $"a{number}", Kind = AlertKind.Sos, Severity = "critical", RepId = "anna", At = Some.Morning, ConfirmedAt = Some.Morning, Text = new LocalText("", "") };
            await log.AppendAsync([alert], CancellationToken.None);
            Say($"{number}");
        }
    }

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

    // The limit of a file's size stands for a full disk: the write fails in the middle of a commit, and later it works again.
    private static async Task FillTheDiskAsync(string path)
    {
        await using Journal journal = Journal.Open(path, new JournalOptions(), new Metrics(), TimeProvider.System);
        int number = 1, failed = 0;
        for (; number <= 100; number++) Say($"{number} {await journal.Append([Some.Record(number)]).WhenDurableAsync()}");
        IgnoreSignal(25, 1);
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

    private static void IgnoreSignal(int signal, nint action) => _ = Signal(signal, action);

    private static void LimitFileSize(long bytes)
    {
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

using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Backups;

namespace Tracking.Store.Tests;

/// <summary>Copies of a data folder that somebody writes meanwhile fit together.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<BackupManifest> BackUpAsync(string name, Func<CancellationToken, Task>? meanwhile = null) =>
        FolderBackup.RunAsync(_folder["data"], _folder[name], meanwhile, null, TimeProvider.System, Deadline);

    private static async Task<string> DescribeAsync(string folder)
    {
        await using Installation installation = await Installation.OpenAsync(new InstallationPlace(folder));
        return await installation.DescribeAsync();
    }

    [Fact]
    public async Task A_backup_of_a_folder_in_use_is_restored_as_it_was()
    {
        await using (Installation running = await Installation.OpenAsync(new InstallationPlace(_folder["data"])))
        {
            await running.FillAsync(2);
            BackupManifest made = await BackUpAsync("backup");
            Assert.Equal(66, made.JournalRecord);
        }
        FolderBackup.Restore(_folder["backup"], _folder["restored"], null, Deadline);
        Assert.Equal(await DescribeAsync(_folder["data"]), await DescribeAsync(_folder["restored"]));
    }

    [Fact]
    public async Task Under_load_nothing_that_was_acknowledged_before_its_moment_is_missing_and_nothing_is_doubled()
    {
        await using Installation running = await Installation.OpenAsync(new InstallationPlace(_folder["data"]));
        Journal journal = running.Journal;
        journal.Register("store", 0);
        using var enough = new CancellationTokenSource();
        long acknowledged = 0, committed = 0;
        Task devices = Task.Run(async () =>
        {
            for (int i = 0; !enough.IsCancellationRequested; i += 20)
            {
                if (await journal.Append([.. Enumerable.Range(i, 20).Select(n => Some.Record(n, 1))]).WhenDurableAsync()) Volatile.Write(ref acknowledged, i + 20);
            }
        }, Deadline);
        // As a host does it: what the tracks have is cut from the journal.
        Task host = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested || Volatile.Read(ref committed) < Volatile.Read(ref acknowledged))
            {
                long from = Volatile.Read(ref committed), to = Volatile.Read(ref acknowledged);
                if (to == from) continue;
                RepFix[] fixes = [.. Enumerable.Range((int)from, (int)(to - from)).Select(n => new RepFix(1, new JudgedFix(Some.Fix(n), FixOutcome.Accepted), null))];
                await running.Tracks.CommitAsync(new Checkpoint { Sequence = to, Fixes = fixes, States = [], GeofenceChanges = [] }, Deadline);
                journal.Acknowledge("store", to);
                Volatile.Write(ref committed, to);
            }
        }, Deadline);
        for (int round = 0; round < 3; round++)
        {
            long before = 0;
            BackupManifest made = await BackUpAsync($"backup{round}", async _ =>
            {
                long stored = Volatile.Read(ref committed);
                while (Volatile.Read(ref committed) < stored + 2000) await Task.Yield();
                before = Volatile.Read(ref acknowledged);
            });
            Assert.True(made.JournalRecord >= before, $"{made.JournalRecord} of {before}");
            FolderBackup.Restore(_folder[$"backup{round}"], _folder[$"restored{round}"], null, Deadline);
            await CompareAsync(_folder[$"restored{round}"], made.JournalRecord);
        }
        await enough.CancelAsync();
        await Task.WhenAll(devices, host);
    }

    // The tracks, and behind them the journal without a gap.
    private static async Task CompareAsync(string folder, long last)
    {
        await using Installation restored = await Installation.OpenAsync(new InstallationPlace(folder));
        long sequence = restored.Tracks.Restore(_ => { }, _ => { }, (_, _) => { });
        TrackPage track = await restored.Tracks.ReadTrackAsync(1, Instant.Min, Instant.Max, null, int.MaxValue - 1, Deadline);
        List<Fix> fixes = [.. track.Fixes.Select(j => j.Fix)];
        Assert.Equal(sequence, fixes.Count);
        restored.Journal.Register("store", sequence);
        for (long read = sequence; read < restored.Journal.DurableSequence;)
        {
            using JournalBlock block = await restored.Journal.ReadAsync(read, Deadline);
            foreach (JournalRecord record in block) fixes.Add(record.Fix);
            Assert.Equal(read + 1, block.FirstSequence);
            read = block.LastSequence;
        }
        Assert.Equal(Math.Max(last, sequence), fixes.Count);
        for (int i = 0; i < fixes.Count; i++) Assert.Equal(Some.Fix(i), fixes[i]);
    }

    [Fact]
    public async Task A_backup_that_is_not_whole_or_was_changed_is_refused_and_leaves_the_folder_empty()
    {
        await using (Installation installation = await Installation.OpenAsync(new InstallationPlace(_folder["data"]))) await installation.FillAsync(1);
        await Assert.ThrowsAsync<ArchiveException>(() => BackUpAsync("failed", _ => throw new ArchiveException("the dump failed")));
        Assert.Contains("no whole backup", Assert.Throws<ArchiveException>(() => FolderBackup.Restore(_folder["failed"], _folder["to"], null, Deadline)).Message, StringComparison.Ordinal);
        await BackUpAsync("backup");
        await Assert.ThrowsAsync<ArchiveException>(() => BackUpAsync("backup"));
        await Assert.ThrowsAsync<ArchiveException>(() => FolderBackup.RunAsync(_folder["nothing"], _folder["b"], null, null, TimeProvider.System, Deadline));
        await using (FileStream file = new(Path.Combine(_folder["backup"], "alerts.db"), FileMode.Open)) file.SetLength(file.Length - 1);
        Assert.Contains("alerts.db", Assert.Throws<ArchiveException>(() => FolderBackup.Restore(_folder["backup"], _folder["to"], null, Deadline)).Message, StringComparison.Ordinal);
        Assert.Equal(["server.lock"], Directory.EnumerateFiles(_folder["to"]).Select(Path.GetFileName));
        Assert.Throws<StoreUnavailableException>(() => FolderBackup.Restore(_folder["backup"], _folder["data"], null, Deadline));
    }
}

using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>kill -9 at any instant: what was acknowledged is there, once.</summary>
public sealed class KillTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private List<string> RunAndKill(string work, int lines)
    {
        using var child = new Child(work, _folder.Path);
        var said = new List<string>();
        for (int i = 0; i < lines; i++) said.Add(child.ReadLine() ?? throw new InvalidOperationException("The child ended."));
        said.AddRange(child.Kill());
        return said;
    }

    [Fact]
    public async Task A_journal_keeps_every_acknowledged_record()
    {
        var acknowledged = new HashSet<(int Task, int Number)>();
        for (int round = 0; round < 4; round++)
        {
            foreach (string line in RunAndKill("journal", 200 + (round * 321)).Where(l => l != "ready"))
            {
                int[] parts = [.. line.Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
                for (int n = 0; n < 3; n++) Assert.True(acknowledged.Add((parts[0], parts[1] + n)));
            }
            await using Journal journal = Journal.Open(_folder["journal.db"], new JournalOptions(), new Metrics(), TimeProvider.System);
            long after = 0;
            var found = new HashSet<(int, int)>();
            while (after < journal.DurableSequence)
            {
                using JournalBlock block = await journal.ReadAsync(after, Deadline);
                Assert.Equal(after + 1, block.FirstSequence);
                foreach (JournalRecord record in block) Assert.True(found.Add((record.RepKey, NumberOf(record.Fix))));
                after = block.LastSequence;
            }
            Assert.Empty(acknowledged.Except(found));
        }
        Assert.True(acknowledged.Count > 1000);
    }

    private static int NumberOf(Fix fix)
    {
        int number = (int)(fix.FixedAt - Some.Morning).TotalSeconds;
        Assert.Equal(Some.Fix(number), fix);
        return number;
    }

    [Fact]
    public async Task A_track_store_holds_exactly_what_its_cursor_says()
    {
        for (int round = 0; round < 4; round++)
        {
            long acknowledged = RunAndKill("tracks", 30 + (round * 17)).Max(l => long.Parse(l, CultureInfo.InvariantCulture));
            await using SqliteTrackStore store = SqliteTrackStore.Open(_folder["tracks.db"], new TrackStoreOptions { MaxOpenCheckpoints = 4, ChunkFixes = 16 }, new Metrics(), TimeProvider.System);
            var states = new Dictionary<int, long>();
            long sequence = store.Restore(_ => { }, _ => { }, (rep, state) => states.Add(rep, BitConverter.ToInt64(state.Span)));
            Assert.True(sequence >= acknowledged);
            for (int rep = 1; rep <= 40; rep++)
            {
                Assert.Equal(sequence, states[rep]);
                TrackPage page = await store.ReadTrackAsync(rep, Instant.Min, Instant.Max, null, 100_000, Deadline);
                Assert.Equal(Enumerable.Range(1, (int)sequence).Select(i => Some.Fix(i)), page.Fixes.Select(j => j.Fix));
            }
        }
    }

    [Fact]
    public async Task An_alert_log_keeps_every_acknowledged_alert_once()
    {
        for (int round = 0; round < 3; round++)
        {
            int acknowledged = RunAndKill("alerts", 50 + (round * 40)).Max(l => int.Parse(l, CultureInfo.InvariantCulture));
            await using AlertLog log = AlertLog.Open(_folder["alerts.db"], new AlertLogOptions(), new Metrics(), TimeProvider.System);
            IReadOnlyList<Alert> alerts = await log.ReadAsync(0, 100_000, AlertFilter.All, Deadline);
            Assert.True(alerts.Count > acknowledged);
            Assert.Equal(Enumerable.Range(0, alerts.Count).Select(i => $"a{i}"), alerts.Select(a => a.Id));
        }
    }

    [Fact]
    public async Task A_write_that_fails_is_told_and_the_journal_mends_itself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits the size of files as Linux does");
        using var child = new Child("journal-full", _folder.Path);
        var acknowledged = new List<int>();
        var lines = new List<string>();
        for (string? line = child.ReadLine(); line is not null and not "end"; line = child.ReadLine()) lines.Add(line);
        foreach (string line in lines.Where(l => l.EndsWith(" True", StringComparison.Ordinal) && char.IsDigit(l[0])))
            acknowledged.Add(int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture));
        Assert.Contains("refusing True", lines);
        string failed = Assert.Single(lines, l => l.EndsWith(" False", StringComparison.Ordinal));
        Assert.True(acknowledged.Count > 200);
        child.Kill();
        await using Journal journal = Journal.Open(_folder["journal.db"], new JournalOptions(), new Metrics(), TimeProvider.System);
        var found = new List<int>();
        for (long after = 0; after < journal.DurableSequence;)
        {
            using JournalBlock block = await journal.ReadAsync(after, Deadline);
            Assert.Equal(after + 1, block.FirstSequence);
            foreach (JournalRecord record in block) found.Add(NumberOf(record.Fix));
            after = block.LastSequence;
        }
        Assert.Equal(acknowledged, found);
        Assert.DoesNotContain(int.Parse(failed.Split(' ')[0], CultureInfo.InvariantCulture), found);
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_written_can_be_tried_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits the size of files as Linux does");
        using var child = new Child("tracks-full", _folder.Path);
        Assert.Equal("failed 1 writable False", child.ReadLine());
        string[] end = child.ReadLine()!.Split(' ');
        Assert.Equal("True", end[2]);
        Assert.Null(child.ReadLine());
        await using SqliteTrackStore store = SqliteTrackStore.Open(_folder["tracks.db"], new TrackStoreOptions(), new Metrics(), TimeProvider.System);
        int last = int.Parse(end[0], CultureInfo.InvariantCulture);
        Assert.Equal(last, store.Restore(_ => { }, _ => { }, (_, state) => Assert.Equal(last, BitConverter.ToInt64(state.Span))));
        for (int rep = 1; rep <= 40; rep++)
        {
            TrackPage page = await store.ReadTrackAsync(rep, Instant.Min, Instant.Max, null, 100_000, Deadline);
            Assert.Equal(Enumerable.Range(1, last).Select(i => Some.Fix(i)), page.Fixes.Select(j => j.Fix));
        }
    }

    [Fact]
    public void Alerts_wait_for_a_full_disk_and_none_is_lost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits the size of files as Linux does");
        using var child = new Child("alerts-full", _folder.Path);
        Assert.Equal("waiting True invisible True", child.ReadLine());
        string[] end = child.ReadLine()!.Split(' ');
        Assert.Equal(end[0], end[2]);
    }

    [Fact]
    public async Task Devices_that_another_process_adds_are_let_in()
    {
        await using Registry registry = Registry.Open(_folder["tracking.db"], new RegistryOptions(), TimeProvider.System);
        using var child = new Child("registry", _folder.Path);
        Assert.Equal("ready", child.ReadLine());
        for (int i = 0; i < 20; i++)
        {
            string secret = child.ReadLine()!;
            registry.PutRep($"own-{i}", "n", "", "UTC");
            Device? device = registry.FindDeviceBySecret(secret);
            for (int attempt = 0; device is null && attempt < 100; attempt++)
            {
                await Task.Delay(20, Deadline);
                device = registry.FindDeviceBySecret(secret);
            }
            Assert.Equal($"device-{i:00}", device?.Id);
        }
        Assert.Equal(40, registry.Reps.Count);
    }

    [Fact]
    public void A_second_server_on_the_same_folder_is_told_so()
    {
        using var child = new Child("hold", _folder.Path);
        Assert.Equal("ready", child.ReadLine());
        var e = Assert.Throws<StoreUnavailableException>(() => DataFolder.Hold(_folder.Path));
        Assert.Contains("another server", e.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, e.Message, StringComparison.Ordinal);
        child.Kill();
        DataFolder.Hold(_folder.Path).Dispose();
    }
}

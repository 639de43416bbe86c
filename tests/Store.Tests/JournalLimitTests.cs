using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store.Tests;

/// <summary>Where the journal ends: full, cut, damaged, lost.</summary>
public sealed class JournalLimitTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Metrics _metrics = new();
    private readonly List<Journal> _opened = [];

    private Journal Open(JournalOptions? options = null)
    {
        Journal journal = Journal.Open(_folder["journal.db"], options ?? new JournalOptions(), _metrics, TimeProvider.System);
        _opened.Add(journal);
        return journal;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Journal journal in _opened) await journal.DisposeAsync();
        _folder.Dispose();
    }

    private static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    private static async Task AppendAsync(Journal journal, int first, int count)
    {
        for (int i = first; i < first + count; i += 10)
        {
            JournalRecord[] records = [.. Enumerable.Range(i, 10).Select(n => Some.Record(n))];
            Assert.True(await journal.Append(records).WhenDurableAsync());
        }
    }

    private long BlocksOnDisk(string what = "count(*)")
    {
        using SqliteFile file = SqliteFile.OpenForReading(_folder["journal.db"]);
        return file.ReadLong($"SELECT {what} FROM block");
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; !holds() && i < 500; i++) await Task.Delay(20, Deadline);
        Assert.True(holds());
    }

    [Fact]
    public async Task A_full_disk_budget_refuses_and_is_freed_by_the_slowest_consumer()
    {
        Journal journal = Open(new JournalOptions { MaxDiskBytes = 2 << 20 });
        journal.Register("fast", 0);
        journal.Register("slow", 0);
        byte[] payload = new byte[60_000];
        int taken = 0;
        while (journal.Append([Some.Record(taken, payload: payload)]) is { Accepted: true } ticket && await ticket.WhenDurableAsync()) taken++;
        Assert.InRange(taken, 10, 40);
        Assert.False(journal.IsWritable);
        Assert.Equal(1, _metrics.Counter("tracking_journal_refused_total", "").Value);
        journal.Acknowledge("fast", taken);
        await Task.Delay(200, Deadline);
        Assert.False(journal.Append([Some.Record(1, payload: payload)]).Accepted);
        journal.Acknowledge("slow", taken);
        await UntilAsync(() => journal.IsWritable);
        Assert.True(await journal.Append([Some.Record(taken, payload: payload)]).WhenDurableAsync());
        Assert.Equal(taken + 1, journal.DurableSequence);
    }

    [Fact]
    public async Task What_waits_for_the_disk_is_bounded()
    {
        Journal journal = Open(new JournalOptions { MaxPendingBytes = 200_000 });
        byte[] payload = new byte[60_000];
        JournalTicket[] tickets = [.. Enumerable.Range(0, 50).Select(i => journal.Append([Some.Record(i, payload: payload), Some.Record(i, payload: payload)]))];
        Assert.Contains(tickets, t => !t.Accepted);
        int durable = 0;
        foreach (JournalTicket ticket in tickets)
        {
            if (await ticket.WhenDurableAsync()) durable += 2;
        }
        Assert.Equal(tickets.Count(t => t.Accepted) * 2, durable);
        Assert.Equal(durable, journal.DurableSequence);
    }

    [Fact]
    public async Task Only_what_the_slowest_consumer_has_passed_is_cut_off()
    {
        Journal journal = Open();
        journal.Register("store", 0);
        journal.Register("other", 0);
        await AppendAsync(journal, 1, 1000);
        journal.Acknowledge("store", 1000);
        journal.Acknowledge("other", 503);
        await UntilAsync(() => BlocksOnDisk("min(first)") == 501);
        using JournalBlock block = await journal.ReadAsync(503, Deadline);
        Assert.Equal(504, block.FirstSequence);
        journal.Acknowledge("other", 1000);
        await UntilAsync(() => BlocksOnDisk() == 0);
    }

    [Fact]
    public async Task Numbers_never_come_twice_even_when_all_was_cut_off()
    {
        Journal first = Open();
        first.Register("store", 0);
        await AppendAsync(first, 1, 100);
        first.Acknowledge("store", 100);
        await UntilAsync(() => BlocksOnDisk() == 0);
        await first.DisposeAsync();
        Journal second = Open();
        Assert.Equal(100, second.DurableSequence);
        await AppendAsync(second, 101, 10);
        using JournalBlock block = await second.ReadAsync(100, Deadline);
        Assert.Equal((101, 110), (block.FirstSequence, block.LastSequence));
    }

    [Fact]
    public async Task A_journal_that_was_lost_goes_on_behind_its_consumers()
    {
        Journal journal = Open();
        journal.Register("store", 5000);
        await AppendAsync(journal, 5001, 10);
        using JournalBlock block = await journal.ReadAsync(5000, Deadline);
        Assert.Equal(5001, block.FirstSequence);
    }

    private async Task DamageAsync(string where)
    {
        foreach (Journal journal in _opened) await journal.DisposeAsync();
        using SqliteFile file = SqliteFile.Open(_folder["journal.db"]);
        file.Execute($"UPDATE block SET bytes = CAST(substr(bytes, 1, 100) || x'0badf00d' || substr(bytes, 105) AS BLOB) WHERE {where}");
        Assert.Equal(1, file.Changes);
    }

    [Fact]
    public async Task A_damaged_tail_is_cut_off_kept_aside_and_its_numbers_stay_used()
    {
        await AppendAsync(Open(), 1, 100);
        await DamageAsync("first = 91");
        Journal second = Open();
        Assert.Equal(100, second.DurableSequence);
        Assert.Single(Directory.GetFiles(_folder.Path, "journal.db.damaged-91-10"));
        await AppendAsync(second, 101, 10);
        using JournalBlock before = await second.ReadAsync(85, Deadline);
        Assert.Equal((86, 90), (before.FirstSequence, before.LastSequence));
        using JournalBlock behind = await second.ReadAsync(90, Deadline);
        Assert.Equal((101, 110), (behind.FirstSequence, behind.LastSequence));
    }

    [Fact]
    public async Task A_reader_at_a_cut_off_tail_waits_for_what_is_new()
    {
        await AppendAsync(Open(), 1, 100);
        await DamageAsync("first = 91");
        Journal second = Open();
        Task<JournalBlock> waiting = second.ReadAsync(90, Deadline).AsTask();
        await AppendAsync(second, 101, 10);
        using JournalBlock block = await waiting;
        Assert.Equal(101, block.FirstSequence);
    }

    [Fact]
    public async Task A_damaged_block_in_the_middle_is_left_out_and_kept_aside()
    {
        await AppendAsync(Open(), 1, 100);
        await DamageAsync("first = 41");
        Journal second = Open();
        var read = new List<long>();
        for (long after = 0; after < 100;)
        {
            using JournalBlock block = await second.ReadAsync(after, Deadline);
            for (JournalBlock.Enumerator records = block.GetEnumerator(); records.MoveNext();) read.Add(records.Sequence);
            after = block.LastSequence;
        }
        Assert.Equal(Enumerable.Range(1, 100).Where(i => i is < 41 or > 50).Select(i => (long)i), read);
        Assert.Single(Directory.GetFiles(_folder.Path, "journal.db.damaged-41-10"));
    }

    [Fact]
    public void A_file_that_is_no_journal_is_refused_with_advice()
    {
        File.WriteAllText(_folder["journal.db"], new string('x', 10_000));
        var e = Assert.Throws<StoreUnavailableException>(() => Open());
        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_journal_refuses_and_ends_its_readers()
    {
        Journal journal = Open();
        Task<JournalBlock> waiting = journal.ReadAsync(0, Deadline).AsTask();
        await journal.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.False(journal.Append([Some.Record(1)]).Accepted);
    }

    [Fact]
    public void A_payload_that_is_too_long_is_named()
    {
        Journal journal = Open();
        var e = Assert.Throws<ArgumentException>(() => journal.Append([Some.Record(1, payload: new byte[JournalRecord.MaxPayloadBytes + 1])]));
        Assert.Contains("65537", e.Message, StringComparison.Ordinal);
    }
}

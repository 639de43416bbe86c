using System.Text;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

public sealed class JournalTests : IAsyncDisposable
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
        JournalRecord[] records = [.. Enumerable.Range(first, count).Select(i => Some.Record(i))];
        Assert.True(await journal.Append(records).WhenDurableAsync());
    }

    private static async Task<List<(long Sequence, JournalRecord Record)>> ReadAllAsync(Journal journal, long after)
    {
        var all = new List<(long, JournalRecord)>();
        while (after < journal.DurableSequence)
        {
            using JournalBlock block = await journal.ReadAsync(after, Deadline);
            JournalBlock.Enumerator records = block.GetEnumerator();
            while (records.MoveNext()) all.Add((records.Sequence, records.Current with { Payload = records.Current.Payload.ToArray() }));
            Assert.Equal(block.LastSequence, all[^1].Item1);
            after = block.LastSequence;
        }
        return all;
    }

    private static void AssertNumbered(IReadOnlyList<(long Sequence, JournalRecord Record)> read, int first, int count)
    {
        Assert.Equal(Enumerable.Range(first, count).Select(i => (long)i), read.Select(r => r.Sequence));
        Assert.All(read, r => Assert.Equal(Some.Fix((int)r.Sequence), r.Record.Fix));
    }

    [Fact]
    public void Every_field_of_a_record_survives()
    {
        var random = new Random(7);
        byte[] bytes = new byte[JournalCodec.MaxFieldBytes + 300];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] payload = new byte[random.Next(3) == 0 ? random.Next(300) : 0];
            random.NextBytes(payload);
            var record = new JournalRecord(JournalRecordKind.Fix, random.Next(), random.Next(-5, 100), Some.AnyFix(random), payload);
            int length = JournalCodec.Write(in record, bytes), at = 0;
            JournalRecord read = JournalCodec.Read(bytes.AsMemory(0, length), ref at);
            Assert.Equal(length, at);
            Assert.Equal(record with { Payload = default }, read with { Payload = default });
            Assert.Equal(payload, read.Payload.ToArray());
        }
    }

    [Fact]
    public async Task What_was_appended_is_read_in_order()
    {
        Journal journal = Open();
        await AppendAsync(journal, 1, 10);
        await AppendAsync(journal, 11, 5);
        Assert.Equal(15, journal.DurableSequence);
        AssertNumbered(await ReadAllAsync(journal, 0), 1, 15);
        AssertNumbered(await ReadAllAsync(journal, 3), 4, 12);
    }

    [Fact]
    public async Task Other_kinds_keep_their_payload()
    {
        Journal journal = Open();
        byte[] json = Encoding.UTF8.GetBytes("""{"key":7}""");
        var record = new JournalRecord(JournalRecordKind.GeofenceChanged, 0, 0, new Fix { ReceivedAt = Some.Morning }, json);
        await journal.Append([record]).WhenDurableAsync();
        (_, JournalRecord read) = Assert.Single(await ReadAllAsync(journal, 0));
        Assert.Equal((record.Kind, record.Fix, Encoding.UTF8.GetString(json)), (read.Kind, read.Fix, Encoding.UTF8.GetString(read.Payload.Span)));
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_with_the_next_number()
    {
        Journal first = Open();
        await AppendAsync(first, 1, 10);
        await first.DisposeAsync();
        Journal second = Open();
        await AppendAsync(second, 11, 10);
        AssertNumbered(await ReadAllAsync(second, 0), 1, 20);
        AssertNumbered(await ReadAllAsync(second, 4), 5, 16);
    }

    [Fact]
    public async Task A_consumer_that_is_far_behind_reads_from_disk()
    {
        Journal journal = Open(new JournalOptions { MaxRecentBytes = 1000 });
        for (int i = 0; i < 300; i++) await AppendAsync(journal, 1 + (i * 10), 10);
        AssertNumbered(await ReadAllAsync(journal, 0), 1, 3000);
        AssertNumbered(await ReadAllAsync(journal, 1234), 1235, 1766);
    }

    [Fact]
    public async Task A_reader_waits_for_the_next_record()
    {
        Journal journal = Open();
        ValueTask<JournalBlock> waiting = journal.ReadAsync(0, Deadline);
        Assert.False(waiting.IsCompleted);
        await AppendAsync(journal, 1, 1);
        using JournalBlock block = await waiting;
        Assert.Equal(1, block.LastSequence);
    }

    [Fact]
    public async Task A_block_lives_until_its_last_reader_is_done()
    {
        Journal journal = Open(new JournalOptions { MaxRecentBytes = 1 });
        await AppendAsync(journal, 1, 3);
        JournalBlock block = await journal.ReadAsync(0, Deadline);
        JournalBlock shared = block.Share();
        block.Dispose();
        await AppendAsync(journal, 4, 3);
        int count = 0;
        foreach (JournalRecord _ in shared) count++;
        Assert.Equal(3, count);
        shared.Dispose();
        Assert.Throws<ObjectDisposedException>(() => shared.Share());
    }

    [Fact]
    public async Task Threads_that_append_at_once_lose_and_mix_nothing()
    {
        Journal journal = Open();
        await Parallel.ForEachAsync(Enumerable.Range(1, 8), async (rep, _) =>
        {
            for (int i = 0; i < 50; i++)
            {
                JournalRecord[] batch = [.. Enumerable.Range(i * 20, 20).Select(n => Some.Record(n, rep))];
                Assert.True(await journal.Append(batch).WhenDurableAsync());
            }
        });
        List<(long Sequence, JournalRecord Record)> read = await ReadAllAsync(journal, 0);
        Assert.Equal(8000, read.Count);
        foreach (IGrouping<int, (long Sequence, JournalRecord Record)> rep in read.GroupBy(r => r.Record.RepKey))
            Assert.Equal(Enumerable.Range(0, 1000).Select(n => Some.Fix(n)), rep.Select(r => r.Record.Fix));
    }
}

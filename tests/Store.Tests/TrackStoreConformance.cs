using System.Text;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>What every track store must do; each store derives from it.</summary>
public abstract partial class TrackStoreConformance : IAsyncLifetime
{
    protected Metrics Metrics { get; } = new();

    protected ITrackStore Store { get; private set; } = null!;

    /// <summary>How many small checkpoints make a test of many; fewer where each crosses a socket.</summary>
    protected virtual int Many => 600;

    /// <summary>Opens the store over the same data again, after the one before was disposed.</summary>
    protected abstract Task<ITrackStore> OpenAsync();

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }

    protected static RepFix Judged(Fix fix, int rep = 1, FixOutcome outcome = FixOutcome.Accepted, string? attributes = null) =>
        new(rep, new JudgedFix(fix, outcome), attributes is null ? null : Encoding.UTF8.GetBytes(attributes));

    protected ValueTask CommitAsync(long sequence, IEnumerable<RepFix> fixes, IEnumerable<RepState>? states = null, IEnumerable<GeofenceChange>? changes = null) =>
        Store.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = [.. fixes], States = [.. states ?? []], GeofenceChanges = [.. changes ?? []] }, CancellationToken.None);

    protected async Task<List<JudgedFix>> ReadAllAsync(int rep = 1, Instant? from = null, Instant? to = null, int limit = 1000)
    {
        var all = new List<JudgedFix>();
        TrackPosition? after = null;
        do
        {
            TrackPage page = await Store.ReadTrackAsync(rep, from ?? Instant.Min, to ?? Instant.Max, after, limit, CancellationToken.None);
            Assert.True(page.Fixes.Count == limit || page.Next is null);
            all.AddRange(page.Fixes);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    private long Repeats => Metrics.Counter("tracking_fixes_total", "", ("protocol", "messagePack"), ("outcome", "duplicate")).Value;

    [Fact]
    public async Task A_track_comes_back_in_order_of_time_with_every_bit()
    {
        var random = new Random(3);
        RepFix[] fixes = [.. Enumerable.Range(0, 500).Select(_ => Judged(Some.AnyFix(random), outcome: (FixOutcome)(random.Next(5) is 1 ? 2 : 0)))];
        await CommitAsync(1, fixes);
        JudgedFix[] expected = [.. fixes.Select(f => f.Judged).OrderBy(j => j.Fix.FixedAt)];
        Assert.Equal(expected, await ReadAllAsync());
        await ReopenAsync();
        Assert.Equal(expected, await ReadAllAsync());
    }

    [Fact]
    public async Task Reps_do_not_see_each_others_fixes()
    {
        await CommitAsync(1, Enumerable.Range(0, 300).Select(i => Judged(Some.Fix(i), rep: 1 + (i % 3))));
        for (int rep = 1; rep <= 3; rep++)
            Assert.Equal(Enumerable.Range(0, 300).Where(i => i % 3 == rep - 1).Select(i => Some.Fix(i)), (await ReadAllAsync(rep)).Select(j => j.Fix));
        Assert.Empty(await ReadAllAsync(4));
    }

    [Fact]
    public async Task Many_small_checkpoints_give_the_same_track_as_one()
    {
        for (int i = 0; i < Many; i++) await CommitAsync(i + 1, [Judged(Some.Fix(i)), Judged(Some.Fix(i), rep: 2)]);
        Assert.Equal(Enumerable.Range(0, Many).Select(i => Some.Fix(i)), (await ReadAllAsync()).Select(j => j.Fix));
        await ReopenAsync();
        Assert.Equal(Enumerable.Range(0, Many).Select(i => Some.Fix(i)), (await ReadAllAsync(2)).Select(j => j.Fix));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    public async Task Pages_join_without_gap_or_repeat_even_within_one_instant(int limit)
    {
        var random = new Random(limit);
        RepFix[] fixes = [.. Enumerable.Range(0, 200).Select(i => Judged(Some.Fix(i, Some.Morning + TimeSpan.FromHours(random.Next(40)))))];
        foreach (RepFix[] part in fixes.Chunk(23)) await CommitAsync(1, part);
        Assert.Equal(fixes.Select(f => f.Judged).OrderBy(j => j.Fix.FixedAt), await ReadAllAsync(limit: limit));
    }

    [Fact]
    public async Task A_span_holds_its_first_instant_and_not_its_last()
    {
        await CommitAsync(1, Enumerable.Range(0, 100).Select(i => Judged(Some.Fix(i))));
        List<JudgedFix> span = await ReadAllAsync(from: Some.Fix(10).FixedAt, to: Some.Fix(20).FixedAt);
        Assert.Equal(Enumerable.Range(10, 10).Select(i => Some.Fix(i)), span.Select(j => j.Fix));
    }

    [Fact]
    public async Task Late_fixes_take_their_place()
    {
        await CommitAsync(1, Enumerable.Range(0, 300).Where(i => i % 10 != 0).Select(i => Judged(Some.Fix(i))));
        await CommitAsync(2, Enumerable.Range(0, 300).Where(i => i % 10 == 0).Select(i => Judged(Some.Fix(i), outcome: FixOutcome.Late)));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => Some.Fix(i)), (await ReadAllAsync()).Select(j => j.Fix));
    }

    [Fact]
    public async Task Exact_repeats_are_dropped_and_counted()
    {
        await CommitAsync(1, Enumerable.Range(0, 100).Select(i => Judged(Some.Fix(i) with { IdempotencyHash = (ulong)i + 1 })));
        await CommitAsync(2, Enumerable.Range(50, 20).Select(i => Judged(Some.Fix(i), outcome: FixOutcome.Late)));
        await CommitAsync(3, [Judged(Some.Fix(7) with { FixedAt = Some.Fix(8).FixedAt - TimeSpan.FromMilliseconds(5), IdempotencyHash = 8 }, outcome: FixOutcome.Late)]);
        await CommitAsync(4, [Judged(Some.Fix(99) with { Position = new GeoPoint(1, 2) }, outcome: FixOutcome.Late)]);
        Assert.Equal(101, (await ReadAllAsync()).Count);
        Assert.Equal(21, Repeats);
    }

    [Fact]
    public async Task Fixes_that_the_tracker_called_duplicates_are_not_stored()
    {
        await CommitAsync(1, [Judged(Some.Fix(1)), Judged(Some.Fix(2), outcome: FixOutcome.Duplicate)]);
        Assert.Single(await ReadAllAsync());
    }

    [Fact]
    public async Task A_checkpoint_that_comes_twice_doubles_nothing()
    {
        RepFix[] fixes = [.. Enumerable.Range(0, 60).Select(i => Judged(Some.Fix(i), rep: 1 + (i % 2)))];
        RepFix[] more = [.. Enumerable.Range(60, 60).Select(i => Judged(Some.Fix(i), rep: 1 + (i % 2)))];
        await CommitAsync(60, fixes, [new RepState(1, "new"u8.ToArray())]);
        await ReopenAsync();
        await CommitAsync(60, fixes, [new RepState(1, "newer"u8.ToArray())]);
        await CommitAsync(120, [.. fixes, .. more]);
        await CommitAsync(60, fixes, [new RepState(1, "old"u8.ToArray())]);
        Assert.Equal(60, (await ReadAllAsync(1)).Count);
        Assert.Equal(60, (await ReadAllAsync(2)).Count);
        (long sequence, Dictionary<int, string> states, _) = Restored();
        Assert.Equal((120, "newer"), (sequence, states[1]));
    }

    [Fact]
    public async Task Heartbeats_are_kept_apart_from_positions()
    {
        Fix heartbeat = Some.Fix(5) with { Traits = FixTraits.NoPosition, Position = default };
        await CommitAsync(1, [Judged(Some.Fix(5)), Judged(heartbeat), Judged(heartbeat), Judged(Some.Fix(6))]);
        Assert.Equal([Some.Fix(5), heartbeat, Some.Fix(6)], (await ReadAllAsync()).Select(j => j.Fix));
    }

    [Fact]
    public async Task A_fix_from_the_future_does_not_hide_repeats_nor_those_that_follow()
    {
        await CommitAsync(1, [Judged(Some.Fix(1)), Judged(Some.Fix(50_000), outcome: FixOutcome.Future)]);
        await CommitAsync(2, [Judged(Some.Fix(50_000), outcome: FixOutcome.Future), Judged(Some.Fix(2)), Judged(Some.Fix(2))]);
        Assert.Equal([1, 2, 50_000], (await ReadAllAsync()).Select(j => (int)((j.Fix.FixedAt - Some.Morning).TotalSeconds)));
    }

    [Fact]
    public async Task Attributes_come_back_with_their_fix()
    {
        for (int part = 0; part < 3; part++)
            await CommitAsync(part + 1, Enumerable.Range(part * 100, 100).Select(i => Judged(Some.Fix(i), attributes: i % 3 == 0 ? $$"""{"n":{{i}}}""" : null)));
        await ReopenAsync();
        TrackPage page = await Store.ReadTrackAsync(1, Instant.Min, Instant.Max, null, 1000, CancellationToken.None, withAttributes: true);
        Assert.Equal(300, page.Attributes!.Count);
        for (int i = 0; i < 300; i++) Assert.Equal(i % 3 == 0 ? $$"""{"n":{{i}}}""" : null, page.Attributes[i] is { } bytes ? Encoding.UTF8.GetString(bytes) : null);
    }

    private (long Sequence, Dictionary<int, string> States, List<Geofence> Geofences) Restored()
    {
        var states = new Dictionary<int, string>();
        var geofences = new List<Geofence>();
        long sequence = Store.Restore(geofences.Add, _ => { }, (rep, state) => states.Add(rep, Encoding.UTF8.GetString(state.Span)));
        return (sequence, states, geofences);
    }

    [Fact]
    public async Task The_newest_snapshots_geofences_and_the_cursor_are_restored()
    {
        static Geofence Fence(int key, string name) =>
            new() { Key = key, Id = $"f{key}", Name = name, Shape = new CircleShape(new GeoPoint(48.2, 16.37), 50 + key), Version = key };
        Assert.Equal(0, Restored().Sequence);
        for (int i = 1; i <= 300; i++)
        {
            GeofenceChange change = new(i % 7, i % 7 == 3 ? null : Fence(i % 7, $"n{i}"), Some.Morning);
            await CommitAsync(i, [], [new RepState(i % 10, Encoding.UTF8.GetBytes($"s{i}"))], [change]);
            if (i % 100 == 0) await ReopenAsync();
        }
        (long sequence, Dictionary<int, string> states, List<Geofence> geofences) = Restored();
        Assert.Equal(300, sequence);
        Assert.Equal(Enumerable.Range(0, 10).ToDictionary(k => k, k => $"s{(k == 0 ? 300 : 290 + k)}"), states);
        Assert.Equal([0, 1, 2, 4, 5, 6], geofences.Select(g => g.Key).Order());
        Assert.Equivalent(Fence(6, "n300"), geofences.Single(g => g.Key == 6), strict: true);
    }

    [Fact]
    public async Task What_is_older_than_the_retention_is_deleted_and_nothing_else()
    {
        Instant Day(int i) => Some.Morning + TimeSpan.FromHours(i);
        for (int rep = 1; rep <= 3; rep++) await CommitAsync(rep, Enumerable.Range(0, 200).Select(i => Judged(Some.Fix(i, Day(i)), rep)));
        Assert.Equal(3 * 77, await Store.DeleteBeforeAsync(Day(77), CancellationToken.None));
        Assert.Equal(0, await Store.DeleteBeforeAsync(Day(77), CancellationToken.None));
        await ReopenAsync();
        for (int rep = 1; rep <= 3; rep++)
            Assert.Equal(Enumerable.Range(77, 123).Select(Day), (await ReadAllAsync(rep)).Select(j => j.Fix.FixedAt));
    }

    [Fact]
    public async Task Readers_beside_the_writer_see_every_committed_fix_once()
    {
        int committed = 0;
        using var done = new CancellationTokenSource();
        Task reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                int atLeast = Volatile.Read(ref committed);
                List<JudgedFix> read = await ReadAllAsync();
                Assert.True(read.Count >= atLeast, $"{read.Count} of {atLeast}");
                Assert.Equal(Enumerable.Range(0, read.Count).Select(i => Some.Fix(i)), read.Select(j => j.Fix));
            }
        });
        for (int i = 0; i < Many && !reading.IsCompleted; i++)
        {
            await CommitAsync(i + 1, [Judged(Some.Fix(i)), Judged(Some.Fix(i), rep: 2), Judged(Some.Fix(i), rep: 3)]);
            Volatile.Write(ref committed, i + 1);
        }
        await done.CancelAsync();
        await reading;
    }
}

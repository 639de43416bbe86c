using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <content>What comes late, from clocks that are far off, or much of it at one instant; and what is kept of it.</content>
public abstract partial class TrackStoreConformance
{
    private static readonly Instant[] FarOffClocks =
    [
        Instant.From(new DateTimeOffset(1980, 1, 6, 0, 0, 0, TimeSpan.Zero)),
        Instant.From(new DateTimeOffset(2038, 1, 19, 3, 14, 7, TimeSpan.Zero)),
        Instant.From(new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero)),
        Instant.From(new DateTimeOffset(1, 1, 1, 0, 0, 0, TimeSpan.Zero)),
    ];

    [Fact]
    public async Task Fixes_that_are_weeks_late_take_their_place_once()
    {
        Instant weeksAgo = Instant.Now(TimeProvider.System) - TimeSpan.FromDays(45);
        RepFix[] drive = [.. Enumerable.Range(0, 400).Select(i => Judged(Some.Fix(i, weeksAgo + TimeSpan.FromHours(i))))];
        await CommitAsync(1, drive.Where((_, i) => i % 4 != 0));
        RepFix[] late = [.. drive.Where((_, i) => i % 4 == 0).Select(f => f with { Judged = f.Judged with { Outcome = FixOutcome.Late } })];
        await CommitAsync(2, late);
        await ReopenAsync();
        await CommitAsync(3, [.. late, .. drive.Where((_, i) => i % 4 == 1).Select(f => f with { Judged = f.Judged with { Outcome = FixOutcome.Late } })]);
        Assert.Equal(drive.Select(f => f.Judged.Fix), (await ReadAllAsync(limit: 37)).Select(j => j.Fix));
        Assert.Equal(200, Repeats);
    }

    [Fact]
    public async Task Fixes_of_clocks_that_are_far_off_are_kept_in_their_order_once()
    {
        RepFix[] near = [.. Enumerable.Range(0, 50).Select(i => Judged(Some.Fix(i)))];
        RepFix[] far = [.. FarOffClocks.Select((at, i) => Judged(Some.Fix(i, at), outcome: at > Some.Morning ? FixOutcome.Future : FixOutcome.Late))];
        await CommitAsync(1, [.. near.Take(25), .. far, .. near.Skip(25)]);
        await ReopenAsync();
        await CommitAsync(2, far);
        Fix[] expected = [.. near.Concat(far).Select(f => f.Judged.Fix).OrderBy(f => f.FixedAt)];
        Assert.Equal(expected, (await ReadAllAsync(to: new Instant(Instant.Max.EpochMs + 1), limit: 7)).Select(j => j.Fix));
        Assert.Equal(FarOffClocks.Length, Repeats);
        Assert.Equal(2, await Store.DeleteBeforeAsync(Some.Morning, CancellationToken.None));
        Assert.Equal(expected.Skip(2), (await ReadAllAsync(to: new Instant(Instant.Max.EpochMs + 1))).Select(j => j.Fix));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(299)]
    public async Task Pages_end_within_many_fixes_of_one_instant(int limit)
    {
        RepFix[] fixes = [.. Enumerable.Range(0, 300).Select(i => Judged(Some.Fix(i, Some.Morning + TimeSpan.FromSeconds(i / 290))))];
        foreach (RepFix[] part in fixes.Chunk(90)) await CommitAsync(1, part);
        Assert.Equal(fixes.Select(f => f.Judged), await ReadAllAsync(limit: limit));
    }

    [Fact]
    public async Task The_cursor_and_the_fixes_move_together_through_many_reopenings()
    {
        var stored = new List<Fix>();
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(stored.Count, Restored().Sequence);
            RepFix[] next = [.. Enumerable.Range(stored.Count, 40).Select(n => Judged(Some.Fix(n)))];
            stored.AddRange(next.Select(f => f.Judged.Fix));
            await CommitAsync(stored.Count, next, [new RepState(1, BitConverter.GetBytes(i))]);
            await ReopenAsync();
            Assert.Equal(stored, (await ReadAllAsync()).Select(j => j.Fix));
        }
    }
}

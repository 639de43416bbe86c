using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <content>Whose history late fixes have changed.</content>
public abstract partial class TrackStoreConformance
{
    private static Instant Minute(int minute) => Some.Morning + TimeSpan.FromMinutes(minute);

    [Fact]
    public async Task A_checkpoint_notes_whose_history_late_fixes_change_until_that_is_forgotten()
    {
        await CommitAsync(1, [Judged(Some.Fix(1, Minute(10))), Judged(Some.Fix(2, Minute(60)), rep: 2), Judged(Some.Fix(3, Minute(3)), outcome: FixOutcome.Spike)]);
        Assert.Empty(await Store.ReadLateAsync(10, CancellationToken.None));
        await CommitAsync(2, [Judged(Some.Fix(4, Minute(5)), outcome: FixOutcome.Late), Judged(Some.Fix(5, Minute(2)), outcome: FixOutcome.Late)]);
        await CommitAsync(3, [Judged(Some.Fix(6, Minute(40)), rep: 2, outcome: FixOutcome.Late)]);
        await ReopenAsync();
        await CommitAsync(4, [Judged(Some.Fix(7, Minute(8)), outcome: FixOutcome.Late)]);
        IReadOnlyList<LateSpan> spans = await Store.ReadLateAsync(10, CancellationToken.None);
        Assert.Equal([(1, Minute(2), Minute(8), 2L), (2, Minute(40), Minute(40), 1L)], spans.OrderBy(s => s.RepKey).Select(s => (s.RepKey, s.From, s.To, s.Touches)));
        Assert.All(spans, s => Assert.True(s.FirstAt <= s.LastAt));
        Assert.Single(await Store.ReadLateAsync(1, CancellationToken.None));

        // It has been changed again since that was read.
        await CommitAsync(5, [Judged(Some.Fix(8, Minute(1)), outcome: FixOutcome.Late)]);
        foreach (LateSpan span in spans) await Store.ForgetLateAsync(span, CancellationToken.None);
        LateSpan left = Assert.Single(await Store.ReadLateAsync(10, CancellationToken.None));
        Assert.Equal((1, Minute(1), Minute(8), 3L), (left.RepKey, left.From, left.To, left.Touches));
        await Store.ForgetLateAsync(left, CancellationToken.None);
        await ReopenAsync();
        Assert.Empty(await Store.ReadLateAsync(10, CancellationToken.None));
    }

    [Fact]
    public async Task A_late_fix_that_is_a_repeat_changes_no_history()
    {
        await CommitAsync(1, [Judged(Some.Fix(1, Minute(1))), Judged(Some.Fix(2, Minute(10)))]);
        await CommitAsync(2, [Judged(Some.Fix(1, Minute(1)), outcome: FixOutcome.Late)]);
        Assert.Empty(await Store.ReadLateAsync(10, CancellationToken.None));
    }
}

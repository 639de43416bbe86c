using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <content>Activity reports, which every store must give to the last digit.</content>
public abstract partial class TrackStoreConformance
{
    private async Task<ActivityBucket[]> ActivityAsync(TimeSpan bucket, Instant from, Instant to, params int[] reps) =>
        [.. await Store.ReadActivityAsync(new ActivityQuery(reps, from, to, bucket), CancellationToken.None)];

    // The same, written down once more without the store.
    private static ActivityBucket[] Expected(IEnumerable<RepFix> fixes, TimeSpan bucket, Instant from, Instant to, params int[] reps) =>
    [
        .. fixes.Where(f => reps.Contains(f.RepKey) && f.Judged.Fix.FixedAt >= from && f.Judged.Fix.FixedAt < to)
            .GroupBy(f => (Rep: f.RepKey, Place: (long)Math.Floor((f.Judged.Fix.FixedAt - from) / bucket)))
            .OrderBy(g => g.Key)
            .Select(g =>
            {
                float[] speeds = [.. g.Where(f => f.Judged.Outcome is FixOutcome.Accepted or FixOutcome.Late).Select(f => f.Judged.Fix.SpeedMps).Where(s => !float.IsNaN(s))];
                return new ActivityBucket(g.Key.Rep, from + (g.Key.Place * bucket), g.Count(), g.Count(f => f.Judged.Outcome == FixOutcome.Accepted),
                    g.Count(f => f.Judged.Outcome == FixOutcome.Late), g.Min(f => f.Judged.Fix.FixedAt), g.Max(f => f.Judged.Fix.FixedAt), speeds.Length == 0 ? float.NaN : speeds.Max());
            }),
    ];

    [Fact]
    public async Task Activity_is_counted_in_spans_from_the_first_instant_on()
    {
        FixOutcome[] outcomes = [FixOutcome.Accepted, FixOutcome.Accepted, FixOutcome.Late, FixOutcome.Spike, FixOutcome.Inaccurate];
        RepFix[] fixes = [.. Enumerable.Range(0, 900).Select(i => Judged(Some.Fix(i, Some.Morning + TimeSpan.FromSeconds(i * 97)), rep: 1 + (i % 3), outcome: outcomes[i % 5]))];
        foreach (RepFix[] part in fixes.Chunk(200)) await CommitAsync(1, part);
        Instant from = Some.Morning + TimeSpan.FromMilliseconds(3_600_500), to = from + TimeSpan.FromHours(20);
        foreach (TimeSpan bucket in (TimeSpan[])[TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(17), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(7)])
            Assert.Equal(Expected(fixes, bucket, from, to, 1, 3), await ActivityAsync(bucket, from, to, 3, 1));
        Assert.Empty(await ActivityAsync(TimeSpan.FromHours(1), from, to, 4));
        Assert.Empty(await ActivityAsync(TimeSpan.FromHours(1), from, to));
        Assert.Empty(await ActivityAsync(TimeSpan.FromHours(1), from, from, 1));
    }

    [Fact]
    public async Task Activity_of_anything_a_device_may_send_is_the_same_in_every_store()
    {
        var random = new Random(11);
        RepFix[] fixes = [.. Enumerable.Range(0, 600).Select(i => Judged(Some.AnyFix(random), rep: 1 + random.Next(2), outcome: (FixOutcome)(random.Next(5) is var o and not 1 ? o : 5))),
            .. FarOffClocks.Select((at, i) => Judged(Some.Fix(i, at), outcome: FixOutcome.Future))];
        await CommitAsync(1, fixes);
        foreach (TimeSpan bucket in (TimeSpan[])[TimeSpan.FromHours(5), TimeSpan.FromDays(365)])
        {
            Assert.Equal(Expected(fixes, bucket, Instant.Min, Instant.Max, 1, 2), await ActivityAsync(bucket, Instant.Min, Instant.Max, 1, 2));
            Instant from = Some.Morning - TimeSpan.FromDays(9000);
            Assert.Equal(Expected(fixes, bucket, from, Some.Morning, 2), await ActivityAsync(bucket, from, Some.Morning, 2));
        }
    }
}

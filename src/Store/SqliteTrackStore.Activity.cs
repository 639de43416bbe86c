using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class SqliteTrackStore
{
    private const int FixesAtATime = 20_000;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ActivityBucket>> ReadActivityAsync(ActivityQuery query, CancellationToken cancel)
    {
        var buckets = new List<ActivityBucket>();
        foreach (int rep in query.RepKeys.Distinct().Order())
        {
            var count = new ActivityCount(rep, query, buckets);
            TrackPosition? after = null;
            do
            {
                TrackPage page = await ReadTrackAsync(rep, query.From, query.To, after, FixesAtATime, cancel);
                foreach (JudgedFix judged in page.Fixes) count.Add(in judged);
                after = page.Next;
            }
            while (after is not null);
            count.End();
        }
        return buckets;
    }
}

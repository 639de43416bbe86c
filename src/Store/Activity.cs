using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>How active reps were, asked in spans of equal length.</summary>
/// <param name="RepKeys">Whose; each once.</param>
/// <param name="From">Where the first span begins, and the others after it.</param>
/// <param name="To">Last instant, exclusive.</param>
/// <param name="Bucket">Length of a span; whole milliseconds.</param>
public sealed record ActivityQuery(IReadOnlyList<int> RepKeys, Instant From, Instant To, TimeSpan Bucket)
{
    /// <summary>Where the span that holds an instant begins.</summary>
    public Instant BucketOf(Instant at) => new(From.EpochMs + ((at.EpochMs - From.EpochMs) / BucketMs * BucketMs));

    private long BucketMs => Math.Max(1, (long)Bucket.TotalMilliseconds);
}

/// <summary>A rep's activity in one span; spans without a fix have none. Nothing in it is rounded, so every store gives the same.</summary>
/// <param name="RepKey">Whose.</param>
/// <param name="BeganAt">Where the span begins.</param>
/// <param name="Fixes">Fixes of any outcome.</param>
/// <param name="Accepted">Those that came in order.</param>
/// <param name="Late">Those that came late, and count as well.</param>
/// <param name="FirstFixedAt">The first fix of any outcome.</param>
/// <param name="LastFixedAt">The last fix of any outcome.</param>
/// <param name="MaxSpeedMps">The highest speed of those that count, metres per second; NaN: none told one.</param>
public readonly record struct ActivityBucket(
    int RepKey, Instant BeganAt, long Fixes, long Accepted, long Late, Instant FirstFixedAt, Instant LastFixedAt, float MaxSpeedMps);

/// <summary>Counts a rep's fixes, given in the order of their instants, in spans.</summary>
internal sealed class ActivityCount(int repKey, ActivityQuery query, List<ActivityBucket> to)
{
    private ActivityBucket _open;

    public void Add(in JudgedFix judged)
    {
        Instant at = judged.Fix.FixedAt, begin = query.BucketOf(at);
        if (_open.Fixes == 0 || begin != _open.BeganAt)
        {
            End();
            _open = new ActivityBucket(repKey, begin, 0, 0, 0, at, at, float.NaN);
        }
        bool isAccepted = judged.Outcome == FixOutcome.Accepted, isLate = judged.Outcome == FixOutcome.Late;
        float speedMps = isAccepted || isLate ? judged.Fix.SpeedMps : float.NaN;
        _open = _open with
        {
            Fixes = _open.Fixes + 1,
            Accepted = _open.Accepted + (isAccepted ? 1 : 0),
            Late = _open.Late + (isLate ? 1 : 0),
            LastFixedAt = at,
            MaxSpeedMps = float.IsNaN(_open.MaxSpeedMps) || speedMps > _open.MaxSpeedMps ? speedMps : _open.MaxSpeedMps,
        };
    }

    /// <summary>Closes the last span.</summary>
    public void End()
    {
        if (_open.Fixes > 0) to.Add(_open);
        _open = default;
    }
}

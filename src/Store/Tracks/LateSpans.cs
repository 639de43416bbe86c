using Tracking.Contracts;

namespace Tracking.Store.Tracks;

/// <summary>Collects, for one checkpoint, the part of each rep's history that late fixes change.</summary>
internal sealed class LateSpans
{
    private readonly SortedDictionary<int, (Instant From, Instant To)> _spans = [];

    /// <summary>From the earliest to the latest late fix, by rep.</summary>
    public IReadOnlyDictionary<int, (Instant From, Instant To)> Spans => _spans;

    /// <summary>Takes a fix that will be stored.</summary>
    public void Note(in RepFix fix)
    {
        if (fix.Judged.Outcome != FixOutcome.Late) return;
        Instant at = fix.Judged.Fix.FixedAt;
        (Instant from, Instant to) = _spans.GetValueOrDefault(fix.RepKey, (at, at));
        _spans[fix.RepKey] = (at < from ? at : from, at > to ? at : to);
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _spans.Clear();
}

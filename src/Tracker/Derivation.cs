using System.Runtime.InteropServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Derives what a rep's tracker would have told had no fix been late: the same tracker, fed the stored track in its order. Fixes
/// that were not late come as they came, so that a track without late fixes gives the events of the live run. A late fix comes
/// when it would have, had it been delayed as the accepted fix before it.
/// </summary>
/// <remarks>
/// Right from the first instant on at which the tracker has seen <see cref="Settling"/> of track: what it remembers of fences and
/// speeds reaches no further back, and the stays that it begins with are given.
/// </remarks>
public sealed class Derivation
{
    /// <summary>How much track a derivation must have seen before its events are those of a tracker that has seen all.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromHours(1);

    // A late fix from a time that the accepted ones cover says where the rep was at another time, by a clock that was set back.
    private static readonly TimeSpan ReorderedWithin = TimeSpan.FromMinutes(2), CoveredGap = TimeSpan.FromMinutes(1);

    private readonly RepTracker _tracker;
    private readonly IReadOnlyList<FenceStay> _stays;
    private readonly TurnOutput _output = new();
    private readonly List<Fix> _ordered = [];
    private Fix _before;
    private bool _hasBefore;
    private bool _hasBegun;

    /// <summary>A derivation that has seen nothing.</summary>
    /// <param name="repKey">Whose.</param>
    /// <param name="context">Options, and the geofences as they were all the time.</param>
    /// <param name="stays">In which of them the rep was when the track begins.</param>
    public Derivation(int repKey, TrackerContext context, IReadOnlyList<FenceStay> stays)
    {
        _tracker = new RepTracker(repKey, context);
        _stays = stays;
    }

    /// <summary>The tracker that was fed, to go on with.</summary>
    public RepTracker Tracker => _tracker;

    /// <summary>The stays that have not ended, by key.</summary>
    public IReadOnlyList<FenceStay> Stays => _tracker.ListStays();

    /// <summary>The newest accepted fix so far; null: none.</summary>
    public Instant? NewestFixedAt => _tracker.NewestFixedAt;

    /// <summary>Takes the next part of the track.</summary>
    /// <param name="fixes">Stored fixes with their outcomes, ordered by <see cref="Fix.FixedAt"/>, none earlier than those taken before.</param>
    /// <param name="events">Takes what is told.</param>
    public void Apply(IReadOnlyList<JudgedFix> fixes, ICollection<TrackEvent> events)
    {
        Arrange(fixes);
        foreach (ref readonly Fix fix in CollectionsMarshal.AsSpan(_ordered))
        {
            if (!_hasBegun) _tracker.Resume(_stays, fix.FixedAt);
            _hasBegun = true;
            _tracker.Apply(fix, _output);
            Take(events);
        }
    }

    /// <summary>Lets time decide, behind the last fix.</summary>
    /// <param name="now">The server's clock.</param>
    /// <param name="events">Takes what is told.</param>
    /// <returns>The same instant by the device's clock; null: there was no fix.</returns>
    public Instant? Tick(Instant now, ICollection<TrackEvent> events)
    {
        _tracker.Tick(now, _output);
        Take(events);
        return _tracker.DeviceTimeAt(now);
    }

    private void Take(ICollection<TrackEvent> events)
    {
        foreach (TrackEvent told in _output.Events) events.Add(told);
        _output.Clear();
    }

    // Gives late fixes their time of receipt, and puts everything in the order of it.
    private void Arrange(IReadOnlyList<JudgedFix> fixes)
    {
        _ordered.Clear();
        var punctual = new Instant[fixes.Count];
        Fix before = _before;
        bool hasBefore = _hasBefore;
        for (int i = 0; i < fixes.Count; i++)
        {
            (Fix fix, FixOutcome outcome) = fixes[i];
            if (outcome == FixOutcome.Accepted) (before, hasBefore) = (fix, true);
            punctual[i] = hasBefore ? Earlier(fix.ReceivedAt, before.ReceivedAt + (fix.FixedAt - before.FixedAt)) : fix.ReceivedAt;
        }
        Fix after = default;
        bool hasAfter = false;
        for (int i = fixes.Count - 1; i >= 0; i--)
        {
            (Fix fix, FixOutcome outcome) = fixes[i];
            if (outcome == FixOutcome.Accepted) (after, hasAfter) = (fix, true);
            // What was a spike stays one: when it was given up hung on heartbeats too, which are not stored.
            if (outcome is FixOutcome.Future or FixOutcome.Spike or FixOutcome.Duplicate or FixOutcome.Unusable or FixOutcome.OffDuty) continue;
            // A key that repeats was dropped before the track was stored; what the ring of newest keys holds depends on the order.
            if (outcome != FixOutcome.Late) _ordered.Add(fix with { IdempotencyHash = 0 });
            else if (!hasAfter) _ordered.Add(fix with { IdempotencyHash = 0, ReceivedAt = punctual[i] });
            else if (!IsCovered(fixes, i, after)) _ordered.Add(fix with { IdempotencyHash = 0, ReceivedAt = Earlier(punctual[i], after.ReceivedAt) });
        }
        (_before, _hasBefore) = (before, hasBefore);
        _ordered.Reverse();
        Sort(_ordered);
    }

    private bool IsCovered(IReadOnlyList<JudgedFix> fixes, int index, in Fix after)
    {
        Fix late = fixes[index].Fix;
        if (late.ReceivedAt - after.ReceivedAt <= ReorderedWithin) return false;
        int i = index;
        while (i >= 0 && fixes[i].Outcome != FixOutcome.Accepted) i--;
        if (i < 0 && !_hasBefore) return false;
        return after.FixedAt - (i < 0 ? _before : fixes[i].Fix).FixedAt <= CoveredGap;
    }

    // Stable: what came at once keeps its order in time.
    private static void Sort(List<Fix> fixes)
    {
        for (int i = 1; i < fixes.Count; i++)
        {
            if (fixes[i].ReceivedAt >= fixes[i - 1].ReceivedAt) continue;
            var keys = new (long ReceivedMs, int Place)[fixes.Count];
            for (int k = 0; k < keys.Length; k++) keys[k] = (fixes[k].ReceivedAt.EpochMs, k);
            Fix[] items = [.. fixes];
            Array.Sort(keys, items);
            fixes.Clear();
            fixes.AddRange(items);
            return;
        }
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;
}

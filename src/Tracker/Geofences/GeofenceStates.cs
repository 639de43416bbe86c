using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// What one rep's tracker knows about geofences: outside, entering, inside or leaving, per fence that is near. Made for
/// one rep, used by its tracker only, in the order of its accepted fixes. Far from all fences it holds no array.
/// </summary>
public sealed partial class GeofenceStates
{
    private const int SlotsOnStack = 32;
    private const int SlotsOnWay = 128;
    private const int MostNear = 4;
    private const int Unknown = -1;
    private const int MostResting = 64;

    // One step of 0.00025 degree is at most 28 m: a shorter way through a fence is not worth a search.
    private const double ShortStepDeg = 0.00025;

    private Entry[] _entries = [];
    private int _count;
    private int[]? _inside = [];
    private bool _unsettled;

    // Of the first entries those that are outside and only remembered, and until when all of them are: a rep that drives has
    // dozens, and they need no look. Whether a change is pending in any entry. All three as of the last settling.
    private ulong _resting;
    private Instant _restingUntil = Instant.Max;
    private bool _isPending;

    // What the cell of the last fix holds, as long as no fence changes, and where in it nothing can happen. Not part of the state.
    private CalmDisc _calm;
    private int _nearCount = Unknown;
    private NearItems _near;
    private ulong _cell;
    private GeofenceIndex? _index;
    private long _version;

    // The fix before the previous one: tells a phone that was moving from one that stood still.
    private Past _before;
    private bool _hasBefore;

    private Rest _rest;

    // The last instant at which something other than movement changed a state: what follows must not come before it.
    private Instant _clock = Instant.Min;

    /// <summary>Keys of the fences that the rep is inside, ascending; never null, replaced when it changes, made when asked for.</summary>
    public IReadOnlyList<int> Inside => _inside ??= ListInside();

    /// <summary>The earliest instant, by the device's clock, at which <see cref="Tick"/> may have something to say; <see cref="Instant.Max"/>: none.</summary>
    public Instant NextTickAt { get; private set; } = Instant.Max;

    /// <summary>Takes an accepted fix: adds exits, then entries, then fences crossed in passing, then dwelling.</summary>
    /// <param name="previous">The accepted fix before it; read only when <paramref name="hasPrevious"/>.</param>
    /// <param name="hasPrevious">False for the first fix of a rep.</param>
    /// <param name="fix">The fix, not earlier than <paramref name="previous"/>.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="passages">Takes what the rep did.</param>
    public void Apply(in Fix previous, bool hasPrevious, in Fix fix, TrackerContext context, int repKey, List<Passage> passages)
    {
        GeofenceIndex index = context.Geofences;
        bool departed = _rest.Take(fix, vague: false, previous, hasPrevious);
        ulong cell = GeofenceIndex.CellOf(fix.Position);
        if (cell != _cell || index.Version != _version || index != _index)
        {
            (_cell, _index, _version, _calm) = (cell, index, index.Version, CalmDisc.None);
            int near = index.Gather(fix.Position, _near);
            _nearCount = near <= MostNear ? near : Unknown;
        }
        if (departed || fix.FixedAt >= NextTickAt || !_calm.Holds(fix.Position))
        {
            var turn = new Turn(in previous, hasPrevious, in fix, vague: false, context, repKey, passages);
            if (_nearCount == Unknown) LookAround(turn);
            else Look(_near[.._nearCount], turn);
            if (departed) LookBack(turn);
            _calm = FindCalm(fix.Position);
        }
        _before = new Past(previous.FixedAt, previous.Position, previous.AccuracyM);
        _hasBefore = hasPrevious;
    }

    /// <summary>Takes a fix that is too vague for the track: it counts where it is farther from a boundary than its accuracy, and never alone.</summary>
    /// <param name="previous">The newest accepted fix; read only when <paramref name="hasPrevious"/>.</param>
    /// <param name="hasPrevious">False for the first fix of a rep.</param>
    /// <param name="fix">The vague fix.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="passages">Takes what the rep did.</param>
    public void ApplyVague(in Fix previous, bool hasPrevious, in Fix fix, TrackerContext context, int repKey, List<Passage> passages)
    {
        _rest.Take(fix, vague: true, previous, hasPrevious);
        var turn = new Turn(in previous, hasPrevious, in fix, vague: true, context, repKey, passages);
        LookAround(turn);
        _calm = CalmDisc.None;
    }

    /// <summary>Evaluates a fence that was created, changed or deleted, which the index has already taken; events carry the device's time.</summary>
    /// <param name="change">The change.</param>
    /// <param name="newest">The newest accepted fix; read only when <paramref name="hasNewest"/>.</param>
    /// <param name="hasNewest">False for a rep without a fix.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="passages">Takes what the rep did.</param>
    public void GeofenceChanged(GeofenceChange change, in Fix newest, bool hasNewest, TrackerContext context, int repKey, List<Passage> passages)
    {
        PreparedFence? fence = context.Geofences.Get(change.Key);
        int at = IndexOf(change.Key);
        if (at >= 0 && hasNewest && IsOver(_entries[at], newest.FixedAt))
        {
            _entries[at].Phase = Phase.Gone;
            SettleAll();
            at = Unknown;
        }
        GeoPoint place = !hasNewest ? default : _rest.IsResting ? _rest.Place : newest.Position;
        bool holds = fence is not null && hasNewest && fence.Contains(place);
        if (at < 0 && !holds) return;
        _calm = CalmDisc.None;
        bool concerned = holds && fence!.Concerns(context.FindRep(repKey));
        if (at < 0) at = Add(change.Key);
        ref Entry entry = ref _entries[at];
        Watch(at);
        Instant now = hasNewest ? ByDevice(change.At, newest) : change.At;
        bool open = concerned && OpenAt(fence!, ref entry, Later(now, _clock));
        bool was = entry.IsInside;
        if (was && !open) Exit(ref entry, now, now, hasNewest ? place : null, GeofenceReason.FenceChanged, passages);
        if (open && !was) Enter(ref entry, fence!, now, now, place, GeofenceReason.FenceChanged, passages);
        if (!holds) entry.Phase = Phase.Gone;
        else if (!concerned) entry.Phase = Phase.Ignored;
        else entry.Phase = open ? Phase.Inside : Phase.Closed;
        _clock = Later(_clock, now);
        if (was && open) entry.DwellAt = entry.Dwelled ? Instant.Max : DwellAt(fence!, entry.EnteredAt);
        Settle();
    }

    private void LookAround(in Turn turn)
    {
        GeofenceIndex index = turn.Context.Geofences;
        Span<int> room = stackalloc int[SlotsOnStack];
        int found = index.Gather(turn.Fix.Position, room);
        if (found > room.Length) found = index.Gather(turn.Fix.Position, room = new int[found]);
        Look(room[..found], turn);
    }

    /// <summary>Takes one fix in full, given what its cell holds.</summary>
    private void Look(ReadOnlySpan<int> items, in Turn turn)
    {
        GeofenceIndex index = turn.Context.Geofences;
        Span<int> room = items.Length <= SlotsOnStack ? stackalloc int[SlotsOnStack] : new int[items.Length];
        int found = 0;
        foreach (int item in items)
        {
            if (index.Holds(item, turn.Fix.Position)) room[found++] = GeofenceIndex.SlotOf(item);
        }
        Span<int> slots = room[..found];
        if (found > 1) index.SortByKey(slots);
        if (turn.Fix.FixedAt > _restingUntil) (_resting, _restingUntil) = (0, Instant.Max);
        for (int i = 0; i < _count; i++)
        {
            if (i >= MostResting || (_resting >> i & 1) == 0) LookOutside(ref _entries[i], slots, turn);
        }
        foreach (int slot in slots) LookInside(slot, turn);
        if (turn.HasPrevious && !turn.Vague && !_rest.IsResting && MayCross(turn)) LookBetween(turn, turn.Fix.FixedAt);
        if (_count > 0)
        {
            if (_unsettled) Settle();
            if (NextTickAt <= turn.Fix.FixedAt) Advance(turn.Fix.FixedAt, turn.Fix.Position, turn.Context, turn.Passages);
        }
    }

    private void LookOutside(ref Entry entry, ReadOnlySpan<int> slots, in Turn turn)
    {
        GeofenceIndex index = turn.Context.Geofences;
        foreach (int slot in slots)
        {
            if (index.KeyAt(slot) == entry.Key) return;
        }
        if (entry.Phase == Phase.Outside && turn.Fix.FixedAt <= entry.DoubtUntil) return;
        _unsettled = true;
        if (index.Get(entry.Key) is not { } fence)
        {
            if (entry.IsInside)
                Exit(ref entry, turn.Fix.FixedAt, turn.Fix.FixedAt, turn.Fix.Position, GeofenceReason.FenceChanged, turn.Passages);
            entry.Phase = Phase.Gone;
            return;
        }
        switch (entry.Phase)
        {
            case Phase.Ignored:
            case Phase.Closed:
                if (!turn.Vague) entry.Phase = Phase.Gone;
                break;
            case Phase.Outside:
                entry.Phase = Phase.Gone;
                break;
            case Phase.Entering:
                NoLongerEntering(ref entry, fence, turn);
                break;
            case Phase.Inside:
            case Phase.Leaving:
                Leave(ref entry, fence, turn);
                break;
        }
    }

    private void LookInside(int slot, in Turn turn)
    {
        int at = IndexOf(turn.Context.Geofences.KeyAt(slot));
        if (at >= 0 && _entries[at].Phase is Phase.Inside or Phase.Ignored or Phase.Closed) return;
        _unsettled = true;
        PreparedFence fence = turn.Context.Geofences.At(slot);
        double depthM = fence.DistanceM(turn.Fix.Position);
        bool sure = !turn.Vague || depthM > turn.AccuracyM;
        if (at < 0)
        {
            if (!sure) return;
            at = Add(fence.Key);
        }
        ref Entry entry = ref _entries[at];
        // What was remembered until before is as if it had been dropped by a look.
        if (IsOver(entry, turn.Fix.FixedAt)) entry = new Entry(entry.Key);
        Watch(at);
        if (entry.Phase == Phase.Leaving)
        {
            if (sure) NoLongerLeaving(ref entry, turn);
        }
        else
        {
            Approach(ref entry, fence, depthM, sure, turn);
        }
    }

    /// <summary>Finds fences that lie between the fixes of a departure, which were not believed before this one.</summary>
    private void LookBack(in Turn turn)
    {
        (Rest.Spot last, Rest.Spot first) = _rest.Departure;
        if (first.FixedAt >= turn.Fix.FixedAt) return;
        Fix left = last.ToFix(), away = first.ToFix();
        LookBetween(new Turn(in left, hasPrevious: true, in away, vague: false, turn.Context, turn.RepKey, turn.Passages), turn.Fix.FixedAt);
        if (turn.HasPrevious && first.FixedAt < turn.Previous.FixedAt)
            LookBetween(new Turn(in away, hasPrevious: true, in turn.Previous, vague: false, turn.Context, turn.RepKey, turn.Passages), turn.Fix.FixedAt);
    }

    /// <summary>Finds fences that lie between two fixes: neither is inside, the way between them is.</summary>
    private void LookBetween(in Turn turn, Instant confirmedAt)
    {
        // What lies in a gap is not invented.
        if (turn.StepS is <= 0 or > MaxStepS) return;
        GeoPoint a = turn.Previous.Position, b = turn.Fix.Position;
        double dLon = Math.Abs(b.LongitudeDeg - a.LongitudeDeg);
        if (Math.Abs(b.LatitudeDeg - a.LatitudeDeg) < ShortStepDeg && dLon < ShortStepDeg) return;
        GeofenceIndex index = turn.Context.Geofences;
        Span<int> room = stackalloc int[SlotsOnWay];
        int found = index.FindAlong(a, b, room);
        if (found > room.Length) found = index.FindAlong(a, b, room = new int[found]);
        found = Math.Min(found, room.Length);
        Span<int> slots = room[..found];
        if (found > 1) index.SortByKey(slots);
        int last = -1;
        foreach (int slot in slots)
        {
            if (slot != last) Cross(index.At(slot), turn, confirmedAt);
            last = slot;
        }
    }

    private void Cross(PreparedFence fence, in Turn turn, Instant confirmedAt)
    {
        int at = IndexOf(fence.Key);
        if (at >= 0 && _entries[at].Phase is not (Phase.Outside or Phase.Gone)) return;
        GeoPoint a = turn.Previous.Position, b = turn.Fix.Position;
        if (fence.Contains(a) || fence.Contains(b) || !fence.Passes(a, b, out double first, out double last)) return;
        // While nothing else is known of a rep, both ends must lie outside beyond their accuracy.
        if (!_rest.IsMoving && (fence.DistanceM(a) <= turn.PreviousAccuracyM || fence.DistanceM(b) <= turn.AccuracyM)) return;
        GeoPoint entered = PreparedFence.OnSegment(a, b, first), left = PreparedFence.OnSegment(a, b, last);
        if (Geodesy.DistanceM(entered, left) < MinPassM) return;
        if (!fence.Concerns(turn.Context.FindRep(turn.RepKey))) return;
        Instant enteredAt = turn.Between(first), leftAt = turn.Between(last);
        if (fence.Calendar is { } calendar && !calendar.IsOpen(Later(enteredAt, _clock), out _)) return;
        turn.Passages.Add(new Passage(
            PassageKind.Crossed, fence.Key, GeofenceReason.Movement, enteredAt, confirmedAt, leftAt, HasPosition: true, entered));
    }

    private int IndexOf(int key)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2, found = _entries[middle].Key;
            if (found == key) return middle;
            if (found < key) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    // In the order of keys, so that the order of events does not depend on what was near before.
    private int Add(int key)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, Math.Max(1, _count * 2));
        int at = _count++;
        for (; at > 0 && _entries[at - 1].Key > key; at--) _entries[at] = _entries[at - 1];
        // Those behind it have moved on by one; the last of them may have left the mask.
        ulong before = at < MostResting ? (1ul << at) - 1 : ulong.MaxValue;
        _resting = (_resting & before) | (_resting & ~before) << 1;
        _entries[at] = new Entry(key);
        return at;
    }

    /// <summary>Where in the cell another fix can change nothing: no boundary is near and no change is pending.</summary>
    private CalmDisc FindCalm(GeoPoint position)
    {
        if (_nearCount == Unknown || _isPending) return CalmDisc.None;
        double clear = _index!.ClearDeg(_near[.._nearCount], position, out double eastScale);
        return CalmDisc.Around(position, clear, eastScale);
    }

    /// <summary>Drops what is gone and brings the derived properties up to date.</summary>
    private void Settle()
    {
        _unsettled = _isPending = false;
        if (!TrySettleWatched()) SettleAll();
    }

    // What rests has not changed since the last time.
    private bool TrySettleWatched()
    {
        Instant next = Instant.Max;
        for (int i = 0; i < _count; i++)
        {
            if (i < MostResting && (_resting >> i & 1) != 0) continue;
            if (_entries[i].Phase == Phase.Gone) return false;
            next = Earlier(next, _entries[i].DueAt);
            Note(_entries[i], i);
        }
        NextTickAt = next;
        return true;
    }

    private void SettleAll()
    {
        int kept = 0;
        Instant next = Instant.Max;
        (_resting, _restingUntil, _isPending) = (0, Instant.Max, false);
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Phase == Phase.Gone) continue;
            next = Earlier(next, _entries[i].DueAt);
            if (kept != i) _entries[kept] = _entries[i];
            Note(_entries[kept], kept++);
        }
        _count = kept;
        NextTickAt = next;
    }

    // It may change, so it does not rest.
    private void Watch(int index)
    {
        if (index < MostResting) _resting &= ~(1ul << index);
    }

    private void Note(in Entry entry, int index)
    {
        _isPending |= entry.Phase is Phase.Entering or Phase.Leaving;
        if (entry.Phase != Phase.Outside || index >= MostResting) return;
        _resting |= 1ul << index;
        _restingUntil = Earlier(_restingUntil, entry.DoubtUntil);
    }

    private int[] ListInside()
    {
        int count = 0;
        for (int i = 0; i < _count; i++) count += _entries[i].IsInside ? 1 : 0;
        int[] inside = count == 0 ? [] : new int[count];
        for (int i = 0, at = 0; i < _count; i++)
        {
            if (_entries[i].IsInside) inside[at++] = _entries[i].Key;
        }
        return inside;
    }

    // Tracks that arrive late or are imported live in their own time.
    private static Instant ByDevice(Instant at, in Fix newest) =>
        newest.FixedAt + (at > newest.ReceivedAt ? at - newest.ReceivedAt : TimeSpan.Zero);

    private static Instant Later(Instant a, Instant b) => a > b ? a : b;

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;
}

using Tracking.Contracts;

namespace Tracking.Tracker;

public sealed partial class GeofenceStates
{
    /// <summary>Says what time alone decides: dwelling, silence after a pending change, and schedules that open or close.</summary>
    /// <param name="deviceNow">The present by the device's clock.</param>
    /// <param name="newest">The newest accepted fix; its position goes into the events.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="passages">Takes what the rep did.</param>
    public void Tick(Instant deviceNow, in Fix newest, TrackerContext context, List<Passage> passages)
    {
        if (deviceNow < NextTickAt) return;
        Advance(deviceNow, newest.Position, context, passages);
    }

    private void Advance(Instant now, GeoPoint position, TrackerContext context, List<Passage> passages)
    {
        while (NextTickAt <= now)
        {
            Instant due = NextTickAt;
            for (int i = 0; i < _count; i++)
            {
                ref Entry entry = ref _entries[i];
                if (entry.DueAt != due) continue;
                if (context.Geofences.Get(entry.Key) is not { } fence)
                {
                    entry.DwellAt = entry.ConfirmAt = entry.SwitchAt = Instant.Max;
                    continue;
                }
                if (entry.SwitchAt == due)
                {
                    Switch(ref entry, fence, position, passages);
                    _clock = Later(_clock, due);
                }
                if (entry.ConfirmAt == due) HearSilence(ref entry, fence, due, passages);
                if (entry.Phase == Phase.Inside && entry.DwellAt == due) Dwell(ref entry, due, passages);
            }
            _calm = CalmDisc.None;
            Settle();
        }
    }

    // Silence confirms what the last fix of a moving rep began; a jump may be the last fix of one that rests.
    private void HearSilence(ref Entry entry, PreparedFence fence, Instant due, List<Passage> passages)
    {
        entry.ConfirmAt = Instant.Max;
        if (entry.Phase == Phase.Entering && MayEnter(fence)) ConfirmEntry(ref entry, fence, due, passages);
        else if (entry.Phase == Phase.Leaving && MayExit(fence)) ConfirmExit(ref entry, fence, due, passages);
    }

    private void Switch(ref Entry entry, PreparedFence fence, GeoPoint position, List<Passage> passages)
    {
        Instant at = entry.SwitchAt;
        bool open = OpenAt(fence, ref entry, at);
        switch (entry.Phase)
        {
            case Phase.Closed when open:
                Enter(ref entry, fence, at, at, position, GeofenceReason.Schedule, passages);
                break;
            case Phase.Inside when !open:
                if (entry.DwellAt <= at) Dwell(ref entry, at, passages);
                Exit(ref entry, at, at, position, GeofenceReason.Schedule, passages);
                entry.Phase = Phase.Closed;
                break;
            case Phase.Leaving when !open:
                bool left = entry.PendingAt < at;
                Exit(ref entry, left ? entry.PendingAt : at, at, left ? entry.PendingPosition : position,
                    left ? GeofenceReason.Movement : GeofenceReason.Schedule, passages);
                entry.Phase = Phase.Outside;
                break;
            case Phase.Entering when !open:
                entry.Phase = Phase.Closed;
                break;
        }
    }

    /// <summary>Asks a fence's schedule and notes when to ask again.</summary>
    private static bool OpenAt(PreparedFence fence, ref Entry entry, Instant at)
    {
        entry.SwitchAt = Instant.Max;
        return fence.Calendar is null || fence.Calendar.IsOpen(at, out entry.SwitchAt);
    }

    private static Instant DwellAt(PreparedFence fence, Instant enteredAt) =>
        fence.Definition.DwellS is { } seconds and >= 0 and < 1e9 ? enteredAt + TimeSpan.FromSeconds(seconds) : Instant.Max;

    private void Enter(
        ref Entry entry, PreparedFence fence, Instant at, Instant confirmedAt, GeoPoint position, GeofenceReason reason, List<Passage> passages)
    {
        entry.Phase = Phase.Inside;
        entry.EnteredAt = at;
        entry.Dwelled = false;
        entry.DwellAt = DwellAt(fence, at);
        _inside = null;
        passages.Add(new Passage(
            PassageKind.Entered, entry.Key, reason, at, Later(at, confirmedAt), at, HasPosition: true, position));
    }

    private void Exit(ref Entry entry, Instant at, Instant confirmedAt, GeoPoint? position, GeofenceReason reason, List<Passage> passages)
    {
        Instant left = Later(at, entry.EnteredAt);
        entry.DwellAt = Instant.Max;
        _inside = null;
        passages.Add(new Passage(
            PassageKind.Exited, entry.Key, reason, left, Later(left, confirmedAt), entry.EnteredAt, position is not null, position.GetValueOrDefault()));
    }

    private static void Dwell(ref Entry entry, Instant confirmedAt, List<Passage> passages)
    {
        passages.Add(new Passage(
            PassageKind.Dwelled, entry.Key, GeofenceReason.Movement, entry.DwellAt, Later(entry.DwellAt, confirmedAt), entry.EnteredAt, HasPosition: false, default));
        entry.Dwelled = true;
        entry.DwellAt = Instant.Max;
    }
}

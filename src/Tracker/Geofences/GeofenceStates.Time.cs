using Tracking.Contracts;

namespace Tracking.Tracker;

public sealed partial class GeofenceStates
{
    /// <summary>Says what time alone decides: dwelling, silence after a pending change, and schedules that open or close.</summary>
    /// <param name="deviceNow">The present by the device's clock.</param>
    /// <param name="newest">The newest accepted fix; its position goes into the events.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="output">Takes events.</param>
    public void Tick(Instant deviceNow, in Fix newest, TrackerContext context, TurnOutput output)
    {
        if (deviceNow < NextTickAt) return;
        Advance(deviceNow, newest.Position, context, output);
    }

    private void Advance(Instant now, GeoPoint position, TrackerContext context, TurnOutput output)
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
                    Switch(ref entry, fence, position, output);
                    _clock = Later(_clock, due);
                }
                if (entry.Phase == Phase.Entering && entry.ConfirmAt == due) ConfirmEntry(ref entry, fence, due, output);
                else if (entry.Phase == Phase.Leaving && entry.ConfirmAt == due) ConfirmExit(ref entry, fence, due, output);
                if (entry.Phase == Phase.Inside && entry.DwellAt == due) Dwell(ref entry, due, output);
            }
            _calm = false;
            Settle();
        }
    }

    private void Switch(ref Entry entry, PreparedFence fence, GeoPoint position, TurnOutput output)
    {
        Instant at = entry.SwitchAt;
        bool open = OpenAt(fence, ref entry, at);
        switch (entry.Phase)
        {
            case Phase.Closed when open:
                Enter(ref entry, fence, at, at, position, GeofenceReason.Schedule, output);
                break;
            case Phase.Inside when !open:
                if (entry.DwellAt <= at) Dwell(ref entry, at, output);
                Exit(ref entry, at, at, position, GeofenceReason.Schedule, output);
                entry.Phase = Phase.Closed;
                break;
            case Phase.Leaving when !open:
                bool left = entry.PendingAt < at;
                Exit(ref entry, left ? entry.PendingAt : at, at, left ? entry.PendingPosition : position,
                    left ? GeofenceReason.Movement : GeofenceReason.Schedule, output);
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
        ref Entry entry, PreparedFence fence, Instant at, Instant confirmedAt, GeoPoint position, GeofenceReason reason, TurnOutput output)
    {
        entry.Phase = Phase.Inside;
        entry.EnteredAt = at;
        entry.Dwelled = false;
        entry.DwellAt = DwellAt(fence, at);
        _insideChanged = true;
        output.Events.Add(new GeofenceEntered
        {
            At = at,
            ConfirmedAt = Later(at, confirmedAt),
            Position = position,
            GeofenceKey = entry.Key,
            Reason = reason,
        });
    }

    private void Exit(ref Entry entry, Instant at, Instant confirmedAt, GeoPoint? position, GeofenceReason reason, TurnOutput output)
    {
        Instant left = Later(at, entry.EnteredAt);
        entry.DwellAt = Instant.Max;
        _insideChanged = true;
        output.Events.Add(new GeofenceExited
        {
            At = left,
            ConfirmedAt = Later(left, confirmedAt),
            EnteredAt = entry.EnteredAt,
            Position = position,
            GeofenceKey = entry.Key,
            Reason = reason,
        });
    }

    private static void Dwell(ref Entry entry, Instant confirmedAt, TurnOutput output)
    {
        output.Events.Add(new GeofenceDwelled
        {
            At = entry.DwellAt,
            ConfirmedAt = Later(entry.DwellAt, confirmedAt),
            EnteredAt = entry.EnteredAt,
            GeofenceKey = entry.Key,
        });
        entry.Dwelled = true;
        entry.DwellAt = Instant.Max;
    }
}

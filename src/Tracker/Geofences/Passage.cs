using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What a rep did at a geofence.</summary>
public enum PassageKind : byte
{
    /// <summary>Came in.</summary>
    Entered,
    /// <summary>Went out.</summary>
    Exited,
    /// <summary>Passed right through between two fixes.</summary>
    Crossed,
    /// <summary>Was inside for the fence's dwell time.</summary>
    Dwelled,
}

/// <summary>A geofence event as <see cref="GeofenceStates"/> gives it: a value, so that finding one allocates nothing.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="GeofenceKey">Where.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
/// <param name="ConfirmedAt">What proved it.</param>
/// <param name="Other">Of an exit and of dwelling: when it had entered. Of a crossing: when it left.</param>
/// <param name="HasPosition">Whether <paramref name="Position"/> is known.</param>
/// <param name="Position">Where the boundary was crossed.</param>
public readonly record struct Passage(
    PassageKind Kind, int GeofenceKey, GeofenceReason Reason, Instant At, Instant ConfirmedAt, Instant Other, bool HasPosition, GeoPoint Position)
{
    /// <summary>The event that tells it to others.</summary>
    public GeofenceEvent ToEvent()
    {
        GeoPoint? position = HasPosition ? Position : null;
        return Kind switch
        {
            PassageKind.Entered => new GeofenceEntered { At = At, ConfirmedAt = ConfirmedAt, Position = position, GeofenceKey = GeofenceKey, Reason = Reason },
            PassageKind.Exited => new GeofenceExited { At = At, ConfirmedAt = ConfirmedAt, EnteredAt = Other, Position = position, GeofenceKey = GeofenceKey, Reason = Reason },
            PassageKind.Crossed => new GeofenceCrossed { At = At, ConfirmedAt = ConfirmedAt, LeftAt = Other, Position = position, GeofenceKey = GeofenceKey, Reason = Reason },
            _ => new GeofenceDwelled { At = At, ConfirmedAt = ConfirmedAt, EnteredAt = Other, Position = position, GeofenceKey = GeofenceKey, Reason = Reason },
        };
    }
}

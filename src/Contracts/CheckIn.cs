namespace Tracking.Contracts;

/// <summary>What somebody checks in for.</summary>
public enum CheckInAction : byte
{
    /// <summary>Arrived at a customer's.</summary>
    In,
    /// <summary>Leaves the customer.</summary>
    Out,
    /// <summary>Begins to work.</summary>
    ShiftStart,
    /// <summary>Ends work.</summary>
    ShiftEnd,
}

/// <summary>A rep's word that it is somewhere, or begins or ends work; the tracker verifies it.</summary>
public readonly record struct CheckIn
{
    /// <summary>Everything optional unknown.</summary>
    public CheckIn() { }

    /// <summary>What for.</summary>
    public CheckInAction Action { get; init; }

    /// <summary>When, by the device's clock.</summary>
    public Instant At { get; init; }

    /// <summary>When the server received it.</summary>
    public Instant ReceivedAt { get; init; }

    /// <summary>At which customer's geofence; 0: none.</summary>
    public int GeofenceKey { get; init; }

    /// <summary>What the rep wrote; empty: nothing.</summary>
    public string Note { get; init; } = "";
}

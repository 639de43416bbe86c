namespace Tracking.Store;

/// <summary>The limits of the registry.</summary>
public sealed record RegistryOptions
{
    /// <summary>How many devices auto-enrolment may create.</summary>
    public int MaxEnrolledDevices { get; init; } = 200_000;

    /// <summary>How many geofences there may be.</summary>
    public int MaxGeofences { get; init; } = 200_000;

    /// <summary>How many definitions of a kind there may be.</summary>
    public int MaxDefinitions { get; init; } = 10_000;
}

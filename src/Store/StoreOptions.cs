namespace Tracking.Store;

/// <summary>Where the embedded store keeps its files, and their limits.</summary>
public sealed record StoreOptions
{
    /// <summary>The folder; created when there is none.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Limits of the journal.</summary>
    public JournalOptions Journal { get; init; } = new();

    /// <summary>Limits of the alert log.</summary>
    public AlertLogOptions Alerts { get; init; } = new();

    /// <summary>Limits of the registry.</summary>
    public RegistryOptions Registry { get; init; } = new();

    /// <summary>Limits of the audit log.</summary>
    public AuditLogOptions Audit { get; init; } = new();

    /// <summary>Limits of the quarantine.</summary>
    public QuarantineOptions Quarantine { get; init; } = new();

    /// <summary>Limits of the subscription store.</summary>
    public SubscriptionOptions Subscriptions { get; init; } = new();

    /// <summary>Limits of the track store.</summary>
    public TrackStoreOptions Tracks { get; init; } = new();
}

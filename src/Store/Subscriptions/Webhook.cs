using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>A subscription that has alerts sent to an address.</summary>
public sealed record Webhook
{
    /// <summary>Opaque, unique.</summary>
    public required string Id { get; init; }

    /// <summary>Where to: an absolute http or https address.</summary>
    public required string Url { get; init; }

    /// <summary>Kinds of alert; empty: all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Whose alerts.</summary>
    public Scope Scope { get; init; } = Scope.All;

    /// <summary>What its creator could see. An alert must lie in both scopes, also when a rep changes groups later.</summary>
    public Scope OwnerScope { get; init; } = Scope.All;

    /// <summary>Who created it.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Signs what is sent. Kept as it is, because signing needs it; never shown.</summary>
    public required string Secret { get; init; }

    /// <summary>Whether it is delivered.</summary>
    public WebhookState State { get; init; }

    /// <summary>When it was created.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>Its name as a subscriber, see <see cref="ISubscriptionStore"/>.</summary>
    public string Subscriber => "webhook:" + Id;

    /// <summary>Whether it was defined alike, kinds in the same order.</summary>
    public bool Equals(Webhook? other) =>
        other is not null && (Id, Url, Scope, OwnerScope, Owner, Secret, State, CreatedAt)
            == (other.Id, other.Url, other.Scope, other.OwnerScope, other.Owner, other.Secret, other.State, other.CreatedAt)
        && Kinds.SequenceEqual(other.Kinds);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Url, State);

    /// <summary>Without the secret, because logs show it.</summary>
    public override string ToString() => $"webhook {Id}";
}

/// <summary>Whether a webhook is delivered.</summary>
public enum WebhookState : byte
{
    /// <summary>It is.</summary>
    Active,
    /// <summary>Somebody paused it; its cursor stays where it is.</summary>
    Paused,
    /// <summary>Its target answered 410 Gone; its cursor stays where it is until somebody resumes it.</summary>
    Gone,
}

/// <summary>How far a subscriber has come.</summary>
/// <param name="Cursor">Everything up to this alert has been delivered, or put aside.</param>
/// <param name="Missed">Alerts that the log swept before they were delivered; counted over all kinds and reps.</param>
public readonly record struct SubscriberProgress(long Cursor, long Missed);

/// <summary>An alert that a webhook's target refuses although it takes others.</summary>
public sealed record DeadLetter
{
    /// <summary>Given by the store; grows.</summary>
    public long Id { get; init; }

    /// <summary>Whose.</summary>
    public required string WebhookId { get; init; }

    /// <summary>The alert's cursor.</summary>
    public required long Cursor { get; init; }

    /// <summary>The alert's id.</summary>
    public required string AlertId { get; init; }

    /// <summary>The alert as UTF-8 JSON: the log may sweep it before it is replayed.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>How the target refused it last.</summary>
    public required string Reason { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it was put aside, or refused again.</summary>
    public required Instant At { get; init; }

    /// <summary>Whether it waits to be sent again.</summary>
    public bool Replay { get; init; }
}

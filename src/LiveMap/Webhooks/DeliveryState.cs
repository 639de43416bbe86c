using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>How a webhook's delivery stands.</summary>
internal sealed record DeliveryState
{
    /// <summary>How far it has come; null: not known yet.</summary>
    public SubscriberProgress? Progress { get; init; }

    /// <summary>The target's last answer.</summary>
    public Answer? LastAnswer { get; init; }

    /// <summary>When the target last took something.</summary>
    public Instant? LastDeliveredAt { get; init; }

    /// <summary>Attempts that failed since then.</summary>
    public int Failures { get; init; }

    /// <summary>Since when attempts fail.</summary>
    public Instant? FailingSince { get; init; }

    /// <summary>When it tries again; null: it need not wait.</summary>
    public Instant? NextAttemptAt { get; init; }

    /// <summary>Whether an alert cannot be put aside because there are as many dead letters as may be.</summary>
    public bool IsFull { get; init; }

    /// <summary>
    /// <c>closed</c>: the target takes alerts, as far as is known; <c>open</c>: it does not, and is left alone until the next
    /// attempt; <c>halfOpen</c>: it is being tried again.
    /// </summary>
    public string Circuit => Failures == 0 ? "closed" : NextAttemptAt is null ? "halfOpen" : "open";
}

namespace Tracking.Store;

/// <summary>
/// Keeps webhooks, and how far every subscriber of the alert log has come. A subscriber is a name: <c>webhook:ID</c> for a
/// webhook, a word such as <c>redis</c> for a part of the server. What was answered is on disk. Every call throws
/// <see cref="StoreUnavailableException"/> while the store cannot be used; nothing has changed then.
/// </summary>
public interface ISubscriptionStore : IAsyncDisposable
{
    /// <summary>False while the store refuses to write.</summary>
    bool IsWritable { get; }

    /// <summary>All webhooks, in the order of their ids.</summary>
    ValueTask<IReadOnlyList<Webhook>> ReadWebhooksAsync(CancellationToken cancel);

    /// <summary>Adds a webhook that begins behind a cursor.</summary>
    /// <returns>False: the id is taken, or there are as many webhooks as may be.</returns>
    ValueTask<bool> AddWebhookAsync(Webhook webhook, long cursor, CancellationToken cancel);

    /// <summary>Pauses a webhook or has it go on, whatever else changes meanwhile.</summary>
    /// <returns>False: there is none with this id.</returns>
    ValueTask<bool> SetWebhookStateAsync(string id, WebhookState state, CancellationToken cancel);

    /// <summary>Changes a webhook's address, kinds, scope and secret; the rest stays.</summary>
    /// <returns>False: there is none with this id.</returns>
    ValueTask<bool> UpdateWebhookAsync(Webhook webhook, CancellationToken cancel);

    /// <summary>Deletes a webhook with its cursor and its dead letters.</summary>
    /// <returns>False: there is none with this id.</returns>
    ValueTask<bool> DeleteWebhookAsync(string id, CancellationToken cancel);

    /// <summary>How far a subscriber has come; null: it is new.</summary>
    ValueTask<SubscriberProgress?> ReadProgressAsync(string subscriber, CancellationToken cancel);

    /// <summary>Notes how far a subscriber has come.</summary>
    ValueTask SaveProgressAsync(string subscriber, SubscriberProgress progress, CancellationToken cancel);

    /// <summary>Keeps an alert as a dead letter and moves its webhook's cursor, both or neither.</summary>
    /// <returns>
    /// False: the webhook has as many dead letters as may be, or is gone; nothing has changed. Dead letters are never dropped to make room.
    /// </returns>
    ValueTask<bool> PutAsideAsync(DeadLetter letter, SubscriberProgress progress, CancellationToken cancel);

    /// <summary>How many dead letters a webhook has.</summary>
    ValueTask<int> CountDeadLettersAsync(string webhookId, CancellationToken cancel);

    /// <summary>A webhook's dead letters behind an id, oldest first.</summary>
    /// <param name="webhookId">The webhook.</param>
    /// <param name="after">Letters with a greater id.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="replayOnly">Only those that wait to be sent again.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(string webhookId, long after, int limit, bool replayOnly, CancellationToken cancel);

    /// <summary>Marks dead letters to be sent again.</summary>
    /// <param name="webhookId">The webhook.</param>
    /// <param name="ids">Which; null: all.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How many were found.</returns>
    ValueTask<int> ReplayDeadLettersAsync(string webhookId, IReadOnlyList<long>? ids, CancellationToken cancel);

    /// <summary>Replaces what is known of a dead letter after another attempt: reason, attempts, instant and mark.</summary>
    ValueTask UpdateDeadLetterAsync(DeadLetter letter, CancellationToken cancel);

    /// <summary>Deletes dead letters.</summary>
    /// <param name="webhookId">The webhook.</param>
    /// <param name="ids">Which; null: all.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How many were found.</returns>
    ValueTask<int> DeleteDeadLettersAsync(string webhookId, IReadOnlyList<long>? ids, CancellationToken cancel);

    /// <summary>How many dead letters hold a rep's alerts, all webhooks together.</summary>
    ValueTask<long> CountOfRepAsync(string repId, CancellationToken cancel);

    /// <summary>Deletes the dead letters that hold a rep's alerts, and the webhooks that are for this rep alone.</summary>
    /// <returns>How many of both there were.</returns>
    ValueTask<long> EraseRepAsync(string repId, CancellationToken cancel);

    /// <summary>
    /// Takes or extends the right to serve a subscriber, so that of several nodes one does. A store that one process holds
    /// alone keeps leases in memory: they end with the process.
    /// </summary>
    /// <param name="subscriber">Whom to serve.</param>
    /// <param name="holder">Who serves, different for each start of each node.</param>
    /// <param name="duration">Until when, unless extended.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>False: somebody else has it.</returns>
    ValueTask<bool> TryLeaseAsync(string subscriber, string holder, TimeSpan duration, CancellationToken cancel);

    /// <summary>Gives the right back before its time; does nothing when somebody else has it.</summary>
    ValueTask ReleaseAsync(string subscriber, string holder, CancellationToken cancel);
}

/// <summary>The limits of the subscription store.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>Webhooks at the most.</summary>
    public int MaxWebhooks { get; init; } = 100;

    /// <summary>Dead letters of one webhook at the most; when they are reached, the webhook waits.</summary>
    public int MaxDeadLetters { get; init; } = 10_000;
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>
/// Subscriptions in PostgreSQL, shared by all nodes: a change is a transaction of its own, and leases last by the database's
/// clock, so that of several nodes one serves a subscriber.
/// </summary>
public sealed partial class PostgresSubscriptionStore : ISubscriptionStore
{
    private readonly PostgresDatabase _database;
    private readonly SubscriptionOptions _options;
    private readonly ILogger _logger;
    private bool _failing;

    /// <summary>A store in a database, which stays the caller's to dispose.</summary>
    public PostgresSubscriptionStore(PostgresDatabase database, SubscriptionOptions options, ILogger? logger = null) =>
        (_database, _options, _logger) = (database, options, logger ?? NullLogger.Instance);

    /// <inheritdoc/>
    public bool IsWritable => !Volatile.Read(ref _failing);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Webhook>> ReadWebhooksAsync(CancellationToken cancel) => await _database.UseAsync(async (connection, token) =>
    {
        var webhooks = new List<Webhook>();
        await using NpgsqlCommand ask = connection.Command("SELECT id, url, kinds, scope, owner_scope, owner, secret, state, created_at FROM webhook ORDER BY id");
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(token);
        while (await row.ReadAsync(token)) webhooks.Add(WebhookAt(row));
        return webhooks;
    }, cancel);

    private static Webhook WebhookAt(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Url = row.GetString(1),
        Kinds = row.GetFieldValue<string[]>(2),
        Scope = ScopeAt(row, 3),
        OwnerScope = ScopeAt(row, 4),
        Owner = row.GetString(5),
        Secret = row.GetString(6),
        State = (WebhookState)row.GetInt16(7),
        CreatedAt = row.InstantAt(8),
    };

    private static Scope ScopeAt(NpgsqlDataReader row, int column) =>
        Scope.TryParse(row.GetString(column), out Scope scope) ? scope : throw new InvalidDataException($"'{row.GetString(column)}' is no scope.");

    /// <inheritdoc/>
    public async ValueTask<SubscriberProgress?> ReadProgressAsync(string subscriber, CancellationToken cancel) =>
        await _database.UseAsync(async (connection, token) =>
        {
            await using NpgsqlCommand ask = connection.Command("SELECT cursor, missed FROM progress WHERE subscriber = $1", subscriber);
            await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(token);
            return await row.ReadAsync(token) ? new SubscriberProgress(row.GetInt64(0), row.GetInt64(1)) : (SubscriberProgress?)null;
        }, cancel);

    /// <inheritdoc/>
    public async ValueTask<int> CountDeadLettersAsync(string webhookId, CancellationToken cancel) => await _database.UseAsync(async (connection, token) =>
    {
        await using NpgsqlCommand ask = connection.Command("SELECT count(*)::int FROM letter WHERE webhook = $1", webhookId);
        return (int)(await ask.ExecuteScalarAsync(token))!;
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(
        string webhookId, long after, int limit, bool replayOnly, CancellationToken cancel) => await _database.UseAsync(async (connection, token) =>
    {
        const string sql = """
            SELECT id, webhook, cursor, alert, json, reason, attempts, at, replay FROM letter
            WHERE webhook = $1 AND id > $2 AND (replay OR NOT $3) ORDER BY id LIMIT $4
            """;
        var letters = new List<DeadLetter>();
        await using NpgsqlCommand ask = connection.Command(sql, webhookId, after, replayOnly, limit);
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(token);
        while (await row.ReadAsync(token)) letters.Add(LetterAt(row));
        return letters;
    }, cancel);

    private static DeadLetter LetterAt(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        WebhookId = row.GetString(1),
        Cursor = row.GetInt64(2),
        AlertId = row.GetString(3),
        Json = row.GetFieldValue<byte[]>(4),
        Reason = row.GetString(5),
        Attempts = row.GetInt32(6),
        At = row.InstantAt(7),
        Replay = row.GetBoolean(8),
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscriptions cannot be written; deliveries go on from the last cursor that was: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}

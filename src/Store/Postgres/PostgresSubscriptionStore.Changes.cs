using Npgsql;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresSubscriptionStore
{
    private const string SaveProgressSql =
        "INSERT INTO progress(subscriber, cursor, missed) VALUES($1, $2, $3) ON CONFLICT (subscriber) DO UPDATE SET cursor = $2, missed = $3";

    /// <inheritdoc/>
    public async ValueTask<bool> AddWebhookAsync(Webhook webhook, long cursor, CancellationToken cancel) => await ChangeAsync(async (connection, token) =>
    {
        // Two nodes must not both add the last one that may be.
        await RunAsync(connection, "LOCK TABLE webhook IN SHARE ROW EXCLUSIVE MODE", token);
        const string sql = """
            INSERT INTO webhook(id, url, kinds, scope, owner_scope, owner, secret, state, created_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE (SELECT count(*) FROM webhook) < $10 ON CONFLICT DO NOTHING
            """;
        int added = await RunAsync(connection, sql, token, webhook.Id, webhook.Url, webhook.Kinds.ToArray(), webhook.Scope.ToString(), webhook.OwnerScope.ToString(),
            webhook.Owner, webhook.Secret, (short)webhook.State, webhook.CreatedAt, _options.MaxWebhooks);
        return added == 0 ? 0 : await RunAsync(connection, SaveProgressSql, token, webhook.Subscriber, cursor, 0L);
    }, cancel) > 0;

    private const string OfRep = "convert_from(json, 'UTF8')::json ->> 'repId' = $1";

    /// <inheritdoc/>
    public async ValueTask<long> CountOfRepAsync(string repId, CancellationToken cancel) => await _database.UseAsync(async (connection, token) =>
    {
        await using NpgsqlCommand ask = connection.Command($"SELECT count(*) FROM letter WHERE {OfRep}", repId);
        return (long)(await ask.ExecuteScalarAsync(token))!;
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask<long> EraseRepAsync(string repId, CancellationToken cancel) => await ChangeAsync(async (connection, token) =>
    {
        const string hooks = "FROM webhook WHERE scope = 'rep:' || $1 OR owner_scope = 'rep:' || $1";
        int erased = await RunAsync(connection, $"DELETE FROM letter WHERE {OfRep}", token, repId);
        erased += await RunAsync(connection, $"DELETE FROM progress WHERE subscriber IN (SELECT 'webhook:' || id {hooks})", token, repId);
        return erased + await RunAsync(connection, $"DELETE {hooks}", token, repId);
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask<bool> UpdateWebhookAsync(Webhook webhook, CancellationToken cancel) => await ChangeAsync(
        "UPDATE webhook SET url = $2, kinds = $3, scope = $4, secret = $5 WHERE id = $1", cancel,
        webhook.Id, webhook.Url, webhook.Kinds.ToArray(), webhook.Scope.ToString(), webhook.Secret) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> SetWebhookStateAsync(string id, WebhookState state, CancellationToken cancel) =>
        await ChangeAsync("UPDATE webhook SET state = $2 WHERE id = $1", cancel, id, (short)state) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteWebhookAsync(string id, CancellationToken cancel) => await ChangeAsync(async (connection, token) =>
    {
        // Its letters go with it.
        if (await RunAsync(connection, "DELETE FROM webhook WHERE id = $1", token, id) == 0) return 0;
        await RunAsync(connection, "DELETE FROM progress WHERE subscriber = $1", token, "webhook:" + id);
        return 1;
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask SaveProgressAsync(string subscriber, SubscriberProgress progress, CancellationToken cancel) =>
        await ChangeAsync(SaveProgressSql, cancel, subscriber, progress.Cursor, progress.Missed);

    /// <inheritdoc/>
    public async ValueTask<bool> PutAsideAsync(DeadLetter letter, SubscriberProgress progress, CancellationToken cancel) => await ChangeAsync(async (connection, token) =>
    {
        // Holds the webhook, so that it is not deleted meanwhile and its letters are counted by one at a time.
        if (await RunAsync(connection, "UPDATE webhook SET id = id WHERE id = $1", token, letter.WebhookId) == 0) return 0;
        const string sql = """
            INSERT INTO letter(webhook, cursor, alert, json, reason, attempts, at)
            SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM letter WHERE webhook = $1) < $8
            """;
        int kept = await RunAsync(connection, sql, token, letter.WebhookId, letter.Cursor, letter.AlertId, letter.Json.ToArray(), letter.Reason, letter.Attempts,
            letter.At, _options.MaxDeadLetters);
        return kept == 0 ? 0 : await RunAsync(connection, SaveProgressSql, token, "webhook:" + letter.WebhookId, progress.Cursor, progress.Missed);
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask<int> ReplayDeadLettersAsync(string webhookId, IReadOnlyList<long>? ids, CancellationToken cancel) =>
        await ChangeAsync("UPDATE letter SET replay = true WHERE webhook = $1 AND ($2::bigint[] IS NULL OR id = ANY($2))", cancel, webhookId, ids?.ToArray());

    /// <inheritdoc/>
    public async ValueTask<int> DeleteDeadLettersAsync(string webhookId, IReadOnlyList<long>? ids, CancellationToken cancel) =>
        await ChangeAsync("DELETE FROM letter WHERE webhook = $1 AND ($2::bigint[] IS NULL OR id = ANY($2))", cancel, webhookId, ids?.ToArray());

    /// <inheritdoc/>
    public async ValueTask UpdateDeadLetterAsync(DeadLetter letter, CancellationToken cancel) => await ChangeAsync(
        "UPDATE letter SET reason = $3, attempts = $4, at = $5, replay = $6 WHERE webhook = $1 AND id = $2", cancel,
        letter.WebhookId, letter.Id, letter.Reason, letter.Attempts, letter.At, letter.Replay);

    /// <inheritdoc/>
    public async ValueTask<bool> TryLeaseAsync(string subscriber, string holder, TimeSpan duration, CancellationToken cancel) => await ChangeAsync(
        """
        INSERT INTO lease(subscriber, holder, ends_at) VALUES($1, $2, clock_timestamp() + $3)
        ON CONFLICT (subscriber) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
        WHERE lease.holder = excluded.holder OR lease.ends_at <= clock_timestamp()
        """, cancel, subscriber, holder, duration) > 0;

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string subscriber, string holder, CancellationToken cancel) =>
        await ChangeAsync("DELETE FROM lease WHERE subscriber = $1 AND holder = $2", cancel, subscriber, holder);

    private Task<int> ChangeAsync(string sql, CancellationToken cancel, params object?[] values) =>
        ChangeAsync((connection, token) => RunAsync(connection, sql, token, values), cancel);

    // A result of 0 takes the change back.
    private async Task<int> ChangeAsync(Func<NpgsqlConnection, CancellationToken, Task<int>> change, CancellationToken cancel)
    {
        try
        {
            int changed = await _database.UseAsync(async (connection, token) =>
            {
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(token);
                int result = await change(connection, token);
                if (result > 0) await transaction.CommitAsync(token);
                return result;
            }, cancel);
            Volatile.Write(ref _failing, false);
            return changed;
        }
        catch (StoreUnavailableException e)
        {
            if (IsWritable) LogFailing(_logger, e.Message);
            Volatile.Write(ref _failing, true);
            throw;
        }
    }

    private static async Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel, params object?[] values)
    {
        await using NpgsqlCommand command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }
}

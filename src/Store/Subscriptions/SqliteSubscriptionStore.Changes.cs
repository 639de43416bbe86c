using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

public sealed partial class SqliteSubscriptionStore
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Webhook>> ReadWebhooksAsync(CancellationToken cancel) =>
        await _readers.ReadAsync(static (file, _) =>
        {
            var webhooks = new List<Webhook>();
            using SqliteStatement row = file.Prepare("SELECT id, url, kinds, scope, ownerScope, owner, secret, state, created FROM webhook ORDER BY id");
            while (row.Step()) webhooks.Add(ReadWebhook(row));
            return webhooks;
        }, 0, cancel);

    private static Webhook ReadWebhook(SqliteStatement row) => new()
    {
        Id = row.Text(0),
        Url = row.Text(1),
        Kinds = row.Text(2).Split(',', StringSplitOptions.RemoveEmptyEntries),
        Scope = ReadScope(row.Text(3)),
        OwnerScope = ReadScope(row.Text(4)),
        Owner = row.Text(5),
        Secret = row.Text(6),
        State = (WebhookState)row.Int32(7),
        CreatedAt = new Instant(row.Int64(8)),
    };

    private static Scope ReadScope(string text) => Scope.TryParse(text, out Scope scope) ? scope : throw new InvalidDataException($"'{text}' is no scope.");

    /// <inheritdoc/>
    public async ValueTask<bool> AddWebhookAsync(Webhook webhook, long cursor, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        if (Count(sql.CountWebhooks) >= _options.MaxWebhooks) return 0;
        sql.InsertWebhook.Bind(1, webhook.Id).Bind(2, webhook.Url).Bind(3, string.Join(',', webhook.Kinds)).Bind(4, webhook.Scope.ToString())
            .Bind(5, webhook.OwnerScope.ToString()).Bind(6, webhook.Owner).Bind(7, webhook.Secret).Bind(8, (long)webhook.State)
            .Bind(9, webhook.CreatedAt.EpochMs).Run();
        if (_file.Changes == 0) return 0;
        sql.SaveProgress.Bind(1, webhook.Subscriber).Bind(2, cursor).Bind(3, 0).Run();
        return 1;
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> UpdateWebhookAsync(Webhook webhook, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        sql.UpdateWebhook.Bind(1, webhook.Id).Bind(2, webhook.Url).Bind(3, string.Join(',', webhook.Kinds)).Bind(4, webhook.Scope.ToString())
            .Bind(5, webhook.Secret).Run();
        return _file.Changes;
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> SetWebhookStateAsync(string id, WebhookState state, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        sql.SetState.Bind(1, id).Bind(2, (long)state).Run();
        return _file.Changes;
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteWebhookAsync(string id, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        sql.DeleteLetters.Bind(1, id).Run();
        sql.DeleteProgress.Bind(1, "webhook:" + id).Run();
        sql.DeleteWebhook.Bind(1, id).Run();
        return _file.Changes;
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask<SubscriberProgress?> ReadProgressAsync(string subscriber, CancellationToken cancel) =>
        await _readers.ReadAsync(static (file, subscriber) =>
        {
            using SqliteStatement row = file.Prepare("SELECT cursor, missed FROM progress WHERE subscriber = ?");
            return row.Bind(1, subscriber).Step() ? new SubscriberProgress(row.Int64(0), row.Int64(1)) : (SubscriberProgress?)null;
        }, subscriber, cancel);

    /// <inheritdoc/>
    public async ValueTask SaveProgressAsync(string subscriber, SubscriberProgress progress, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        sql.SaveProgress.Bind(1, subscriber).Bind(2, progress.Cursor).Bind(3, progress.Missed).Run();
        return 1;
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask<bool> PutAsideAsync(DeadLetter letter, SubscriberProgress progress, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        if (Count(sql.CountLetters.Bind(1, letter.WebhookId)) >= _options.MaxDeadLetters) return 0;
        sql.InsertLetter.Bind(1, letter.WebhookId).Bind(2, letter.Cursor).Bind(3, letter.AlertId).BindBlob(4, letter.Json.Span).Bind(5, letter.Reason)
            .Bind(6, letter.Attempts).Bind(7, letter.At.EpochMs).Run();
        if (_file.Changes == 0) return 0;
        sql.SaveProgress.Bind(1, "webhook:" + letter.WebhookId).Bind(2, progress.Cursor).Bind(3, progress.Missed).Run();
        return 1;
    }, cancel) > 0;

    /// <inheritdoc/>
    public async ValueTask<int> CountDeadLettersAsync(string webhookId, CancellationToken cancel) =>
        await _readers.ReadAsync(static (file, webhookId) =>
        {
            using SqliteStatement row = file.Prepare("SELECT count(*) FROM letter WHERE webhook = ?");
            return Count(row.Bind(1, webhookId));
        }, webhookId, cancel);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(
        string webhookId, long after, int limit, bool replayOnly, CancellationToken cancel) =>
        await _readers.ReadAsync(static (file, ask) =>
        {
            var letters = new List<DeadLetter>();
            using SqliteStatement row = file.Prepare(
                "SELECT id, webhook, cursor, alert, json, reason, attempts, at, replay FROM letter WHERE webhook = ? AND id > ? AND replay >= ? ORDER BY id LIMIT ?");
            row.Bind(1, ask.webhookId).Bind(2, ask.after).Bind(3, ask.replayOnly ? 1 : 0).Bind(4, ask.limit);
            while (row.Step())
            {
                letters.Add(new DeadLetter
                {
                    Id = row.Int64(0),
                    WebhookId = row.Text(1),
                    Cursor = row.Int64(2),
                    AlertId = row.Text(3),
                    Json = row.Blob(4).ToArray(),
                    Reason = row.Text(5),
                    Attempts = row.Int32(6),
                    At = new Instant(row.Int64(7)),
                    Replay = row.Int32(8) != 0,
                });
            }
            return letters;
        }, (webhookId, after, limit, replayOnly), cancel);

    /// <inheritdoc/>
    public async ValueTask<int> ReplayDeadLettersAsync(string webhookId, IReadOnlyList<long>? ids, CancellationToken cancel) =>
        await ChangeAsync(sql => RunFor(sql.ReplayLetter, sql.ReplayLetters, webhookId, ids), cancel);

    /// <inheritdoc/>
    public async ValueTask<int> DeleteDeadLettersAsync(string webhookId, IReadOnlyList<long>? ids, CancellationToken cancel) =>
        await ChangeAsync(sql => RunFor(sql.DeleteLetter, sql.DeleteLetters, webhookId, ids), cancel);

    private int RunFor(SqliteStatement one, SqliteStatement all, string webhookId, IReadOnlyList<long>? ids)
    {
        int changed = 0;
        if (ids is null)
        {
            all.Bind(1, webhookId).Run();
            return _file.Changes;
        }
        foreach (long id in ids.Distinct())
        {
            one.Bind(1, webhookId).Bind(2, id).Run();
            changed += _file.Changes;
        }
        return changed;
    }

    /// <inheritdoc/>
    public async ValueTask UpdateDeadLetterAsync(DeadLetter letter, CancellationToken cancel) => await ChangeAsync(sql =>
    {
        sql.UpdateLetter.Bind(1, letter.WebhookId).Bind(2, letter.Id).Bind(3, letter.Reason).Bind(4, letter.Attempts).Bind(5, letter.At.EpochMs)
            .Bind(6, letter.Replay ? 1 : 0).Run();
        return _file.Changes;
    }, cancel);

    private const string OfRep = "json_extract(CAST(json AS TEXT), '$.repId') = ?1";

    /// <inheritdoc/>
    public async ValueTask<long> CountOfRepAsync(string repId, CancellationToken cancel) => await _readers.ReadAsync(static (file, repId) =>
    {
        using SqliteStatement row = file.Prepare($"SELECT count(*) FROM letter WHERE {OfRep}");
        return (long)Count(row.Bind(1, repId));
    }, repId, cancel);

    /// <inheritdoc/>
    public async ValueTask<long> EraseRepAsync(string repId, CancellationToken cancel) => await ChangeAsync(_ =>
    {
        int erased = 0;
        foreach (string sql in (string[])
            [$"DELETE FROM letter WHERE {OfRep}",
             "DELETE FROM letter WHERE webhook IN (SELECT id FROM webhook WHERE scope = 'rep:' || ?1 OR ownerScope = 'rep:' || ?1)",
             "DELETE FROM progress WHERE subscriber IN (SELECT 'webhook:' || id FROM webhook WHERE scope = 'rep:' || ?1 OR ownerScope = 'rep:' || ?1)",
             "DELETE FROM webhook WHERE scope = 'rep:' || ?1 OR ownerScope = 'rep:' || ?1"])
        {
            using SqliteStatement erase = _file.Prepare(sql);
            erase.Bind(1, repId).Run();
            erased += _file.Changes;
        }
        return erased;
    }, cancel);

    private static int Count(SqliteStatement count)
    {
        count.Step();
        int number = count.Int32(0);
        count.Reset();
        return number;
    }
}

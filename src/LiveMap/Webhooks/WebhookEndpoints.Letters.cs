using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

internal sealed partial class WebhookEndpoints
{
    private const int MaxIds = 10_000;

    private async Task ListLettersAsync(HttpContext context, Principal principal, Webhook webhook)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(100, 1000);
        long? after = query.Number("after");
        if (await query.RefusedAsync()) return;
        List<DeadLetter> letters = [.. await shared.Store.ReadDeadLettersAsync(webhook.Id, after ?? 0, limit + 1, replayOnly: false, context.RequestAborted)];
        bool isMore = letters.Count > limit;
        if (isMore) letters.RemoveAt(limit);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("deadLetters"u8);
            foreach (DeadLetter letter in letters) Write(json, letter);
            json.WriteEndArray();
            json.WriteNext(isMore ? Text(letters[^1].Id) : null);
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Text(letter.Id));
        json.WriteString("reason"u8, letter.Reason);
        json.WriteNumber("attempts"u8, letter.Attempts);
        json.WriteInstant("at"u8, letter.At);
        json.WriteBoolean("replaying"u8, letter.Replay);
        json.WritePropertyName("alert"u8);
        json.WriteRawValue(letter.Json.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);

    private async Task ReplayLettersAsync(HttpContext context, Principal principal, Webhook webhook)
    {
        (bool ok, IReadOnlyList<long>? ids) = await ReadIdsAsync(context);
        if (!ok) return;
        int count = await shared.Store.ReplayDeadLettersAsync(webhook.Id, ids, context.RequestAborted);
        await audit.AppendAsync(principal.Name, AuditAction.DeadLettersReplayed, webhook.Id, CancellationToken.None, ("count", Text(count)));
        service.Call(webhook.Id);
        await WriteCountAsync(context, "replaying", count, 202);
    }

    private async Task DeleteLettersAsync(HttpContext context, Principal principal, Webhook webhook)
    {
        (bool ok, IReadOnlyList<long>? ids) = await ReadIdsAsync(context);
        if (!ok) return;
        int count = await shared.Store.DeleteDeadLettersAsync(webhook.Id, ids, context.RequestAborted);
        await audit.AppendAsync(principal.Name, AuditAction.DeadLettersDeleted, webhook.Id, CancellationToken.None, ("count", Text(count)));
        service.Call(webhook.Id);
        await WriteCountAsync(context, "deleted", count, 200);
    }

    private static Task WriteCountAsync(HttpContext context, string name, int count, int status) => Json.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteNumber(name, count);
        json.WriteEndObject();
    }, status);

    /// <summary>Reads <c>{"ids":[…]}</c>; no body, or none of it, is all. Not ok: answered with a problem.</summary>
    private static async Task<(bool Ok, IReadOnlyList<long>? Ids)> ReadIdsAsync(HttpContext context)
    {
        if (context.Request.ContentLength is 0 || (context.Request.ContentLength is null && context.Request.ContentType is null)) return (true, null);
        JsonBody body = await JsonBody.ReadAsync(context, 1 << 20);
        if (!body.Ok) return (false, null);
        using JsonDocument document = body.Document;
        if (document.RootElement.ValueKind == JsonValueKind.Object && !document.RootElement.EnumerateObject().Any()) return (true, null);
        List<FieldError> errors = [];
        List<long> ids = ReadIds(document.RootElement, errors);
        if (errors.Count == 0) return (true, ids);
        await Problem.WriteAsync(context, 422, $"{errors[0].Field}: {errors[0].Message}.", errors);
        return (false, null);
    }

    private static List<long> ReadIds(JsonElement body, List<FieldError> errors)
    {
        List<long> ids = [];
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("ids"u8, out JsonElement array) || array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > MaxIds)
        {
            errors.Add(new("ids", $"must be an array of at most {MaxIds} ids of dead letters"));
            return ids;
        }
        int index = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && long.TryParse(item.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out long id)) ids.Add(id);
            else if (errors.Count < 100) errors.Add(new($"ids[{index}]", "must be the id of a dead letter"));
            index++;
        }
        return ids;
    }
}

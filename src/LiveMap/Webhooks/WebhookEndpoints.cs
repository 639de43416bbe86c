using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>Creates, changes and shows webhooks, for those whose scope holds the scope of the webhook's creator.</summary>
internal sealed partial class WebhookEndpoints(
    WebhookService service, WebhookReader reader, WebhookContext shared, Registry registry, AuditLog audit, LiveMapOptions options)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/webhooks", Guard.For(Need.EditOwn, ListAsync));
        routes.MapPost("/v1/webhooks", Guard.For(Need.EditOwn, CreateAsync));
        routes.MapGet("/v1/webhooks/{id}", ForOne(ReadAsync));
        routes.MapPut("/v1/webhooks/{id}", ForOne(ChangeAsync));
        routes.MapDelete("/v1/webhooks/{id}", ForOne(DeleteAsync));
        routes.MapPost("/v1/webhooks/{id}:test", ForOne(TestAsync));
        routes.MapPost("/v1/webhooks/{id}:pause", ForOne((context, principal, webhook) => SetStateAsync(context, principal, webhook, WebhookState.Paused)));
        routes.MapPost("/v1/webhooks/{id}:resume", ForOne((context, principal, webhook) => SetStateAsync(context, principal, webhook, WebhookState.Active)));
        routes.MapGet("/v1/webhooks/{id}/dead-letters", ForOne(ListLettersAsync));
        routes.MapDelete("/v1/webhooks/{id}/dead-letters", ForOne(DeleteLettersAsync));
        routes.MapPost("/v1/webhooks/{id}/dead-letters:replay", ForOne(ReplayLettersAsync));
    }

    /// <summary>A handler that gets the webhook of the address, when whoever asks may see it.</summary>
    private RequestDelegate ForOne(Func<HttpContext, Principal, Webhook, Task> handler) => Guard.For(Need.EditOwn, async (context, principal) =>
    {
        string id = (string)context.Request.RouteValues["id"]!;
        Webhook? webhook = (await VisibleAsync(principal, context.RequestAborted)).FirstOrDefault(w => w.Id == id);
        if (webhook is null) await Problem.NotFoundAsync(context, "webhook");
        else await handler(context, principal, webhook);
    });

    private async Task<IEnumerable<Webhook>> VisibleAsync(Principal principal, CancellationToken cancel) =>
        (await shared.Store.ReadWebhooksAsync(cancel)).Where(w => principal.Scope.Contains(registry, w.OwnerScope));

    private async Task ListAsync(HttpContext context, Principal principal)
    {
        Webhook[] webhooks = [.. await VisibleAsync(principal, context.RequestAborted)];
        var standings = new List<(Webhook, Standing)>();
        foreach (Webhook webhook in webhooks) standings.Add((webhook, await StandingAsync(webhook, context.RequestAborted)));
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("webhooks"u8);
            foreach ((Webhook webhook, Standing standing) in standings) Write(json, webhook, standing);
            json.WriteEndArray();
            json.WriteNext(null);
            json.WriteEndObject();
        });
    }

    private async Task CreateAsync(HttpContext context, Principal principal)
    {
        if (await ReadDraftAsync(context, principal.Scope) is not { } draft) return;
        var webhook = new Webhook
        {
            Id = "wh-" + Guid.CreateVersion7().ToString("N"),
            Url = draft.Url,
            Kinds = draft.Kinds,
            Scope = draft.Scope,
            OwnerScope = principal.Scope,
            Owner = principal.Name,
            Secret = draft.Secret ?? WebhookReader.NewSecret(),
            CreatedAt = shared.Now,
        };
        if (!await shared.Store.AddWebhookAsync(webhook, shared.Log.NewestCursor, context.RequestAborted))
        {
            await Problem.WriteAsync(context, 422, "There are as many webhooks as may be: delete one first.");
            return;
        }
        await NoteAsync(principal, AuditAction.WebhookCreated, webhook);
        await service.RefreshAsync(CancellationToken.None);
        context.Response.Headers.Location = "/v1/webhooks/" + webhook.Id;
        await WriteAsync(context, webhook, 201, showSecret: draft.Secret is null);
    }

    private Task ReadAsync(HttpContext context, Principal principal, Webhook webhook) => WriteAsync(context, webhook);

    private async Task ChangeAsync(HttpContext context, Principal principal, Webhook webhook)
    {
        if (await ReadDraftAsync(context, webhook.OwnerScope) is not { } draft) return;
        Webhook changed = webhook with { Url = draft.Url, Kinds = draft.Kinds, Scope = draft.Scope, Secret = draft.Secret ?? webhook.Secret };
        if (!await shared.Store.UpdateWebhookAsync(changed, context.RequestAborted))
        {
            await Problem.NotFoundAsync(context, "webhook");
            return;
        }
        await NoteAsync(principal, AuditAction.WebhookChanged, changed);
        await service.RefreshAsync(CancellationToken.None);
        await WriteAsync(context, changed);
    }

    private async Task DeleteAsync(HttpContext context, Principal principal, Webhook webhook)
    {
        // Paused first, so that no worker writes a cursor behind the deletion.
        await shared.Store.SetWebhookStateAsync(webhook.Id, WebhookState.Paused, context.RequestAborted);
        await service.RefreshAsync(CancellationToken.None);
        await shared.Store.DeleteWebhookAsync(webhook.Id, CancellationToken.None);
        await NoteAsync(principal, AuditAction.WebhookDeleted, webhook);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task SetStateAsync(HttpContext context, Principal principal, Webhook webhook, WebhookState state)
    {
        await shared.Store.SetWebhookStateAsync(webhook.Id, state, context.RequestAborted);
        await NoteAsync(principal, state == WebhookState.Active ? AuditAction.WebhookResumed : AuditAction.WebhookPaused, webhook);
        await service.RefreshAsync(CancellationToken.None);
        await WriteAsync(context, webhook with { State = state });
    }

    private async Task TestAsync(HttpContext context, Principal principal, Webhook webhook)
    {
        Answer answer = await shared.Sender.SendAsync(webhook, shared.Events.OfTest(webhook.Id, shared.Now), context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("accepted"u8, answer.Outcome == Outcome.Accepted);
            WriteAnswer(json, answer);
            json.WriteEndObject();
        });
    }

    /// <summary>Notes an act; of the address only the host, because the rest is often a secret.</summary>
    private ValueTask NoteAsync(Principal principal, string action, Webhook webhook) => audit.AppendAsync(principal.Name, action, webhook.Id,
        CancellationToken.None, ("host", new Uri(webhook.Url).Authority), ("kinds", string.Join(',', webhook.Kinds)), ("scope", webhook.Scope.ToString()));

    /// <summary>Reads the body; null: answered with a problem.</summary>
    private async Task<WebhookDraft?> ReadDraftAsync(HttpContext context, Scope owner)
    {
        JsonBody body = await JsonBody.ReadAsync(context, Math.Min(options.MaxBodyBytes, 64 << 10));
        if (!body.Ok) return null;
        using JsonDocument document = body.Document;
        List<FieldError> errors = [];
        WebhookDraft? draft = await reader.ReadAsync(document.RootElement, owner, errors, context.RequestAborted);
        if (draft is null) await Problem.WriteAsync(context, 422, $"{(errors[0].Field.Length == 0 ? "The body" : errors[0].Field)}: {errors[0].Message}.", errors);
        return draft;
    }

    /// <summary>What is known of a webhook's delivery beside its definition.</summary>
    private sealed record Standing(DeliveryState State, SubscriberProgress Progress, int DeadLetters);

    private async Task<Standing> StandingAsync(Webhook webhook, CancellationToken cancel)
    {
        DeliveryState state = service.StateOf(webhook.Id) ?? new DeliveryState();
        SubscriberProgress progress = state.Progress ?? await shared.Store.ReadProgressAsync(webhook.Subscriber, cancel) ?? default;
        return new(state, progress, await shared.Store.CountDeadLettersAsync(webhook.Id, cancel));
    }

    private async Task WriteAsync(HttpContext context, Webhook webhook, int status = 200, bool showSecret = false)
    {
        Standing standing = await StandingAsync(webhook, context.RequestAborted);
        await Json.WriteAsync(context, json => Write(json, webhook, standing, showSecret), status);
    }

    private void Write(Utf8JsonWriter json, Webhook webhook, Standing standing, bool showSecret = false)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, webhook.Id);
        json.WriteString("url"u8, webhook.Url);
        json.WriteStartArray("kinds"u8);
        foreach (string kind in webhook.Kinds) json.WriteStringValue(kind);
        json.WriteEndArray();
        json.WriteString("scope"u8, webhook.Scope.ToString());
        json.WriteString("createdBy"u8, webhook.Owner);
        json.WriteInstant("createdAt"u8, webhook.CreatedAt);
        if (showSecret) json.WriteString("secret"u8, webhook.Secret);
        json.WriteString("state"u8, webhook.State.ToString().ToLowerInvariant());
        WriteDelivery(json, standing);
        json.WriteEndObject();
    }

    private void WriteDelivery(Utf8JsonWriter json, Standing standing)
    {
        DeliveryState state = standing.State;
        json.WriteStartObject("delivery"u8);
        json.WriteNumber("cursor"u8, standing.Progress.Cursor);
        json.WriteNumber("lagAlerts"u8, Math.Max(0, shared.Log.NewestCursor - standing.Progress.Cursor));
        json.WriteNumber("missedAlerts"u8, standing.Progress.Missed);
        json.WriteNumber("deadLetters"u8, standing.DeadLetters);
        if (state.IsFull) json.WriteBoolean("deadLettersFull"u8, true);
        json.WriteString("circuit"u8, state.Circuit);
        json.WriteNumber("failures"u8, state.Failures);
        if (state.FailingSince is { } since) json.WriteInstant("failingSince"u8, since);
        if (state.NextAttemptAt is { } next) json.WriteInstant("nextAttemptAt"u8, next);
        if (state.LastDeliveredAt is { } delivered) json.WriteInstant("lastDeliveredAt"u8, delivered);
        if (state.LastAnswer is { } answer)
        {
            json.WriteStartObject("lastAnswer"u8);
            WriteAnswer(json, answer);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteAnswer(Utf8JsonWriter json, Answer answer)
    {
        json.WriteInstant("at"u8, answer.At);
        if (answer.Status > 0) json.WriteNumber("status"u8, answer.Status);
        json.WriteString("detail"u8, answer.Detail);
    }
}

using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>For administrators of the whole organisation: tokens, the audit log, and the erasure of people's data.</summary>
internal sealed class AdminEndpoints(Registry registry, AuditLog audit)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/tokens", Guard.For(Need.Administer, ListTokensAsync));
        routes.MapDelete("/v1/tokens/{prefix}", Guard.For(Need.Administer, RevokeTokenAsync));
        routes.MapGet("/v1/audit", Guard.For(Need.Administer, ListAuditAsync));
        routes.MapDelete("/v1/reps/{id}", Guard.For(Need.Administer, EraseRepAsync));
        routes.MapGet("/v1/erasures", Guard.For(Need.Administer, ListErasuresAsync));
    }

    private Task ListTokensAsync(HttpContext context, Principal principal) => Json.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("tokens"u8);
        foreach (ApiToken token in registry.Tokens) Write(json, token);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, ApiToken token)
    {
        json.WriteStartObject();
        json.WriteString("prefix"u8, token.Prefix);
        json.WriteString("name"u8, token.Name);
        json.WriteString("role"u8, JsonNamingPolicy.CamelCase.ConvertName(token.Role.ToString()));
        if (token.Scope.Kind != ScopeKind.All) json.WriteString("scope"u8, token.Scope.ToString());
        json.WriteInstant("createdAt"u8, token.CreatedAt);
        json.WriteEndObject();
    }

    // By the beginning alone: a name may be several tokens', and a short beginning too.
    private async Task RevokeTokenAsync(HttpContext context, Principal principal)
    {
        string prefix = context.Request.RouteValues["prefix"] as string ?? "";
        IReadOnlyList<ApiToken> found = registry.FindTokens(prefix);
        if (found.Count != 1 || found[0].Prefix != prefix)
        {
            await Problem.NotFoundAsync(context, "token");
            return;
        }
        registry.RevokeTokens(prefix, principal.Name);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ListAuditAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(100, 1000);
        long after = query.Number("after") ?? 0;
        string? action = query.Text("action");
        if (await query.RefusedAsync()) return;
        IReadOnlyList<AuditEntry> entries = await audit.ReadAsync(after, limit, action, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("entries"u8);
            foreach (AuditEntry entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("cursor"u8, entry.Cursor.ToString(CultureInfo.InvariantCulture));
                json.WriteInstant("at"u8, entry.At);
                json.WriteString("actor"u8, entry.Actor);
                json.WriteString("action"u8, entry.Action);
                json.WriteString("target"u8, entry.Target);
                json.WritePropertyName("detail"u8);
                json.WriteRawValue(entry.Detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNext(entries.Count == limit ? entries[^1].Cursor.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteEndObject();
        });
    }

    // Said twice, because it cannot be taken back.
    private async Task EraseRepAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        string? erase = query.Text("erase");
        if (erase != "true") query.Wrong("erase", "must be true: all data of the rep are erased, for ever", erase ?? "");
        if (await query.RefusedAsync()) return;
        if (context.Request.RouteValues["id"] is not string id || registry.Erase(id, principal.Name) is not { } begun)
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        await Json.WriteAsync(context, json => Write(json, begun), StatusCodes.Status202Accepted);
    }

    private Task ListErasuresAsync(HttpContext context, Principal principal) => Json.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("erasures"u8);
        foreach (Erasure erasure in registry.Erasures) Write(json, erasure);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, Erasure erasure)
    {
        json.WriteStartObject();
        json.WriteNumber("repKey"u8, erasure.RepKey);
        json.WriteInstant("requestedAt"u8, erasure.RequestedAt);
        json.WriteString("actor"u8, erasure.Actor);
        if (erasure.DoneAt is { } done) json.WriteInstant("doneAt"u8, done);
        json.WriteStartObject("counts"u8);
        foreach ((string place, long count) in erasure.Report.Counts) json.WriteNumber(place, count);
        json.WriteEndObject();
        if (erasure.Report.TrackSha256 is { } digest) json.WriteString("trackSha256"u8, digest);
        json.WriteEndObject();
    }
}

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

/// <summary>What has happened: pages of alerts, and a stream of them.</summary>
internal sealed class AlertEndpoints(Registry registry, AlertLog log, AlertStream stream)
{
    private const int Batch = 1000;

    /// <summary>Every kind of alert, as the interface names them.</summary>
    internal static readonly string[] Kinds =
    [
        "geofenceEntered", "geofenceExited", "geofenceCrossed", "geofenceDwelled", "mockSuspected", "mockCleared", "signalLost",
        "signalRestored", "visitVerified", "visitDoubted", "visitTooShort", "visitMissed", "checkInRefused", "longStop", "offArea", "overspeed",
        "batteryLow", "sos", "shiftBegan", "shiftEnded", "checkInAccepted",
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/alerts", Guard.For(Need.Read, ListAsync));
        routes.MapGet("/v1/alerts/stream", Guard.For(Need.Read, StreamAsync));
        routes.MapGet("/v1/check-ins", Guard.For(Need.Read, ListCheckInsAsync));
    }

    private async Task ListAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(500, 5000);
        AlertFilter filter = ReadFilter(query);
        long? after = query.Number("after"), latest = query.Number("latest");
        if (latest is < 1 or > 1000) query.Wrong("latest", "must lie between 1 and 1000", latest.Value.ToString(CultureInfo.InvariantCulture));
        if (await query.RefusedAsync()) return;

        List<StoredAlert> found = latest is { } count
            ? await ReadLatestAsync(principal, filter, (int)count, context.RequestAborted)
            : await ReadAsync(principal, filter, after ?? 0, log.NewestCursor, limit + 1, context.RequestAborted);
        bool isMore = latest is null && found.Count > limit;
        if (isMore) found.RemoveAt(limit);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("alerts"u8);
            foreach (StoredAlert stored in found) json.WriteRawValue(stored.Json.Span, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteNext(isMore ? found[^1].Alert.Cursor.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteEndObject();
        });
    }

    // Every verdict is an alert; here without what only alerts have.
    private async Task ListCheckInsAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(500, 5000);
        var filter = new AlertFilter
        {
            Kinds = [AlertKind.CheckInAccepted, AlertKind.CheckInRefused],
            RepId = query.Text("rep"),
            From = query.Instant("from"),
            To = query.Instant("to"),
        };
        long? after = query.Number("after");
        if (await query.RefusedAsync()) return;

        List<StoredAlert> found = await ReadAsync(principal, filter, after ?? 0, log.NewestCursor, limit + 1, context.RequestAborted);
        bool isMore = found.Count > limit;
        if (isMore) found.RemoveAt(limit);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("checkIns"u8);
            foreach (StoredAlert stored in found) WriteCheckIn(json, JsonElement.Parse(stored.Json.Span));
            json.WriteEndArray();
            json.WriteNext(isMore ? found[^1].Alert.Cursor.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteEndObject();
        });
    }

    private static void WriteCheckIn(Utf8JsonWriter json, JsonElement alert)
    {
        json.WriteStartObject();
        foreach (JsonProperty member in alert.EnumerateObject())
        {
            switch (member.Name)
            {
                case "id" or "repId" or "at" or "geofenceId" or "position" or "text":
                    member.WriteTo(json);
                    break;
                case "kind":
                    json.WriteString("verdict"u8, member.Value.GetString() == AlertKind.CheckInAccepted ? "accepted"u8 : "refused"u8);
                    break;
                case "confirmedAt":
                    json.WritePropertyName("receivedAt"u8);
                    member.Value.WriteTo(json);
                    break;
                case "data":
                    foreach (JsonProperty detail in member.Value.EnumerateObject()) detail.WriteTo(json);
                    break;
            }
        }
        json.WriteEndObject();
    }

    private async Task StreamAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        AlertFilter filter = ReadFilter(query);
        long? after = query.Number("after");
        // A browser that reconnects repeats its first address and adds where it was: the header is the newer word.
        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
        {
            if (long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long cursor)) after = cursor;
            else query.Malformed("Last-Event-ID", "must be the id of an event", last);
        }
        if (await query.RefusedAsync()) return;
        await stream.RunAsync(context, principal, filter, after);
    }

    private async Task<List<StoredAlert>> ReadAsync(Principal principal, AlertFilter filter, long after, long until, int limit, CancellationToken cancel)
    {
        List<StoredAlert> found = [];
        while (found.Count < limit && after < until)
        {
            AlertPage page = await log.ReadPageAsync(after, Math.Min(Batch, Math.Max(100, limit)), filter, cancel);
            foreach (StoredAlert stored in page.Alerts)
            {
                if (found.Count == limit || stored.Alert.Cursor > until) return found;
                if (principal.CanSee(registry, stored.Alert.RepId)) found.Add(stored);
            }
            if (page.Alerts.Count == 0) break;
            after = page.Next;
        }
        return found;
    }

    /// <summary>Reads backwards in growing steps, because the log is read forwards.</summary>
    private async Task<List<StoredAlert>> ReadLatestAsync(Principal principal, AlertFilter filter, int count, CancellationToken cancel)
    {
        long newest = log.NewestCursor, oldest = log.OldestCursor;
        for (long span = count; ; span *= 8)
        {
            long after = Math.Max(oldest, newest - span);
            List<StoredAlert> found = await ReadAsync(principal, filter, after, newest, int.MaxValue, cancel);
            if (found.Count < count && after > oldest) continue;
            if (found.Count > count) found.RemoveRange(0, found.Count - count);
            return found;
        }
    }

    private static AlertFilter ReadFilter(QueryReader query)
    {
        IReadOnlyList<string> kinds = query.Texts("kind");
        foreach (string kind in kinds)
            if (!Kinds.Contains(kind)) query.Wrong("kind", "must be a kind of alert", kind);
        return new() { Kinds = kinds, RepId = query.Text("rep"), From = query.Instant("from"), To = query.Instant("to") };
    }
}

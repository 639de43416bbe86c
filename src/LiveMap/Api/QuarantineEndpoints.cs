using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>What could not be used, for administrators.</summary>
internal sealed class QuarantineEndpoints(Quarantine quarantine)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/quarantine", Guard.For(Need.Administer, ListAsync));

    private async Task ListAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(100, 1000);
        long? before = query.Number("after");
        if (await query.RefusedAsync()) return;
        IReadOnlyList<QuarantineEntry> entries = await quarantine.ReadAsync(before, limit, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("entries"u8);
            foreach (QuarantineEntry entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, entry.Id.ToString(CultureInfo.InvariantCulture));
                json.WriteInstant("receivedAt"u8, entry.ReceivedAt);
                json.WriteString("protocol"u8, Names.Of(entry.Protocol));
                if (entry.DeviceId is { } device) json.WriteString("deviceId"u8, device);
                json.WriteString("reason"u8, entry.Reason);
                json.WriteString("detail"u8, entry.Detail);
                json.WriteBase64String("raw"u8, entry.Raw);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNext(entries.Count == limit ? entries[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteEndObject();
        });
    }
}

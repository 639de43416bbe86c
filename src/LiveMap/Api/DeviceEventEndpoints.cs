using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>What a rep's devices told of themselves: evidence for "my phone was flat".</summary>
internal sealed class DeviceEventEndpoints(Registry registry, ITrackStore tracks, TimeProvider clock)
{
    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(1);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reps/{id}/device-events", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        if (RepEndpoints.Find(context, principal, registry) is not { } rep)
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        var query = new QueryReader(context);
        int limit = query.Limit(1000, 10_000);
        Instant? from = query.Instant("from"), to = query.Instant("to");
        TrackPosition position = default;
        if (query.Text("after") is { } after && !Cursor.TryTrack(after, out position)) query.Malformed("after", "must be the next of a page", after);
        DeviceEventKind? kind = null;
        if (query.Text("kind") is { } word)
        {
            if (DeviceEventJson.TryKind(System.Text.Encoding.UTF8.GetBytes(word), out DeviceEventKind named)) kind = named;
            else query.Wrong("kind", "must be a kind of device event", word);
        }
        if (from is { } first && to is { } last && first >= last) query.Wrong("from", "must lie before to", first.ToString());
        if (await query.RefusedAsync()) return;

        Instant end = to ?? (from is null ? Instant.Now(clock) + TimeSpan.FromHours(1) : Instant.Max);
        Instant begin = from ?? (end.EpochMs - Instant.Min.EpochMs > UsualSpan.TotalMilliseconds ? end - UsualSpan : Instant.Min);
        var ask = new DeviceEventQuery(rep.Key, begin, end, kind, query.Text("after") is null ? null : position, limit);
        DeviceEventPage page = await tracks.ReadDeviceEventsAsync(ask, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("repId"u8, rep.Id);
            json.WriteStartArray("events"u8);
            foreach (DeviceEvent told in page.Events) Write(json, told);
            json.WriteEndArray();
            json.WriteNext(page.Next is { } next ? Cursor.FromTrack(next) : null);
            json.WriteEndObject();
        });
    }

    private void Write(Utf8JsonWriter json, DeviceEvent told)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, DeviceEventJson.WordOf(told.Kind));
        if (told.Name.Length > 0) json.WriteString("name"u8, told.Name);
        json.WriteInstant("at"u8, told.At);
        json.WriteInstant("receivedAt"u8, told.ReceivedAt);
        json.WriteKnown("batteryPct"u8, told.BatteryPct);
        if (told.Charging is bool charging) json.WriteBoolean("charging"u8, charging);
        if (registry.FindDevice(told.DeviceKey) is { } device) json.WriteString("deviceId"u8, device.Id);
        json.WriteString("protocol"u8, JsonNamingPolicy.CamelCase.ConvertName(told.Protocol.ToString()));
        if (told.Data is { } data)
        {
            json.WritePropertyName("data"u8);
            json.WriteRawValue(data, skipInputValidation: true);
        }
        json.WriteEndObject();
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.LiveMap.Live;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>Who there is, and where.</summary>
internal sealed class RepEndpoints(Registry registry, LiveBoard board)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/reps", Guard.For(Need.Read, ListAsync));
        routes.MapGet("/v1/reps/{id}", Guard.For(Need.Read, ReadAsync));
    }

    /// <summary>The rep of the route, when it exists and the scope shows it; otherwise null.</summary>
    public static Rep? Find(HttpContext context, Principal principal, Registry registry) =>
        context.Request.RouteValues["id"] is string id && registry.FindRep(id) is { } rep && principal.CanSee(rep) ? rep : null;

    private async Task ListAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(500, 5000);
        string? group = query.Text("group")?.Trim('/'), q = query.Text("q"), status = query.Text("status"), after = null;
        if (status is not null && !Names.AllStatuses.Contains(status)) query.Wrong("status", "must be live, stale, lost or offDuty", status);
        if (query.Text("after") is { } cursor && !Cursor.TryText(cursor, out after)) query.Malformed("after", "must be the next of a page", cursor);
        if (await query.RefusedAsync()) return;

        List<Rep> page = [];
        bool isMore = false;
        IReadOnlyList<Rep> reps = registry.Reps;
        for (int i = IndexAfter(reps, after); i < reps.Count; i++)
        {
            Rep rep = reps[i];
            if (!principal.CanSee(rep) || !Matches(rep, group, q, status)) continue;
            isMore = page.Count == limit;
            if (isMore) break;
            page.Add(rep);
        }
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("reps"u8);
            foreach (Rep rep in page) Write(json, rep);
            json.WriteEndArray();
            json.WriteNext(isMore ? Cursor.FromText(page[^1].Id) : null);
            json.WriteEndObject();
        });
    }

    private Task ReadAsync(HttpContext context, Principal principal) =>
        Find(context, principal, registry) is { } rep
            ? Json.WriteAsync(context, json => Write(json, rep))
            : Problem.NotFoundAsync(context, "rep");

    private bool Matches(Rep rep, string? group, string? q, string? status) =>
        (group is null || GroupPath.IsWithin(rep.Group, group))
        && (q is null || rep.Name.Contains(q, StringComparison.OrdinalIgnoreCase) || rep.Id.Contains(q, StringComparison.OrdinalIgnoreCase))
        && (status is null || Names.Of(StatusOf(rep.Key)) == status);

    /// <summary>A rep that was never heard of counts as lost.</summary>
    private SignalStatus StatusOf(int key) => board.TryRead(key, out RepLive live) ? live.Status : SignalStatus.Lost;

    /// <summary>Index of the first rep behind an id; reps are ordered by id.</summary>
    private static int IndexAfter(IReadOnlyList<Rep> reps, string? id)
    {
        if (id is null) return 0;
        int low = 0, high = reps.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (string.CompareOrdinal(reps[middle].Id, id) <= 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private void Write(Utf8JsonWriter json, Rep rep)
    {
        bool isKnown = board.TryRead(rep.Key, out RepLive live);
        json.WriteStartObject();
        json.WriteString("id"u8, rep.Id);
        json.WriteNumber("key"u8, rep.Key);
        json.WriteString("name"u8, rep.Name);
        json.WriteString("group"u8, rep.Group);
        json.WriteString("timeZone"u8, rep.TimeZone);
        json.WriteString("status"u8, Names.Of(isKnown ? live.Status : SignalStatus.Lost));
        json.WriteString("motion"u8, Names.Of(isKnown ? live.Motion : Motion.Unknown));
        if (isKnown) WriteLive(json, live);
        else
        {
            json.WriteNumber("mockScore"u8, 0);
            json.WriteStartArray("insideGeofences"u8);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private void WriteLive(Utf8JsonWriter json, in RepLive live)
    {
        if (live.HeardAt != default) json.WriteInstant("heardAt"u8, live.HeardAt);
        if (live.HasPosition)
        {
            json.WriteStartObject("position"u8);
            json.WriteInstant("fixedAt"u8, live.FixedAt);
            json.WritePoint(live.Position);
            json.WriteKnown("accuracyM"u8, live.AccuracyM);
            json.WriteKnown("speedMps"u8, live.SpeedMps);
            json.WriteKnown("courseDeg"u8, live.CourseDeg);
            json.WriteEndObject();
        }
        json.WriteKnown("batteryPct"u8, live.BatteryPct);
        json.WriteNumber("mockScore"u8, Math.Round(live.MockScore, 3));
        json.WriteStartArray("insideGeofences"u8);
        foreach (int key in live.InsideGeofences)
            if (registry.FindGeofence(key) is { } fence) json.WriteStringValue(fence.Id);
        json.WriteEndArray();
    }
}

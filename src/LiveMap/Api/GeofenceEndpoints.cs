using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Api;

/// <summary>Geofences as GeoJSON.</summary>
internal sealed class GeofenceEndpoints(Registry registry, FenceWriter writer, GeofenceImport import, LiveMapOptions options)
{
    private const string GeoJson = "application/geo+json";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/geofences", Guard.For(Need.Read, ListAsync));
        routes.MapPost("/v1/geofences", Guard.For(Need.Edit, CreateAsync));
        routes.MapPost("/v1/geofences:import", Guard.For(Need.Edit, (context, _) => import.RunAsync(context)));
        routes.MapGet("/v1/geofences/{id}", Guard.For(Need.Read, ReadAsync));
        routes.MapPut("/v1/geofences/{id}", Guard.For(Need.Edit, PutAsync));
        routes.MapDelete("/v1/geofences/{id}", Guard.For(Need.Edit, DeleteAsync));
    }

    private async Task ListAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        int limit = query.Limit(1000, 10_000);
        string? after = null, q = query.Text("q"), purpose = query.Text("purpose");
        if (purpose is not null && !Enum.TryParse<GeofencePurpose>(purpose, ignoreCase: true, out _)) query.Wrong("purpose", "must be a purpose", purpose);
        if (query.Text("after") is { } cursor && !Cursor.TryText(cursor, out after)) query.Malformed("after", "must be the next of a page", cursor);
        if (await query.RefusedAsync()) return;

        List<Geofence> page = [];
        bool isMore = false;
        foreach (Geofence fence in registry.Geofences)
        {
            if (after is not null && string.CompareOrdinal(fence.Id, after) <= 0) continue;
            if (!Matches(fence, q, purpose) || !principal.CanSee(registry, fence)) continue;
            isMore = page.Count == limit;
            if (isMore) break;
            page.Add(fence);
        }
        await Json.WriteAsync(context, json => WriteCollection(json, page, isMore ? Cursor.FromText(page[^1].Id) : null), contentType: GeoJson);
    }

    private Task ReadAsync(HttpContext context, Principal principal)
    {
        if (registry.FindGeofence(IdOf(context)) is not { } fence || !principal.CanSee(registry, fence)) return Problem.NotFoundAsync(context, "geofence");
        string tag = TagOf(fence);
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && (known == "*" || known.Contains(tag, StringComparison.Ordinal)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        return Json.WriteAsync(context, json => GeofenceJson.Write(json, fence), contentType: GeoJson);
    }

    private async Task CreateAsync(HttpContext context, Principal principal)
    {
        if (await ReadBodyAsync(context) is not { } body) return;
        if (FindTwin(body.Fences) is { } twin)
        {
            await Problem.WriteAsync(context, 422, "Two geofences have the same id.", [new("features", "ids must differ", twin)]);
            return;
        }
        (FenceWriteResult result, IReadOnlyList<Geofence> stored) = await writer.PutAsync(body.Fences, mustBeNew: true, null, context.RequestAborted);
        if (result != FenceWriteResult.Done)
        {
            await RefuseAsync(context, result, "A geofence with this id exists already; change it with PUT.");
        }
        else if (body.IsCollection)
        {
            await Json.WriteAsync(context, json => WriteCollection(json, stored, null), 201, GeoJson);
        }
        else
        {
            context.Response.Headers.Location = "/v1/geofences/" + Uri.EscapeDataString(stored[0].Id);
            context.Response.Headers.ETag = TagOf(stored[0]);
            await Json.WriteAsync(context, json => GeofenceJson.Write(json, stored[0]), 201, GeoJson);
        }
    }

    private async Task PutAsync(HttpContext context, Principal principal)
    {
        string id = IdOf(context);
        if (!Conditions.TryRead(context, out long? expected)) { await Conditions.RefuseAsync(context); return; }
        if (await ReadBodyAsync(context, id) is not { } body) return;
        if (body.IsCollection || body.Fences[0].Id != id)
        {
            await Problem.WriteAsync(context, 422, "The body must be the one Feature of this address.",
                [new("properties.id", "must be the id in the address, or be left out", body.IsCollection ? null : body.Fences[0].Id)]);
            return;
        }
        if (context.Request.Headers.IfMatch == "*" && registry.FindGeofence(id) is null)
        {
            await RefuseAsync(context, FenceWriteResult.Conflict, "There is no such geofence.");
            return;
        }
        (FenceWriteResult result, IReadOnlyList<Geofence> stored) =
            await writer.PutAsync(body.Fences, mustBeNew: expected == 0, expected, context.RequestAborted);
        if (result != FenceWriteResult.Done)
        {
            await RefuseAsync(context, result, "The geofence has another version than If-Match says.");
            return;
        }
        context.Response.Headers.ETag = TagOf(stored[0]);
        await Json.WriteAsync(context, json => GeofenceJson.Write(json, stored[0]), stored[0].Version == 1 ? 201 : 200, GeoJson);
    }

    private async Task DeleteAsync(HttpContext context, Principal principal)
    {
        if (!Conditions.TryRead(context, out long? expected)) { await Conditions.RefuseAsync(context); return; }
        FenceWriteResult result = await writer.DeleteAsync(IdOf(context), expected, context.RequestAborted);
        if (result == FenceWriteResult.Done) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await RefuseAsync(context, result, "The geofence has another version than If-Match says.");
    }

    /// <summary>Reads a feature or a collection; null: answered with a problem.</summary>
    private async Task<(IReadOnlyList<Geofence> Fences, bool IsCollection)?> ReadBodyAsync(HttpContext context, string? usualId = null)
    {
        JsonBody body = await JsonBody.ReadAsync(context, options.MaxBodyBytes);
        if (!body.Ok) return null;
        using JsonDocument document = body.Document;
        if (!GeofenceJson.TryReadAll(document.RootElement, out IReadOnlyList<Geofence> fences, out IReadOnlyList<FieldError> errors))
        {
            await Problem.WriteAsync(context, 422, $"{(errors[0].Field.Length == 0 ? "The body" : errors[0].Field)}: {errors[0].Message}.", errors);
            return null;
        }
        bool isCollection = document.RootElement.TryGetProperty("features"u8, out _);
        for (int i = 0; i < fences.Count; i++)
        {
            if (FaultOf(fences[i]) is not { } fault) continue;
            string field = isCollection ? $"features[{i}].{fault.Field}" : fault.Field;
            await Problem.WriteAsync(context, 422, $"{field}: {fault.Message}.", [fault with { Field = field }]);
            return null;
        }
        return ([.. fences.Select(fence => fence.Id.Length == 0 ? fence with { Id = usualId ?? NewId() } : fence)], isCollection);
    }

    /// <summary>Why trackers could not watch a geofence; null: they can.</summary>
    internal static FieldError? FaultOf(Geofence fence)
    {
        ShapeFault? fault = GeoShapes.Validate(fence.Shape) ?? (fence.Schedule is { } schedule ? GeoShapes.Validate(schedule) : null);
        if (fault is null) return null;
        return new(fault.Field.StartsWith("geometry", StringComparison.Ordinal) ? fault.Field : "properties." + fault.Field, fault.Reason);
    }

    /// <summary>An id for a geofence whose owner gave none.</summary>
    internal static string NewId() => "gf-" + Guid.CreateVersion7().ToString("N");

    private static Task RefuseAsync(HttpContext context, FenceWriteResult result, string conflict) => result switch
    {
        FenceWriteResult.Conflict => Problem.WriteAsync(context, 409, conflict),
        FenceWriteResult.Elsewhere => Problem.WriteAsync(context, 409, "This node serves viewers only. Change geofences at a node that tracks reps."),
        FenceWriteResult.Missing => Problem.NotFoundAsync(context, "geofence"),
        FenceWriteResult.TooLarge => Problem.WriteAsync(context, 422, "A geofence is too large.", [new("geometry", "must take at most 8 MiB as JSON")]),
        _ => Problem.WriteAsync(context, 503, "The geofence is kept, but the journal takes no change now; trackers will know it later."),
    };

    private static string? FindTwin(IReadOnlyList<Geofence> fences)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return fences.FirstOrDefault(fence => !seen.Add(fence.Id))?.Id;
    }

    private static bool Matches(Geofence fence, string? q, string? purpose) =>
        (q is null || fence.Name.Contains(q, StringComparison.OrdinalIgnoreCase) || fence.Id.Contains(q, StringComparison.OrdinalIgnoreCase))
        && (purpose is null || fence.Purpose.ToString().Equals(purpose, StringComparison.OrdinalIgnoreCase));

    private static void WriteCollection(Utf8JsonWriter json, IReadOnlyList<Geofence> fences, string? next)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "FeatureCollection"u8);
        json.WriteStartArray("features"u8);
        foreach (Geofence fence in fences) GeofenceJson.Write(json, fence);
        json.WriteEndArray();
        json.WriteNext(next);
        json.WriteEndObject();
    }

    private static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static string TagOf(Geofence fence) => string.Create(CultureInfo.InvariantCulture, $"\"{fence.Version}\"");
}

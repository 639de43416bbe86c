using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;
using Tracking.LiveMap.Http;

namespace Tracking.LiveMap.Api;

/// <summary>
/// Takes thousands of geofences at once: those that are right are created or replaced, the others are reported one by
/// one. The report is written while the work goes on.
/// </summary>
internal sealed class GeofenceImport(FenceWriter writer, LiveMapOptions options) : IDisposable
{
    private const int Chunk = 500;

    /// <summary>Large geofences go in smaller chunks, so that one never fills the journal's queue.</summary>
    private const int ChunkBytes = 4 << 20;

    private const int MaxReported = 1000;

    /// <summary>One at a time: a document of the largest size takes some hundred megabytes while it is read.</summary>
    private readonly SemaphoreSlim _running = new(1, 1);

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();

    public async Task RunAsync(HttpContext context)
    {
        if (!await _running.WaitAsync(TimeSpan.FromSeconds(10), context.RequestAborted))
        {
            context.Response.Headers.RetryAfter = "10";
            await Problem.WriteAsync(context, 503, "Another import is running.");
            return;
        }
        try
        {
            JsonBody body = await JsonBody.ReadAsync(context, options.MaxImportBytes);
            if (!body.Ok) return;
            using JsonDocument document = body.Document;
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("features"u8, out JsonElement features)
                || features.ValueKind != JsonValueKind.Array)
            {
                await Problem.WriteAsync(context, 422, "The body must be a FeatureCollection.", [new("features", "must be an array")]);
                return;
            }
            await ImportAsync(context, features);
        }
        finally
        {
            _running.Release();
        }
    }

    private async Task ImportAsync(HttpContext context, JsonElement features)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, Json.Options);
        json.WriteStartObject();
        json.WriteStartArray("rejected"u8);
        var counts = new Counts();
        List<(int Index, Geofence Fence)> chunk = [];
        int index = 0, bytes = 0;
        foreach (JsonElement feature in features.EnumerateArray())
        {
            if (!GeofenceJson.TryRead(feature, out Geofence? fence, out IReadOnlyList<FieldError> errors)) Reject(json, counts, index, errors);
            else if (GeofenceEndpoints.FaultOf(fence) is { } fault) Reject(json, counts, index, [fault]);
            else if (!FenceWriter.FitsRecord(fence)) Reject(json, counts, index, [new("geometry", "must take at most 8 MiB as JSON")]);
            else chunk.Add((index, fence.Id.Length == 0 ? fence with { Id = GeofenceEndpoints.NewId() } : fence));
            index++;
            bytes += JsonMarshal.GetRawUtf8Value(feature).Length;
            if (chunk.Count < Chunk && bytes < ChunkBytes) continue;
            bytes = 0;
            await StoreAsync(json, counts, chunk);
            await json.FlushAsync(context.RequestAborted);
        }
        await StoreAsync(json, counts, chunk);
        json.WriteEndArray();
        json.WriteNumber("accepted"u8, counts.Accepted);
        json.WriteNumber("created"u8, counts.Created);
        json.WriteNumber("replaced"u8, counts.Accepted - counts.Created);
        json.WriteNumber("rejectedCount"u8, counts.Rejected);
        json.WriteEndObject();
    }

    private async Task StoreAsync(Utf8JsonWriter json, Counts counts, List<(int Index, Geofence Fence)> chunk)
    {
        if (chunk.Count == 0) return;
        // The last one of an id wins, as if they had come one after the other.
        Geofence[] fences = [.. chunk.GroupBy(static c => c.Fence.Id, StringComparer.Ordinal).Select(static g => g.Last().Fence)];
        (FenceWriteResult result, IReadOnlyList<Geofence> stored) = await writer.PutAsync(fences, mustBeNew: false, null, CancellationToken.None);
        if (result == FenceWriteResult.Done)
        {
            counts.Accepted += chunk.Count;
            counts.Created += stored.Count(static fence => fence.Version == 1);
        }
        else
        {
            string why = result switch
            {
                FenceWriteResult.Conflict => "there are too many geofences",
                FenceWriteResult.Elsewhere => "this node serves viewers only; import at a node that tracks reps",
                _ => "the store cannot take it now",
            };
            foreach ((int index, _) in chunk) Reject(json, counts, index, [new("", why)]);
        }
        chunk.Clear();
    }

    private static void Reject(Utf8JsonWriter json, Counts counts, int index, IReadOnlyList<FieldError> errors)
    {
        if (++counts.Rejected > MaxReported) return;
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteString("reason"u8, errors[0].Field.Length == 0 ? errors[0].Message : $"{errors[0].Field}: {errors[0].Message}");
        json.WriteStartArray("errors"u8);
        foreach (FieldError error in errors) JsonSerializer.Serialize(json, error, ContractsJsonContext.Default.FieldError);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed class Counts
    {
        public int Accepted { get; set; }

        public int Created { get; set; }

        public int Rejected { get; set; }
    }
}

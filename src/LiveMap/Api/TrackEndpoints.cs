using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>Where a rep has been: pages of JSON, or a whole export.</summary>
internal sealed class TrackEndpoints(Registry registry, ITrackStore tracks, TimeProvider clock)
{
    private const int ExportPage = 4000;
    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(1);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reps/{id}/track", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        if (RepEndpoints.Find(context, principal, registry) is not { } rep)
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        var query = new QueryReader(context);
        int limit = query.Limit(5000, 20_000);
        string format = query.Text("format") ?? "json";
        Instant? from = query.Instant("from"), to = query.Instant("to");
        TrackPosition position = default;
        string? after = query.Text("after");
        if (after is not null && !Cursor.TryTrack(after, out position)) query.Malformed("after", "must be the next of a page", after);
        ITrackExport? export = TrackExport.For(format);
        if (export is null && format != "json") query.Wrong("format", "must be json, geojson, gpx, kml or csv", format);
        if (from is { } first && to is { } last && first >= last) query.Wrong("from", "must lie before to", first.ToString());
        if (await query.RefusedAsync()) return;

        Instant end = to ?? (from is null ? Instant.Now(clock) + TimeSpan.FromHours(1) : Instant.Max);
        Instant begin = from ?? (end.EpochMs - Instant.Min.EpochMs > UsualSpan.TotalMilliseconds ? end - UsualSpan : Instant.Min);
        if (export is null) await WritePageAsync(context, rep, begin, end, after is null ? null : position, limit);
        else await ExportAsync(context, rep, begin, end, export);
    }

    private async Task WritePageAsync(HttpContext context, Rep rep, Instant from, Instant to, TrackPosition? after, int limit)
    {
        TrackPage page = await tracks.ReadTrackAsync(rep.Key, from, to, after, limit, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("repId"u8, rep.Id);
            json.WriteStartArray("fixes"u8);
            foreach (JudgedFix judged in page.Fixes) Write(json, judged);
            json.WriteEndArray();
            json.WriteNext(page.Next is { } next ? Cursor.FromTrack(next) : null);
            json.WriteEndObject();
        });
    }

    /// <summary>
    /// Streams a whole track; a store that fails after the first page breaks the connection, so that nobody takes a part
    /// for the whole.
    /// </summary>
    private async Task ExportAsync(HttpContext context, Rep rep, Instant from, Instant to, ITrackExport export)
    {
        CancellationToken cancel = context.RequestAborted;
        TrackPage page = await tracks.ReadTrackAsync(rep.Key, from, to, null, ExportPage, cancel);
        context.Response.ContentType = export.ContentType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{FileName(rep.Id)}.{export.Extension}\"";
        var text = new StringBuilder(256 << 10);
        export.Begin(text, rep);
        while (true)
        {
            export.Add(text, page.Fixes);
            if (page.Next is null) break;
            await FlushAsync(context, text);
            page = await tracks.ReadTrackAsync(rep.Key, from, to, page.Next, ExportPage, cancel);
        }
        export.End(text);
        await FlushAsync(context, text);
    }

    /// <summary>Sends what is written so far.</summary>
    internal static async Task FlushAsync(HttpContext context, StringBuilder text)
    {
        foreach (ReadOnlyMemory<char> chunk in text.GetChunks()) Encoding.UTF8.GetBytes(chunk.Span, context.Response.BodyWriter);
        text.Clear();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static string FileName(string id)
    {
        char[] name = id.ToCharArray();
        for (int i = 0; i < name.Length; i++)
            if (!char.IsAsciiLetterOrDigit(name[i]) && name[i] is not ('-' or '_')) name[i] = '_';
        return new string(name);
    }

    private static void Write(Utf8JsonWriter json, in JudgedFix judged)
    {
        Fix fix = judged.Fix;
        json.WriteStartObject();
        json.WriteInstant("fixedAt"u8, fix.FixedAt);
        json.WriteInstant("receivedAt"u8, fix.ReceivedAt);
        json.WritePoint(fix.Position);
        json.WriteKnown("altitudeM"u8, fix.AltitudeM);
        json.WriteKnown("speedMps"u8, fix.SpeedMps);
        json.WriteKnown("courseDeg"u8, fix.CourseDeg);
        json.WriteKnown("accuracyM"u8, fix.AccuracyM);
        json.WriteKnown("batteryPct"u8, fix.BatteryPct);
        if (fix.IsMock) json.WriteBoolean("mock"u8, true);
        json.WriteString("outcome"u8, Names.Of(judged.Outcome));
        json.WriteEndObject();
    }
}

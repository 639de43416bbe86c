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

/// <summary>How active reps were in spans of time: pages of JSON by rep, or a whole CSV.</summary>
internal sealed class ActivityEndpoints(Registry registry, ITrackStore tracks, TimeProvider clock)
{
    private const int MaxBuckets = 2000;
    private const int MaxRows = 100_000;
    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(1), UsualBucket = TimeSpan.FromHours(1);

    private sealed record Question(Instant From, Instant To, TimeSpan Bucket, string? After, int Limit, bool IsCsv)
    {
        public int Buckets => (int)Math.Min(int.MaxValue, Math.Ceiling((To - From) / Bucket));

        /// <summary>Reps that are read at a time, so that an answer has its limits whatever is asked.</summary>
        public int RepsAtATime => Math.Max(1, Math.Min(Limit, MaxRows / Math.Max(1, Buckets)));
    }

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reports/activity", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        Question question = Read(query);
        string? group = query.Text("group")?.Trim('/');
        if (await query.RefusedAsync()) return;
        IReadOnlyList<string> ids = query.Texts("rep");
        foreach (string id in ids)
        {
            if (registry.FindRep(id) is { } rep && principal.CanSee(rep)) continue;
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        var wanted = new HashSet<string>(ids, StringComparer.Ordinal);
        List<Rep> reps = [.. registry.Reps.Where(rep => principal.CanSee(rep)
            && (wanted.Count == 0 || wanted.Contains(rep.Id))
            && (group is null || GroupPath.IsWithin(rep.Group, group))
            && (question.After is null || string.CompareOrdinal(rep.Id, question.After) > 0))];
        if (question.IsCsv) await ExportAsync(context, question, reps);
        else await WritePageAsync(context, question, reps);
    }

    private Question Read(QueryReader query)
    {
        int limit = query.Limit(100, 1000);
        Instant? from = query.Instant("from"), to = query.Instant("to");
        TimeSpan bucket = query.Duration("bucket", UsualBucket, TimeSpan.FromMinutes(1), TimeSpan.FromDays(366));
        string format = query.Text("format") ?? "json";
        if (format is not ("json" or "csv")) query.Wrong("format", "must be json or csv", format);
        string? after = null;
        if (query.Text("after") is { } cursor && !Cursor.TryText(cursor, out after)) query.Malformed("after", "must be the next of a page", cursor);
        Instant end = to ?? (from is { } first ? first + UsualSpan : Instant.Now(clock));
        var question = new Question(from ?? end - UsualSpan, end, bucket, after, limit, format == "csv");
        if (question.From >= question.To) query.Wrong("from", "must lie before to", question.From.ToString());
        else if (question.Buckets > MaxBuckets) query.Wrong("bucket", $"must divide the time into {MaxBuckets} spans at most", query.Text("bucket") ?? "1h");
        return question;
    }

    private ValueTask<IReadOnlyList<ActivityBucket>> AskAsync(Question question, IEnumerable<Rep> reps, CancellationToken cancel) =>
        tracks.ReadActivityAsync(new ActivityQuery([.. reps.Select(r => r.Key)], question.From, question.To, question.Bucket), cancel);

    private async Task WritePageAsync(HttpContext context, Question question, List<Rep> reps)
    {
        List<Rep> page = reps.Count > question.RepsAtATime ? reps[..question.RepsAtATime] : reps;
        ILookup<int, ActivityBucket> buckets = (await AskAsync(question, page, context.RequestAborted)).ToLookup(b => b.RepKey);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteInstant("from"u8, question.From);
            json.WriteInstant("to"u8, question.To);
            json.WriteNumber("bucketS"u8, (long)question.Bucket.TotalSeconds);
            json.WriteStartArray("reps"u8);
            foreach (Rep rep in page)
            {
                json.WriteStartObject();
                json.WriteString("repId"u8, rep.Id);
                json.WriteStartArray("buckets"u8);
                foreach (ActivityBucket bucket in buckets[rep.Key]) Write(json, bucket);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNext(page.Count < reps.Count ? Cursor.FromText(page[^1].Id) : null);
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, in ActivityBucket bucket)
    {
        json.WriteStartObject();
        json.WriteInstant("beganAt"u8, bucket.BeganAt);
        json.WriteNumber("fixes"u8, bucket.Fixes);
        json.WriteNumber("accepted"u8, bucket.Accepted);
        json.WriteNumber("late"u8, bucket.Late);
        json.WriteInstant("firstFixedAt"u8, bucket.FirstFixedAt);
        json.WriteInstant("lastFixedAt"u8, bucket.LastFixedAt);
        json.WriteKnown("maxSpeedMps"u8, bucket.MaxSpeedMps);
        json.WriteEndObject();
    }

    /// <summary>Streams all reps, some at a time; a store that fails meanwhile breaks the connection, so that nobody takes a part for the whole.</summary>
    private async Task ExportAsync(HttpContext context, Question question, List<Rep> reps)
    {
        var text = new StringBuilder(64 << 10);
        text.Append("repId,beganAt,fixes,accepted,late,firstFixedAt,lastFixedAt,maxSpeedMps\r\n");
        foreach (Rep[] part in reps.Chunk(question.RepsAtATime))
        {
            Dictionary<int, string> ids = part.ToDictionary(r => r.Key, r => Quoted(r.Id));
            foreach (ActivityBucket bucket in await AskAsync(question, part, context.RequestAborted))
            {
                text.Append(ids[bucket.RepKey]).Append(',').Append(bucket.BeganAt).Append(',').Append(bucket.Fixes).Append(',').Append(bucket.Accepted)
                    .Append(',').Append(bucket.Late).Append(',').Append(bucket.FirstFixedAt).Append(',').Append(bucket.LastFixedAt)
                    .Append(',').Append(TrackExport.Text(bucket.MaxSpeedMps)).Append("\r\n");
            }
            Head(context);
            await TrackEndpoints.FlushAsync(context, text);
        }
        Head(context);
        await TrackEndpoints.FlushAsync(context, text);
    }

    // Not before the store has answered once: until then a problem can still be told.
    private static void Head(HttpContext context)
    {
        if (context.Response.HasStarted) return;
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"activity.csv\"";
    }

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

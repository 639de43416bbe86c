using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Api;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Reports;

/// <summary>Reports of teams as JSON, page by page, and as CSV, whole.</summary>
internal sealed class TeamReportEndpoints(Registry registry, TeamReports reports)
{
    private const int MaxDays = 92;

    /// <summary>Reps × days that are worked out before anything is sent.</summary>
    private const int MaxRepDays = 3100;

    private sealed record Question(TeamReport Report, DateOnly From, DateOnly To, bool ByRep, bool WithMark)
    {
        public int Days => To.DayNumber - From.DayNumber + 1;

        public ReportTable Table => ByRep ? Report.Table.OfPeriod : Report.Table;
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (TeamReport report in reports.All)
            routes.MapGet("/v1/reports/" + report.Name, Guard.For(Need.Read, (context, principal) => ReadAsync(context, principal, report)));
    }

    private async Task ReadAsync(HttpContext context, Principal principal, TeamReport report)
    {
        var query = new QueryReader(context);
        (DateOnly from, DateOnly to) = query.Days(MaxDays);
        int limit = query.Limit(100, 1000);
        string by = query.Text("by") ?? "day", format = query.Text("format") ?? "json";
        string? group = query.Text("group")?.Trim('/'), after = null;
        if (by is not ("day" or "rep")) query.Wrong("by", "must be day or rep", by);
        if (format is not ("json" or "csv")) query.Wrong("format", "must be json or csv", format);
        bool withMark = query.Flag("bom");
        if (query.Text("after") is { } cursor && !Cursor.TryText(cursor, out after)) query.Malformed("after", "must be the next of a page", cursor);
        if (await query.RefusedAsync()) return;
        if (!RepChoice.TryFind(registry, principal, query.Texts("rep"), group, out List<Rep> reps))
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        var question = new Question(report, from, to, by == "rep", withMark);
        if (after is not null) reps.RemoveAll(rep => string.CompareOrdinal(rep.Id, after) <= 0);
        int atATime = Math.Clamp(MaxRepDays / question.Days, 1, limit);
        if (format == "csv") await ExportAsync(context, question, reps, Math.Max(1, MaxRepDays / question.Days));
        else await WritePageAsync(context, question, reps, atATime);
    }

    private static async Task WritePageAsync(HttpContext context, Question question, List<Rep> reps, int atATime)
    {
        List<Rep> page = reps.Count > atATime ? reps[..atATime] : reps;
        List<ReportRow> rows = await RowsAsync(question, page, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("report"u8, question.Report.Name);
            json.WriteString("from"u8, question.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteString("to"u8, question.To.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteString("by"u8, question.ByRep ? "rep" : "day");
            json.WriteStartArray("rows"u8);
            foreach (ReportRow row in rows) question.Table.Write(json, row);
            json.WriteEndArray();
            json.WriteNext(page.Count < reps.Count ? Cursor.FromText(page[^1].Id) : null);
            json.WriteEndObject();
        });
    }

    // Some reps at a time; a store that fails meanwhile breaks the connection, so that nobody takes a part for the whole.
    private static async Task ExportAsync(HttpContext context, Question question, List<Rep> reps, int atATime)
    {
        var csv = new CsvText();
        question.Table.Head(csv);
        foreach (Rep[] part in reps.Chunk(atATime))
        {
            foreach (ReportRow row in await RowsAsync(question, part, context.RequestAborted)) ReportTable.Write(csv, row);
            CsvText.Begin(context, question.Report.Name, question.WithMark);
            await TrackEndpoints.FlushAsync(context, csv.Text);
        }
        CsvText.Begin(context, question.Report.Name, question.WithMark);
        await TrackEndpoints.FlushAsync(context, csv.Text);
    }

    private static async Task<List<ReportRow>> RowsAsync(Question question, IReadOnlyList<Rep> reps, CancellationToken cancel)
    {
        var days = new ReportRow[reps.Count][];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = RepDays.Parallelism, CancellationToken = cancel };
        await Parallel.ForAsync(0, days.Length, parallel, async (i, token) => days[i] = await question.Report.DaysOf(reps[i], question.From, question.To, token));
        return question.ByRep ? [.. days.Select(question.Report.Table.OfDays)] : [.. days.SelectMany(static rows => rows)];
    }
}

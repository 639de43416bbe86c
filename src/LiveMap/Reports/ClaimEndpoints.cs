using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Api;
using Tracking.LiveMap.Http;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>A rep's mileage claim: JSON, CSV, or the canonical text that its digest is made of.</summary>
internal sealed class ClaimEndpoints(Registry registry, ClaimService claims)
{
    private const int MaxDays = 366;

    private sealed record Question(Rep Rep, string Vehicle, DateOnly From, DateOnly To, string Format, string? Digest, bool WithMark);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reps/{id}/claims", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        if (RepEndpoints.Find(context, principal, registry) is not { } rep)
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        var query = new QueryReader(context);
        (DateOnly from, DateOnly to) = query.Days(MaxDays);
        string vehicle = query.Text("vehicle") ?? "car", format = query.Text("format") ?? "json";
        if (vehicle.Length > 64 || vehicle.Any(char.IsControl)) query.Wrong("vehicle", "must have at most 64 characters", vehicle);
        if (format is not ("json" or "csv" or "text")) query.Wrong("format", "must be json, csv or text", format);
        string? digest = query.Text("digest");
        if (digest is not null && (digest.Length != 64 || !digest.All(char.IsAsciiHexDigit))) query.Wrong("digest", "must be 64 hexadecimal digits", digest);
        bool withMark = query.Flag("bom");
        if (await query.RefusedAsync()) return;
        var question = new Question(rep, vehicle, from, to, format, digest, withMark);
        if (format == "text")
        {
            await SendTextAsync(context, question);
            return;
        }
        Claim claim = await claims.WorkOutAsync(rep, vehicle, from, to, null, context.RequestAborted);
        if (format == "csv") await SendCsvAsync(context, question, claim);
        else await Json.WriteAsync(context, json => Write(json, question, claim));
    }

    // A store that fails meanwhile breaks the connection, so that nobody takes a part for the whole.
    private async Task SendTextAsync(HttpContext context, Question question)
    {
        await claims.WorkOutAsync(question.Rep, question.Vehicle, question.From, question.To, async part =>
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = "text/plain; charset=utf-8";
                context.Response.Headers.ContentDisposition = "attachment; filename=\"claim.txt\"";
            }
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
        }, context.RequestAborted);
    }

    private static async Task SendCsvAsync(HttpContext context, Question question, Claim claim)
    {
        var csv = new CsvText();
        csv.Head("repId", "date", "vehicle", "rawM", "acceptedM", "inferredM", "stationaryM", "smoothingM", "doubtedM", "paidM", "trips", "doubtedTrips",
            "rateId", "rateVersion", "beforeM", "amount", "currency", "digest");
        foreach (ClaimDay day in claim.Days)
        {
            csv.Cell(question.Rep.Id).Cell(day.Date).Cell(question.Vehicle).Metres(day.RawM).Metres(day.AcceptedM).Metres(day.InferredM)
                .Metres(day.StationaryM).Metres(day.SmoothingM).Metres(day.DoubtedM).Cell(day.PaidM).Cell(day.Trips).Cell(day.DoubtedTrips);
            csv.Cell(day.Amount?.Rate.Id).Cell(day.Amount?.Rate.Version).Cell(day.Amount?.BeforeM)
                .Cell(day.Amount is { } amount ? ClaimText.Money(amount) : "").Cell(day.Amount?.Rate.Currency).Cell(claim.Digest).EndRow();
        }
        CsvText.Begin(context, "claim", question.WithMark);
        await TrackEndpoints.FlushAsync(context, csv.Text);
    }

    private static void Write(Utf8JsonWriter json, Question question, Claim claim)
    {
        json.WriteStartObject();
        json.WriteString("repId"u8, question.Rep.Id);
        json.WriteString("timeZone"u8, question.Rep.TimeZone);
        json.WriteString("vehicle"u8, question.Vehicle);
        json.WriteString("from"u8, Text(question.From));
        json.WriteString("to"u8, Text(question.To));
        json.WriteStartArray("days"u8);
        foreach (ClaimDay day in claim.Days) WriteDay(json, day);
        json.WriteEndArray();
        json.WriteStartObject("total"u8);
        WriteParts(json, claim.Days);
        json.WriteStartArray("amounts"u8);
        foreach ((string currency, string amount) in ClaimText.Totals(claim.Days))
        {
            json.WriteStartObject();
            json.WriteString("currency"u8, currency);
            json.WriteString("amount"u8, amount);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("rates"u8);
        foreach (MileageRate rate in claim.Terms.Days.Where(static d => d.Rate is not null).Select(static d => d.Rate!).DistinctBy(static r => r.Id)) MileageRateJson.Write(json, rate);
        json.WriteEndArray();
        json.WriteString("rounding"u8, "Each day's metres to whole metres; each day's amount is the difference of two sums since the period began, rounded to the currency's decimals, halves away from zero."u8);
        json.WriteString("optionsVersion"u8, ClaimText.VersionOf(claim.Terms.Options));
        json.WriteString("digest"u8, claim.Digest);
        if (question.Digest is { } digest) json.WriteBoolean("matches"u8, digest.Equals(claim.Digest, StringComparison.OrdinalIgnoreCase));
        json.WriteEndObject();
    }

    private static void WriteDay(Utf8JsonWriter json, ClaimDay day)
    {
        json.WriteStartObject();
        json.WriteString("date"u8, Text(day.Date));
        WriteParts(json, [day]);
        if (day.Amount is { } amount)
        {
            json.WriteStartObject("rate"u8);
            json.WriteString("id"u8, amount.Rate.Id);
            json.WriteNumber("version"u8, amount.Rate.Version);
            json.WriteEndObject();
            json.WriteNumber("beforeM"u8, amount.BeforeM);
            json.WriteString("amount"u8, ClaimText.Money(amount));
            json.WriteString("currency"u8, amount.Rate.Currency);
        }
        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, IReadOnlyList<ClaimDay> days)
    {
        double stationaryM = days.Sum(static d => d.StationaryM), doubtedM = days.Sum(static d => d.DoubtedM);
        int doubtedTrips = days.Sum(static d => d.DoubtedTrips);
        json.WriteNumber("rawM"u8, Math.Round(days.Sum(static d => d.RawM), 2));
        json.WriteNumber("acceptedM"u8, Math.Round(days.Sum(static d => d.AcceptedM), 2));
        json.WriteNumber("inferredM"u8, Math.Round(days.Sum(static d => d.InferredM), 2));
        json.WriteNumber("smoothingM"u8, Math.Round(days.Sum(static d => d.SmoothingM), 2));
        json.WriteNumber("paidM"u8, days.Sum(static d => d.PaidM));
        json.WriteNumber("trips"u8, days.Sum(static d => d.Trips));
        json.WriteStartArray("rejected"u8);
        if (stationaryM > 0) WriteRejected(json, "stationary", null, stationaryM);
        if (doubtedTrips > 0) WriteRejected(json, "mockSuspected", doubtedTrips, doubtedM);
        foreach (IGrouping<FixOutcome, OutcomeCount> outcome in days.SelectMany(static d => d.Rejected).GroupBy(static r => r.Outcome).OrderBy(static g => g.Key))
            WriteRejected(json, Names.Of(outcome.Key), outcome.Sum(static o => o.Count), null);
        json.WriteEndArray();
    }

    private static void WriteRejected(Utf8JsonWriter json, string reason, int? count, double? metres)
    {
        json.WriteStartObject();
        json.WriteString("reason"u8, reason);
        if (count is { } n) json.WriteNumber("count"u8, n);
        if (metres is { } m) json.WriteNumber("metres"u8, Math.Round(m, 2));
        json.WriteEndObject();
    }

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.LiveMap.Reports;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Api;

/// <summary>What a rep did on one day of its time zone.</summary>
internal sealed class DayEndpoints(Registry registry, RepDays days, AlertLog alerts, FenceFinder fences, VisitLog visits, VisitEndpoints visitForm, DefinitionBook<VisitPlan> plans)
{
    private const int MaxAlerts = 10_000;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reps/{id}/days/{date}", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        if (RepEndpoints.Find(context, principal, registry) is not { } rep)
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        string text = (string)context.Request.RouteValues["date"]!;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            || date.Year is < 1900 or > 9000)
        {
            await Problem.WriteAsync(context, 400, "The day must be a date such as 2026-11-22.", [new("date", "must be yyyy-MM-dd", text)]);
            return;
        }
        var day = LocalDay.Of(date, rep.TimeZone);
        DayReport report = await days.ReportAsync(rep, day, context.RequestAborted);
        List<StoredAlert> happened = await alerts.ReadEffectiveAsync(
            new AlertFilter { RepId = rep.Id, From = day.Begin, To = day.End }, MaxAlerts, context.RequestAborted);
        List<Visit> made = await visits.ReadAsync(rep, date, date, context.RequestAborted);
        await Json.WriteAsync(context, json => Write(json, rep, date, day, report, made, happened));
    }

    private void Write(Utf8JsonWriter json, Rep rep, DateOnly date, LocalDay day, DayReport report, List<Visit> made, List<StoredAlert> happened)
    {
        json.WriteStartObject();
        json.WriteString("repId"u8, rep.Id);
        json.WriteString("date"u8, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteString("timeZone"u8, rep.TimeZone);
        json.WriteInstant("beganAt"u8, day.Begin);
        json.WriteInstant("endedAt"u8, day.End);
        json.WriteNumber("rawM"u8, Math.Round(report.RawM, 2));
        json.WriteNumber("acceptedM"u8, Math.Round(report.AcceptedM, 2));
        json.WriteNumber("inferredM"u8, Math.Round(report.InferredM, 2));
        json.WriteNumber("movingS"u8, Math.Round(report.MovingS, 3));
        json.WriteNumber("stoppedS"u8, Math.Round(report.StoppedS, 3));
        WriteTrips(json, report.Trips);
        WriteStops(json, rep, report.Stops);
        WriteGaps(json, report.Gaps);
        json.WriteStartArray("visits"u8);
        foreach (Visit visit in made) VisitEndpoints.Write(json, visit, visitForm.PlanOf(plans.All, visit));
        json.WriteEndArray();
        json.WriteStartArray("alerts"u8);
        foreach (StoredAlert stored in happened) json.WriteRawValue(stored.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteStartArray("rejected"u8);
        foreach (OutcomeCount rejected in report.Rejected)
        {
            json.WriteStartObject();
            json.WriteString("outcome"u8, Names.Of(rejected.Outcome));
            json.WriteNumber("count"u8, rejected.Count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTrips(Utf8JsonWriter json, IReadOnlyList<DayTrip> trips)
    {
        json.WriteStartArray("trips"u8);
        foreach (DayTrip trip in trips)
        {
            json.WriteStartObject();
            json.WriteInstant("beganAt"u8, trip.BeganAt);
            json.WriteInstant("endedAt"u8, trip.EndedAt);
            json.WriteNumber("distanceM"u8, Math.Round(trip.DistanceM, 2));
            if (double.IsFinite(trip.MaxSpeedMps)) json.WriteNumber("maxSpeedMps"u8, Math.Round(trip.MaxSpeedMps, 2));
            json.WriteStartObject("from"u8);
            json.WritePoint(trip.From);
            json.WriteEndObject();
            json.WriteStartObject("to"u8);
            json.WritePoint(trip.To);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteStops(Utf8JsonWriter json, Rep rep, IReadOnlyList<DayStop> stops)
    {
        json.WriteStartArray("stops"u8);
        foreach (DayStop stop in stops)
        {
            json.WriteStartObject();
            json.WriteInstant("beganAt"u8, stop.BeganAt);
            json.WriteInstant("endedAt"u8, stop.EndedAt);
            json.WritePoint(stop.Position);
            json.WriteStartArray("geofenceIds"u8);
            foreach (string id in fences.Containing(stop.Position, rep)) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteGaps(Utf8JsonWriter json, IReadOnlyList<DayGap> gaps)
    {
        json.WriteStartArray("gaps"u8);
        foreach (DayGap gap in gaps)
        {
            json.WriteStartObject();
            json.WriteInstant("beganAt"u8, gap.BeganAt);
            json.WriteInstant("endedAt"u8, gap.EndedAt);
            json.WriteString("reason"u8, gap.Reason);
            json.WriteNumber("inferredM"u8, Math.Round(gap.InferredM, 2));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}

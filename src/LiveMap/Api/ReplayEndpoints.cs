using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.LiveMap.Reports;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Api;

/// <summary>Derives a day again from the stored track and says whether it gives what was told: the proof that anybody can ask for.</summary>
internal sealed class ReplayEndpoints(Registry registry, RepDays days, IServiceProvider services)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reps/{id}/days/{date}/replay", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        if (RepEndpoints.Find(context, principal, registry) is not { } rep)
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        string text = (string)context.Request.RouteValues["date"]!;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) || date.Year is < 1900 or > 9000)
        {
            await Problem.WriteAsync(context, 400, "The day must be a date such as 2026-11-22.", [new("date", "must be yyyy-MM-dd", text)]);
            return;
        }
        if (services.GetService<DayReplayer>() is not { } replay)
        {
            await Problem.WriteAsync(context, 503, "This node has no trackers; ask one that has.");
            return;
        }
        var day = LocalDay.Of(date, rep.TimeZone);
        DayReplay replayed = await replay(rep, day.Begin, day.End, context.RequestAborted);
        DayReport report = await days.ReportAsync(rep, day, context.RequestAborted);
        await Json.WriteAsync(context, json => Write(json, rep, date, replayed, report));
    }

    private static void Write(Utf8JsonWriter json, Rep rep, DateOnly date, DayReplay replayed, DayReport report)
    {
        json.WriteStartObject();
        json.WriteString("repId"u8, rep.Id);
        json.WriteString("date"u8, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteBoolean("same"u8, replayed.OnlyLogged.Count == 0 && replayed.OnlyDerived.Count == 0);
        json.WriteNumber("fixes"u8, replayed.Fixes);
        if (replayed.Until > Instant.Min) json.WriteInstant("comparedUntil"u8, replayed.Until);
        json.WriteNumber("derived"u8, replayed.Derived.Count);
        WriteAlerts(json, "onlyLogged", replayed.OnlyLogged);
        WriteAlerts(json, "onlyDerived", replayed.OnlyDerived);
        json.WriteNumber("acceptedM"u8, report.AcceptedM);
        json.WriteNumber("rawM"u8, report.RawM);
        json.WriteString("digest"u8, DigestOf(replayed.Derived, report));
        json.WriteEndObject();
    }

    private static void WriteAlerts(Utf8JsonWriter json, string name, IReadOnlyList<Alert> alerts)
    {
        json.WriteStartArray(name);
        foreach (Alert alert in alerts) JsonSerializer.Serialize(json, alert, ContractsJsonContext.Default.Alert);
        json.WriteEndArray();
    }

    /// <summary>Of every instant and every metre to the last bit: two installations with the same track and rules have the same.</summary>
    private static string DigestOf(IReadOnlyList<Alert> derived, DayReport report)
    {
        var text = new StringBuilder();
        foreach (Alert alert in derived) text.Append(CultureInfo.InvariantCulture, $"{alert.Kind} {alert.GeofenceId} {alert.At} {alert.Data.GetRawText()}\n");
        text.Append(JsonSerializer.Serialize(report, ContractsJsonContext.Default.DayReport));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

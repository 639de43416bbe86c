using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>Plans as JSON, as docs/api.md describes it. Bad content gives errors with the path of the field, never an exception.</summary>
public static class VisitPlanJson
{
    private const int MaxClassChars = 64, MaxRouteStops = 200;

    /// <summary>Reads a plan.</summary>
    /// <param name="json">The document.</param>
    /// <param name="id">Its id; a document that names another is wrong.</param>
    /// <param name="version">Its version.</param>
    /// <param name="plan">Null when something is wrong.</param>
    /// <param name="errors">What is wrong.</param>
    public static bool TryRead(JsonElement json, string id, long version, [NotNullWhen(true)] out VisitPlan? plan, out IReadOnlyList<FieldError> errors)
    {
        var found = new FieldErrors();
        var reader = new DefinitionReader(json, "", found);
        reader.Only("id", "version", "name", "validFrom", "validTo", "groups", "reps", "frequencies", "routes");
        if (reader.Text("id", GeofenceJson.MaxIdChars) is { } named && named != id) reader.Wrong("id", "must be the id in the address, or be left out", named);
        DateOnly? from = reader.Date("validFrom", needed: true), to = reader.Date("validTo");
        if (to < from) reader.Wrong("validTo", "must not lie before validFrom");
        plan = new VisitPlan
        {
            Id = id,
            Version = version,
            Name = reader.Text("name", GeofenceJson.MaxNameChars) ?? id,
            ValidFrom = from ?? default,
            ValidTo = to,
            Groups = reader.Texts("groups", GeofenceJson.MaxNameChars, isPath: true),
            Reps = reader.Texts("reps", GeofenceJson.MaxIdChars),
            Frequencies = ReadFrequencies(reader),
            Routes = ReadRoutes(reader),
        };
        if (plan.Frequencies.Count == 0 && plan.Routes.Count == 0) reader.Wrong("", "a plan has frequencies, routes or both");
        errors = found.All;
        if (errors.Count > 0) plan = null;
        return plan is not null;
    }

    /// <summary>Writes a plan.</summary>
    public static void Write(Utf8JsonWriter json, VisitPlan plan)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, plan.Id);
        json.WriteNumber("version"u8, plan.Version);
        json.WriteString("name"u8, plan.Name);
        json.WriteString("validFrom"u8, FormattableString.Invariant($"{plan.ValidFrom:yyyy-MM-dd}"));
        if (plan.ValidTo is { } to) json.WriteString("validTo"u8, FormattableString.Invariant($"{to:yyyy-MM-dd}"));
        MileageRateJson.WriteTexts(json, "groups"u8, plan.Groups);
        MileageRateJson.WriteTexts(json, "reps"u8, plan.Reps);
        json.WriteStartArray("frequencies"u8);
        foreach (VisitFrequency frequency in plan.Frequencies)
        {
            json.WriteStartObject();
            json.WriteString("class"u8, frequency.Class);
            json.WriteNumber("visits"u8, frequency.Visits);
            json.WriteString("per"u8, JsonNamingPolicy.CamelCase.ConvertName(frequency.Per.ToString()));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("routes"u8);
        foreach (PlanRoute route in plan.Routes)
        {
            json.WriteStartObject();
            json.WriteString("rep"u8, route.RepId);
            json.WriteString("weekday"u8, JsonNamingPolicy.CamelCase.ConvertName(route.Weekday.ToString()));
            MileageRateJson.WriteTexts(json, "customers"u8, route.Customers);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static List<VisitFrequency> ReadFrequencies(DefinitionReader reader)
    {
        List<VisitFrequency> frequencies = [];
        foreach (DefinitionReader item in reader.Objects("frequencies"))
        {
            item.Only("class", "visits", "per");
            string? name = item.Text("class", MaxClassChars, needed: true);
            if (name is not null && frequencies.Exists(f => f.Class == name)) item.Wrong("class", "stands there twice", name);
            PlanPeriod per = item.Choice("per", PlanPeriod.Week);
            frequencies.Add(new VisitFrequency(name ?? "", (int)(item.Whole("visits", 1, DaysOf(per)) ?? 1), per));
        }
        return frequencies;
    }

    // Visits count by day, so there cannot be more of them than the shortest period has days.
    private static long DaysOf(PlanPeriod per) => per switch { PlanPeriod.Week => 7, PlanPeriod.Fortnight => 14, PlanPeriod.Month => 28, _ => 90 };

    private static List<PlanRoute> ReadRoutes(DefinitionReader reader)
    {
        List<PlanRoute> routes = [];
        foreach (DefinitionReader item in reader.Objects("routes"))
        {
            item.Only("rep", "weekday", "customers");
            string? rep = item.Text("rep", GeofenceJson.MaxIdChars, needed: true);
            if (!item.Has("weekday")) item.Wrong("weekday", "is needed");
            DayOfWeek weekday = item.Choice("weekday", DayOfWeek.Monday);
            IReadOnlyList<string> customers = item.Texts("customers", GeofenceJson.MaxIdChars);
            if (customers.Count is 0 or > MaxRouteStops) item.Wrong("customers", $"1 to {MaxRouteStops} ids of geofences are expected");
            if (rep is not null && routes.Exists(r => r.RepId == rep && r.Weekday == weekday)) item.Wrong("weekday", "this rep has another route on it");
            routes.Add(new PlanRoute(rep ?? "", weekday, customers));
        }
        return routes;
    }
}

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

/// <summary>Visits that were made, planned or not; and how plans stand.</summary>
internal sealed class VisitEndpoints(Registry registry, VisitLog visits, DefinitionBook<VisitPlan> plans, TimeProvider clock)
{
    private const int MaxDays = 92, MaxReps = 1000, MaxStatusReps = 500;

    /// <summary>How far back the last visit at a customer's is looked for.</summary>
    private const int DaysBack = 120;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/visits", Guard.For(Need.Read, ListAsync));
        routes.MapGet("/v1/plans/{id}/status", Guard.For(Need.Read, StatusAsync));
    }

    private async Task ListAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        (DateOnly from, DateOnly to) = query.Days(MaxDays);
        string? customer = query.Text("customer"), group = query.Text("group")?.Trim('/'), after = null;
        int limit = query.Limit(100, MaxReps);
        if (query.Text("after") is { } cursor && !Cursor.TryText(cursor, out after)) query.Malformed("after", "must be the next of a page", cursor);
        if (await query.RefusedAsync()) return;
        if (!RepChoice.TryFind(registry, principal, query.Texts("rep"), group, out List<Rep> reps))
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        List<Rep> page = [.. reps.Where(rep => after is null || string.CompareOrdinal(rep.Id, after) > 0).Take(limit)];
        List<Visit> found = await visits.ReadAsync(page, from, to, context.RequestAborted);
        IReadOnlyList<VisitPlan> known = plans.All;
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("visits"u8);
            foreach (Visit visit in found)
                if (customer is null || visit.CustomerId == customer) Write(json, visit, PlanOf(known, visit));
            json.WriteEndArray();
            json.WriteNext(page.Count > 0 && page[^1] != reps[^1] ? Cursor.FromText(page[^1].Id) : null);
            json.WriteEndObject();
        });
    }

    private async Task StatusAsync(HttpContext context, Principal principal)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        if (plans.Find(id) is not { } plan || !principal.CanSee(registry, plan.Groups, plan.Reps))
        {
            await Problem.NotFoundAsync(context, "plan");
            return;
        }
        var query = new QueryReader(context);
        DateOnly? asked = query.Date("date");
        int limit = query.Limit(1000, 10_000);
        string? after = null;
        if (query.Text("after") is { } cursor && !Cursor.TryText(cursor, out after)) query.Malformed("after", "must be the next of a page", cursor);
        if (await query.RefusedAsync()) return;
        List<Rep> concerned = [.. registry.Reps.Where(plan.Concerns)];
        List<Rep> shown = [.. concerned.Where(principal.CanSee)];
        if (shown.Count > MaxStatusReps) throw new TooMuchException($"The plan concerns {shown.Count} reps; ask for the status of plans with {MaxStatusReps} at most.");
        string zone = shown.Count > 0 ? shown[0].TimeZone : "UTC";
        DateOnly date = asked ?? LocalDay.DateAt(Instant.Now(clock), zone);
        List<Visit> found = await visits.ReadAsync(shown, date.AddDays(-DaysBack), date, context.RequestAborted);
        bool isOver = LocalDay.Of(date, zone).End <= Instant.Now(clock);
        List<Geofence> customers = [.. registry.Geofences.Where(fence => fence.Purpose == GeofencePurpose.Customer && principal.CanSee(registry, fence)
            && plan.Frequencies.Any(f => f.Class == fence.Class) && shown.Exists(rep => fence.Concerns(rep))
            && (after is null || string.CompareOrdinal(fence.Id, after) > 0)).Take(limit + 1)];
        bool isMore = customers.Count > limit;
        if (isMore) customers.RemoveAt(limit);
        ILookup<string, Visit> at = found.ToLookup(static visit => visit.CustomerId, StringComparer.Ordinal);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("planId"u8, plan.Id);
            json.WriteNumber("planVersion"u8, plan.Version);
            json.WriteString("date"u8, Text(date));
            json.WriteStartArray("customers"u8);
            foreach (Geofence customer in customers)
            {
                VisitFrequency frequency = plan.Frequencies.First(f => f.Class == customer.Class);
                string? repId = PlanStatus.ResponsibleFor(plan, customer, concerned) is { } rep && principal.CanSee(rep) ? rep.Id : null;
                Write(json, customer, PlanStatus.Customer(plan, customer, frequency, repId, date, at[customer.Id], isOver));
            }
            json.WriteEndArray();
            json.WriteNext(isMore ? Cursor.FromText(customers[^1].Id) : null);
            WriteRoutes(json, plan, shown, date, found);
            json.WriteEndObject();
        });
    }

    private void WriteRoutes(Utf8JsonWriter json, VisitPlan plan, List<Rep> reps, DateOnly date, List<Visit> found)
    {
        json.WriteStartArray("routes"u8);
        foreach (Rep rep in reps)
        {
            bool isOver = LocalDay.Of(date, rep.TimeZone).End <= Instant.Now(clock);
            IReadOnlyList<RouteStop> route = PlanStatus.Route(plan, rep.Id, date, found, isOver);
            if (route.Count == 0) continue;
            json.WriteStartObject();
            json.WriteString("repId"u8, rep.Id);
            json.WriteStartArray("stops"u8);
            foreach (RouteStop stop in route)
            {
                json.WriteStartObject();
                json.WriteString("customerId"u8, stop.CustomerId);
                json.WriteString("state"u8, Word(stop.State));
                if (stop.Visit is { } visit)
                {
                    json.WriteString("verdict"u8, Word(visit.Verdict));
                    json.WriteInstant("beganAt"u8, visit.BeganAt);
                    json.WriteNumber("dwellS"u8, (visit.EndedAt - visit.BeganAt).TotalSeconds);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Geofence customer, CustomerStatus status)
    {
        json.WriteStartObject();
        json.WriteString("customerId"u8, customer.Id);
        json.WriteString("name"u8, customer.Name);
        json.WriteString("class"u8, status.Class);
        if (status.RepId is { } repId) json.WriteString("repId"u8, repId);
        json.WriteString("periodFrom"u8, Text(status.Period.Begin));
        json.WriteString("periodTo"u8, Text(status.Period.End));
        json.WriteNumber("required"u8, status.Required);
        json.WriteNumber("done"u8, status.Done);
        json.WriteNumber("tooShort"u8, status.TooShort);
        json.WriteNumber("doubted"u8, status.Doubted);
        json.WriteString("state"u8, Word(status.State));
        if (status.LastVisit is { } last) json.WriteString("lastVisit"u8, Text(last));
        if (status.DaysSinceLastVisit is { } days) json.WriteNumber("daysSinceLastVisit"u8, days);
        if (status.NextDue is { } next) json.WriteString("nextDue"u8, Text(next));
        json.WriteEndObject();
    }

    /// <summary>Writes a visit; those of a plan name it.</summary>
    internal static void Write(Utf8JsonWriter json, Visit visit, VisitPlan? plan)
    {
        json.WriteStartObject();
        json.WriteString("repId"u8, visit.RepId);
        json.WriteString("customerId"u8, visit.CustomerId);
        json.WriteString("date"u8, Text(visit.Date));
        json.WriteInstant("beganAt"u8, visit.BeganAt);
        json.WriteInstant("endedAt"u8, visit.EndedAt);
        json.WriteNumber("dwellS"u8, (visit.EndedAt - visit.BeganAt).TotalSeconds);
        json.WriteString("verdict"u8, Word(visit.Verdict));
        json.WriteBoolean("planned"u8, plan is not null);
        if (plan is not null) json.WriteString("planId"u8, plan.Id);
        json.WriteEndObject();
    }

    /// <summary>The plan that wanted a visit: the customer lies on the rep's route of that day, or its class has a frequency.</summary>
    internal VisitPlan? PlanOf(IReadOnlyList<VisitPlan> known, Visit visit)
    {
        string? kind = registry.FindGeofence(visit.CustomerId)?.Class;
        Rep? rep = registry.FindRep(visit.RepId);
        return known.FirstOrDefault(plan => plan.IsValidOn(visit.Date) && rep is not null && plan.Concerns(rep)
            && (plan.Routes.Any(r => r.RepId == visit.RepId && r.Weekday == visit.Date.DayOfWeek && r.Customers.Contains(visit.CustomerId))
                || plan.Frequencies.Any(f => f.Class == kind)));
    }

    internal static string Word<TEnum>(TEnum value) where TEnum : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

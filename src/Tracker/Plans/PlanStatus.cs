using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>How a planned visit stands.</summary>
public enum PlannedState : byte
{
    /// <summary>There is time.</summary>
    Due,
    /// <summary>There is time, but less than a visit at even intervals would have.</summary>
    Overdue,
    /// <summary>Done.</summary>
    Done,
    /// <summary>The time is over, and nobody was there long enough.</summary>
    Missed,
}

/// <summary>A customer on a rep's route of a day.</summary>
/// <param name="RepId">Whose route.</param>
/// <param name="CustomerId">Where.</param>
/// <param name="Place">Its place on the route, from 1.</param>
/// <param name="State">How it stands.</param>
/// <param name="Visit">The visit of that day that tells most: one that counts, else a doubted one, else one too short; null: none.</param>
public sealed record RouteStop(string RepId, string CustomerId, int Place, PlannedState State, Visit? Visit);

/// <summary>A customer and its class's frequency in one period.</summary>
public sealed record CustomerStatus
{
    /// <summary>Where.</summary>
    public required string CustomerId { get; init; }

    /// <summary>Its class.</summary>
    public required string Class { get; init; }

    /// <summary>Who is to visit it; null: any of the plan's reps.</summary>
    public string? RepId { get; init; }

    /// <summary>The period.</summary>
    public required DaySpan Period { get; init; }

    /// <summary>Visits that are needed; 0 where the plan is not valid for the whole period.</summary>
    public required int Required { get; init; }

    /// <summary>Days of the period with a visit that counts.</summary>
    public required int Done { get; init; }

    /// <summary>Visits of the period that were too short.</summary>
    public required int TooShort { get; init; }

    /// <summary>Visits of the period under a mock case.</summary>
    public required int Doubted { get; init; }

    /// <summary>How it stands.</summary>
    public required PlannedState State { get; init; }

    /// <summary>The last visit that counts, up to the day that is asked for.</summary>
    public DateOnly? LastVisit { get; init; }

    /// <summary>Days from the last visit to the day that is asked for; null: none is known.</summary>
    public int? DaysSinceLastVisit { get; init; }

    /// <summary>The day by which the next visit should be made, at even intervals; null: none is needed.</summary>
    public DateOnly? NextDue { get; init; }
}

/// <summary>Compares plans with visits: a pure function, so a visit that comes to light later turns what was missed into done.</summary>
public static class PlanStatus
{
    /// <summary>A rep's route of a day.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="repId">Whose.</param>
    /// <param name="date">Which day.</param>
    /// <param name="visits">The rep's visits of that day; others are passed over.</param>
    /// <param name="dayIsOver">Whether what is not done is missed.</param>
    public static IReadOnlyList<RouteStop> Route(VisitPlan plan, string repId, DateOnly date, IEnumerable<Visit> visits, bool dayIsOver)
    {
        if (!plan.IsValidOn(date) || plan.Routes.FirstOrDefault(r => r.RepId == repId && r.Weekday == date.DayOfWeek) is not { } route) return [];
        ILookup<string, Visit> at = visits.Where(v => v.RepId == repId && v.Date == date).ToLookup(static v => v.CustomerId, StringComparer.Ordinal);
        return [.. route.Customers.Select((customer, i) =>
        {
            Visit? best = at[customer].OrderBy(static v => v.Verdict).ThenByDescending(static v => v.EndedAt - v.BeganAt).FirstOrDefault();
            PlannedState state = best is { Verdict: VisitVerdict.Verified } ? PlannedState.Done : dayIsOver ? PlannedState.Missed : PlannedState.Due;
            return new RouteStop(repId, customer, i + 1, state, best);
        })];
    }

    /// <summary>A customer in the period of its class that holds a day.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="customer">The geofence.</param>
    /// <param name="frequency">Its class's frequency.</param>
    /// <param name="repId">Who is to visit it; null: anybody.</param>
    /// <param name="date">The day that is asked for; visits after it do not count.</param>
    /// <param name="visits">Visits at the customer by reps whom the plan concerns.</param>
    /// <param name="dayIsOver">Whether that day is over.</param>
    public static CustomerStatus Customer(VisitPlan plan, Geofence customer, VisitFrequency frequency, string? repId, DateOnly date, IEnumerable<Visit> visits, bool dayIsOver)
    {
        DaySpan period = PlanPeriods.Of(frequency.Per, date, plan);
        int required = plan.IsValidOn(period.Begin) && plan.IsValidOn(period.End) ? frequency.Visits : 0;
        List<Visit> known = [.. visits.Where(v => v.CustomerId == customer.Id && v.Date <= date)];
        List<Visit> within = [.. known.Where(v => period.Contains(v.Date))];
        int done = within.Where(static v => v.Verdict == VisitVerdict.Verified).Select(static v => v.Date).Distinct().Count();
        DateOnly? last = known.Where(static v => v.Verdict == VisitVerdict.Verified).Select(static v => (DateOnly?)v.Date).Max();
        DateOnly? next = NextDue(plan, frequency, period, required, done, last);
        PlannedState state = done >= required ? PlannedState.Done
            : dayIsOver && date >= period.End ? PlannedState.Missed
            : next < date ? PlannedState.Overdue : PlannedState.Due;
        return new CustomerStatus
        {
            CustomerId = customer.Id,
            Class = frequency.Class,
            RepId = repId,
            Period = period,
            Required = required,
            Done = done,
            TooShort = within.Count(static v => v.Verdict == VisitVerdict.TooShort),
            Doubted = within.Count(static v => v.Verdict == VisitVerdict.Doubted),
            State = state,
            LastVisit = last,
            DaysSinceLastVisit = last is { } day ? date.DayNumber - day.DayNumber : null,
            NextDue = next,
        };
    }

    /// <summary>
    /// Who is to visit a customer: the first rep that its geofence names and the plan concerns, else the one on whose route it
    /// lies, else the plan's only rep; null: anybody.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="customer">The geofence.</param>
    /// <param name="reps">The reps whom the plan concerns.</param>
    public static Rep? ResponsibleFor(VisitPlan plan, Geofence customer, IReadOnlyList<Rep> reps)
    {
        foreach (string id in customer.Reps)
            if (reps.FirstOrDefault(rep => rep.Id == id) is { } named) return named;
        PlanRoute? route = plan.Routes.FirstOrDefault(r => r.Customers.Contains(customer.Id));
        if (route is not null && reps.FirstOrDefault(rep => rep.Id == route.RepId) is { } onRoute) return onRoute;
        return reps.Count == 1 && customer.Concerns(reps[0]) ? reps[0] : null;
    }

    // At even intervals from the last visit, but no later than what the period still needs leaves days for.
    private static DateOnly? NextDue(VisitPlan plan, VisitFrequency frequency, DaySpan period, int required, int done, DateOnly? last)
    {
        int interval = Math.Max(1, period.Days / frequency.Visits);
        if (done >= required)
        {
            DaySpan following = PlanPeriods.Of(frequency.Per, period.End.AddDays(1), plan);
            if (!plan.IsValidOn(following.Begin) || !plan.IsValidOn(following.End)) return null;
            DateOnly even = last is { } before ? before.AddDays(interval) : following.Begin;
            return even < following.Begin ? following.Begin : even > following.End ? following.End : even;
        }
        DateOnly latest = period.End.AddDays(-(required - done - 1));
        DateOnly due = last is { } day && day >= period.Begin.AddDays(-interval) ? day.AddDays(interval) : period.Begin.AddDays(interval - 1);
        return due < latest ? due : latest;
    }
}

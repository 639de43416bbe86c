namespace Tracking.Contracts;

/// <summary>Which customers are to be visited: so often by their class, and on the fixed routes of weekdays.</summary>
public sealed record VisitPlan
{
    /// <summary>Opaque, unique among plans.</summary>
    public required string Id { get; init; }

    /// <summary>1 when created, one more with each change.</summary>
    public long Version { get; init; } = 1;

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>The first day on which it is valid.</summary>
    public required DateOnly ValidFrom { get; init; }

    /// <summary>The last day on which it is valid; null: without end.</summary>
    public DateOnly? ValidTo { get; init; }

    /// <summary>Group paths whose reps it concerns, subtree included; with <see cref="Reps"/> also empty, everybody.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Ids of reps that it concerns.</summary>
    public IReadOnlyList<string> Reps { get; init; } = [];

    /// <summary>How often customers are to be visited, each class once.</summary>
    public IReadOnlyList<VisitFrequency> Frequencies { get; init; } = [];

    /// <summary>Whom a rep visits on a weekday, each rep and weekday once.</summary>
    public IReadOnlyList<PlanRoute> Routes { get; init; } = [];

    /// <summary>Whether it is valid on a day.</summary>
    public bool IsValidOn(DateOnly day) => day >= ValidFrom && !(day > ValidTo);

    /// <summary>Whether it concerns a rep.</summary>
    public bool Concerns(Rep rep)
    {
        if ((Groups.Count == 0 && Reps.Count == 0) || Reps.Contains(rep.Id)) return true;
        foreach (string group in Groups)
            if (GroupPath.IsWithin(rep.Group, group)) return true;
        foreach (PlanRoute route in Routes)
            if (route.RepId == rep.Id) return true;
        return false;
    }
}

/// <summary>How often the customers of a class are to be visited.</summary>
/// <param name="Class">The <see cref="Geofence.Class"/>.</param>
/// <param name="Visits">Visits on different days in each period.</param>
/// <param name="Per">The period.</param>
public sealed record VisitFrequency(string Class, int Visits, PlanPeriod Per);

/// <summary>A rep's customers of a weekday.</summary>
/// <param name="RepId">Whose.</param>
/// <param name="Weekday">On which day of the week.</param>
/// <param name="Customers">Ids of geofences, in the order in which they are to be visited.</param>
public sealed record PlanRoute(string RepId, DayOfWeek Weekday, IReadOnlyList<string> Customers);

/// <summary>A period of a plan, in calendar days.</summary>
public enum PlanPeriod : byte
{
    /// <summary>Monday to Sunday.</summary>
    Week,
    /// <summary>Two weeks, counted from the Monday of the week in which the plan begins.</summary>
    Fortnight,
    /// <summary>A calendar month.</summary>
    Month,
    /// <summary>Three calendar months from January, April, July or October.</summary>
    Quarter,
}

/// <summary>A stay at a customer's, as the rules judged it.</summary>
/// <param name="RepId">Who was there.</param>
/// <param name="CustomerId">The geofence.</param>
/// <param name="Date">The day on which it began, in the rep's time zone.</param>
/// <param name="BeganAt">Its begin.</param>
/// <param name="EndedAt">Its end.</param>
/// <param name="Verdict">What the rules say of it.</param>
public sealed record Visit(string RepId, string CustomerId, DateOnly Date, Instant BeganAt, Instant EndedAt, VisitVerdict Verdict);

/// <summary>What the rules say of a visit.</summary>
public enum VisitVerdict : byte
{
    /// <summary>It counts.</summary>
    Verified,
    /// <summary>Long enough, but a mock case was open: it does not count.</summary>
    Doubted,
    /// <summary>Too short to count.</summary>
    TooShort,
}

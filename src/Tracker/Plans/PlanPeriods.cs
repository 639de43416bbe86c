using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Days that belong together, both ends included.</summary>
/// <param name="Begin">The first.</param>
/// <param name="End">The last.</param>
public readonly record struct DaySpan(DateOnly Begin, DateOnly End)
{
    /// <summary>How many days.</summary>
    public int Days => End.DayNumber - Begin.DayNumber + 1;

    /// <summary>Whether a day belongs to it.</summary>
    public bool Contains(DateOnly day) => day >= Begin && day <= End;
}

/// <summary>The calendar of plans.</summary>
public static class PlanPeriods
{
    /// <summary>The period of a plan in which a day lies.</summary>
    public static DaySpan Of(PlanPeriod per, DateOnly day, VisitPlan plan)
    {
        switch (per)
        {
            case PlanPeriod.Month:
                return Months(new DateOnly(day.Year, day.Month, 1), 1);
            case PlanPeriod.Quarter:
                return Months(new DateOnly(day.Year, ((day.Month - 1) / 3 * 3) + 1, 1), 3);
            case PlanPeriod.Fortnight:
                int days = MondayOf(day).DayNumber - MondayOf(plan.ValidFrom).DayNumber;
                DateOnly begin = MondayOf(day).AddDays((days / 7 & 1) == 0 ? 0 : -7);
                return new DaySpan(begin, begin.AddDays(13));
            default:
                return new DaySpan(MondayOf(day), MondayOf(day).AddDays(6));
        }
    }

    private static DaySpan Months(DateOnly begin, int count) => new(begin, begin.AddMonths(count).AddDays(-1));

    private static DateOnly MondayOf(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
}

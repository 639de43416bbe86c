using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Derives day reports from fixes.</summary>
public static class DayReports
{
    /// <summary>Derives the report of one day.</summary>
    /// <param name="fixes">The track around the day, ordered by <see cref="Fix.FixedAt"/>; fixes outside the day give context only.</param>
    /// <param name="begin">The day's first instant in the rep's time zone.</param>
    /// <param name="end">The next day's first instant.</param>
    /// <param name="options">The parameters of the rules.</param>
    public static DayReport Derive(IReadOnlyList<JudgedFix> fixes, Instant begin, Instant end, TrackerOptions options) =>
        throw new NotImplementedException();
}

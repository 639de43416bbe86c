using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>A day of a time zone as two instants; between 23 and 25 hours long where clocks change.</summary>
/// <param name="Begin">Its first instant.</param>
/// <param name="End">The next day's first instant.</param>
public readonly record struct LocalDay(Instant Begin, Instant End)
{
    /// <summary>Finds a day; a zone that this machine does not know is taken as UTC.</summary>
    public static LocalDay Of(DateOnly date, string timeZone)
    {
        TimeZoneInfo zone = ZoneOf(timeZone);
        return new(FirstInstant(date, zone), FirstInstant(date.AddDays(1), zone));
    }

    /// <summary>The day in which an instant lies.</summary>
    public static DateOnly DateAt(Instant at, string timeZone)
    {
        TimeZoneInfo zone = ZoneOf(timeZone);
        DateOnly date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at.ToDateTimeOffset(), zone).DateTime);
        // Where the clocks go back over midnight, the day's second beginning belongs to the new day all the same.
        return at >= FirstInstant(date.AddDays(1), zone) ? date.AddDays(1) : date;
    }

    private static TimeZoneInfo ZoneOf(string timeZone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out TimeZoneInfo? found) ? found : TimeZoneInfo.Utc;

    /// <summary>Midnight; where the clocks skip it, the first moment behind the gap; where it comes twice, the earlier one.</summary>
    private static Instant FirstInstant(DateOnly date, TimeZoneInfo zone)
    {
        var local = date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        TimeSpan offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new(new DateTimeOffset(local.Ticks, TimeSpan.Zero).ToUnixTimeMilliseconds() - (long)offset.TotalMilliseconds);
    }
}

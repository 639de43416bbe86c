using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// A weekly schedule on the line of instants. Where clocks are put forward, a time that is left out counts as the same
/// time by the old offset; where they are put back, a window begins at the first and ends at the second of the two.
/// An unknown time zone counts as UTC; <see cref="GeoShapes.Validate(WeeklySchedule)"/> tells before.
/// </summary>
internal sealed class WeekCalendar
{
    private const int DaysAhead = 9;

    private readonly IReadOnlyList<WeeklyWindow> _windows;
    private readonly TimeZoneInfo _zone;

    public WeekCalendar(WeeklySchedule schedule)
    {
        _windows = schedule.Windows;
        _zone = TimeZoneInfo.TryFindSystemTimeZoneById(schedule.TimeZone, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;
    }

    /// <summary>Whether the schedule is open at an instant, and until when that surely holds.</summary>
    /// <param name="at">The instant.</param>
    /// <param name="until">The next instant, later than <paramref name="at"/>, at which to ask again.</param>
    public bool IsOpen(Instant at, out Instant until)
    {
        if (!at.IsRepresentable || at > Instant.Max - TimeSpan.FromDays(DaysAhead + 3) || at < Instant.Min + TimeSpan.FromDays(3))
        {
            until = Instant.Max;
            return false;
        }
        DateTime today = TimeZoneInfo.ConvertTime(at.ToDateTimeOffset(), _zone).Date;
        bool open = false;
        until = at + TimeSpan.FromDays(DaysAhead - 1);
        // Windows may touch: while the end found lies within another window, the end moves on.
        for (bool moved = true; moved;)
        {
            moved = false;
            Instant from = open ? until : at;
            for (int day = -1; day < DaysAhead; day++)
            {
                DateTime date = today.AddDays(day);
                foreach (WeeklyWindow window in _windows)
                {
                    if (window.Day != date.DayOfWeek) continue;
                    (Instant begin, Instant end) = Span(window, date);
                    if (begin <= from && from < end) (open, until, moved) = (true, end, true);
                    else if (!open && begin > at && begin < until) until = begin;
                    if (moved) break;
                }
                if (moved) break;
            }
        }
        return open;
    }

    private (Instant Begin, Instant End) Span(WeeklyWindow window, DateTime date)
    {
        DateTime begin = date + window.Begin.ToTimeSpan();
        DateTime end = date + window.End.ToTimeSpan();
        if (window.End <= window.Begin) end = end.AddDays(1);
        return (ToInstant(begin, last: false), ToInstant(end, last: true));
    }

    private Instant ToInstant(DateTime local, bool last)
    {
        TimeSpan offset;
        if (_zone.IsAmbiguousTime(local))
        {
            TimeSpan[] offsets = _zone.GetAmbiguousTimeOffsets(local);
            Array.Sort(offsets);
            offset = last ? offsets[0] : offsets[^1];
        }
        else
        {
            offset = _zone.GetUtcOffset(_zone.IsInvalidTime(local) ? local.AddHours(-3) : local);
        }
        return Instant.From(new DateTimeOffset(DateTime.SpecifyKind(local - offset, DateTimeKind.Utc)));
    }
}

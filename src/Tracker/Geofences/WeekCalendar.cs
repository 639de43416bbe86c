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

    private readonly DayWindow[][] _ofDay = new DayWindow[7][];
    private readonly Dictionary<DateOnly, DayWindow[]>? _ofDate;
    private readonly TimeZoneInfo _zone;

    public WeekCalendar(WeeklySchedule schedule) : this(schedule.Windows, [], schedule.TimeZone) { }

    /// <summary>A calendar in which some days have hours of their own.</summary>
    public WeekCalendar(IReadOnlyList<WeeklyWindow> windows, IReadOnlyList<SpecialDay> exceptions, string timeZone)
    {
        for (int day = 0; day < _ofDay.Length; day++) _ofDay[day] = [.. windows.Where(w => (int)w.Day == day).Select(static w => new DayWindow(w.Begin, w.End))];
        if (exceptions.Count > 0) _ofDate = exceptions.ToDictionary(static e => e.Date, static e => e.Windows.ToArray());
        _zone = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;
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
                foreach (DayWindow window in WindowsOf(date))
                {
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

    /// <summary>The beginning of the window that is nearest to an instant, within some hours; null: none is.</summary>
    public Instant? BeginNear(Instant at, TimeSpan within) => Near(at, within, static span => span.Begin);

    /// <summary>The same of ends.</summary>
    public Instant? EndNear(Instant at, TimeSpan within) => Near(at, within, static span => span.End);

    private Instant? Near(Instant at, TimeSpan within, Func<(Instant Begin, Instant End), Instant> side)
    {
        if (!at.IsRepresentable || at > Instant.Max - TimeSpan.FromDays(3) || at < Instant.Min + TimeSpan.FromDays(3)) return null;
        DateTime today = TimeZoneInfo.ConvertTime(at.ToDateTimeOffset(), _zone).Date;
        Instant? nearest = null;
        for (int day = -2; day <= 1; day++)
        {
            foreach (DayWindow window in WindowsOf(today.AddDays(day)))
            {
                Instant found = side(Span(window, today.AddDays(day)));
                if (Away(found, at) > within.TotalMilliseconds) continue;
                if (nearest is not { } before || Away(found, at) < Away(before, at)) nearest = found;
            }
        }
        return nearest;
    }

    private static long Away(Instant a, Instant b) => Math.Abs(a.EpochMs - b.EpochMs);

    private DayWindow[] WindowsOf(DateTime date) =>
        _ofDate is not null && _ofDate.TryGetValue(DateOnly.FromDateTime(date), out DayWindow[]? own) ? own : _ofDay[(int)date.DayOfWeek];

    private (Instant Begin, Instant End) Span(DayWindow window, DateTime date)
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

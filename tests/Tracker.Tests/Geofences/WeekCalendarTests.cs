using System.Globalization;
using Tracking.Contracts;
using static Tracking.Tracker.Tests.Watched;

namespace Tracking.Tracker.Tests;

public class WeekCalendarTests
{
    private static WeeklyWindow Window(DayOfWeek day, string begin, string end) =>
        new(day, TimeOnly.Parse(begin, CultureInfo.InvariantCulture), TimeOnly.Parse(end, CultureInfo.InvariantCulture));

    private static Instant At(string text) => Instant.TryParse(text, out Instant at) ? at : throw new FormatException(text);

    private static (bool Open, string Until) Ask(WeeklySchedule schedule, string at)
    {
        bool open = new WeekCalendar(schedule).IsOpen(At(at), out Instant until);
        return (open, until.ToString()[..19]);
    }

    [Fact]
    public void Windows_open_and_close_in_local_time()
    {
        var schedule = new WeeklySchedule("Asia/Shanghai", [Window(DayOfWeek.Monday, "09:00", "17:00")]);
        Assert.Equal((false, "2026-11-23T01:00:00"), Ask(schedule, "2026-11-23T00:59:59Z"));
        Assert.Equal((true, "2026-11-23T09:00:00"), Ask(schedule, "2026-11-23T01:00:00Z"));
        Assert.Equal((false, "2026-11-30T01:00:00"), Ask(schedule, "2026-11-23T09:00:00Z"));
    }

    [Fact]
    public void A_window_over_midnight_belongs_to_the_day_on_which_it_begins()
    {
        var schedule = new WeeklySchedule("UTC", [Window(DayOfWeek.Saturday, "22:00", "06:00")]);
        Assert.Equal((true, "2026-11-22T06:00:00"), Ask(schedule, "2026-11-22T03:00:00Z"));
        Assert.Equal((false, "2026-11-21T22:00:00"), Ask(schedule, "2026-11-21T03:00:00Z"));
    }

    [Fact]
    public void Touching_windows_are_one()
    {
        var schedule = new WeeklySchedule("UTC", [Window(DayOfWeek.Monday, "12:00", "00:00"), Window(DayOfWeek.Monday, "08:00", "12:00"),
            Window(DayOfWeek.Tuesday, "00:00", "02:00")]);
        Assert.Equal((true, "2026-11-24T02:00:00"), Ask(schedule, "2026-11-23T09:00:00Z"));
    }

    [Fact]
    public void Open_all_week_never_closes()
    {
        var schedule = new WeeklySchedule("Europe/Vienna", [.. Enum.GetValues<DayOfWeek>().Select(d => Window(d, "00:00", "00:00"))]);
        var calendar = new WeekCalendar(schedule);
        Instant at = At("2026-10-20T12:34:56Z");
        for (int i = 0; i < 20; i++)
        {
            Assert.True(calendar.IsOpen(at, out Instant until));
            Assert.True(until > at);
            at = until;
        }
    }

    [Fact]
    public void Clocks_put_forward_and_back_move_the_windows_with_local_time()
    {
        var nights = new WeeklySchedule("Europe/Vienna", [Window(DayOfWeek.Sunday, "02:30", "04:00")]);
        // 2026-03-29: 02:30 is left out and counts as 03:30 summer time; 04:00 is 02:00 UTC.
        Assert.Equal((false, "2026-03-29T01:30:00"), Ask(nights, "2026-03-29T01:00:00Z"));
        Assert.Equal((true, "2026-03-29T02:00:00"), Ask(nights, "2026-03-29T01:30:00Z"));
        // 2026-10-25: 02:30 comes twice; the window begins at the first, 00:30 UTC, and ends at 03:00 UTC.
        Assert.Equal((true, "2026-10-25T03:00:00"), Ask(nights, "2026-10-25T00:30:00Z"));
        Assert.Equal((false, "2026-10-25T00:30:00"), Ask(nights, "2026-10-25T00:29:59Z"));
    }

    [Fact]
    public void The_answer_holds_until_the_instant_given()
    {
        var random = new Random(4);
        for (int round = 0; round < 30; round++)
        {
            var windows = new List<WeeklyWindow>();
            for (int i = 0; i < 4; i++)
                windows.Add(new WeeklyWindow((DayOfWeek)random.Next(7), new TimeOnly(random.Next(24), random.Next(60)), new TimeOnly(random.Next(24), random.Next(60))));
            var calendar = new WeekCalendar(new WeeklySchedule(round % 2 == 0 ? "America/St_Johns" : "Pacific/Apia", windows));
            Instant at = At("2026-10-28T00:00:00Z");
            bool open = calendar.IsOpen(at, out Instant until);
            for (int minute = 0; minute < 10 * 1440; minute += 7)
            {
                Instant now = at + TimeSpan.FromMinutes(minute);
                bool asked = calendar.IsOpen(now, out Instant next);
                if (now >= until) (open, until) = (asked, next);
                Assert.Equal(open, asked);
            }
        }
    }

    [Fact]
    public void A_schedule_that_opens_and_closes_round_a_rep_enters_and_exits()
    {
        var schedule = new WeeklySchedule("UTC", [Window(DayOfWeek.Thursday, "09:00", "17:00")]);
        // Begin is Thursday, 2025-10-09, 08:53:20 UTC: the window opens 400 s later.
        Geofence fence = Circle(1, new(48.2, 16.37), 200) with { Schedule = schedule };
        Watched w = new Watched(fence).Fix(0, new(48.2, 16.37)).Fix(10, new(48.2, 16.37));
        Assert.Empty(w.Events);
        Assert.Equal(400, Seconds(w.States.NextTickAt));
        w.Tick(399).Tick(1000).Restored();
        Assert.Equal(["Entered"], w.Kinds);
        w.Fix(2000, new(48.2, 16.37)).Tick(30_000).Fix(30_001, new(48.2, 16.37));
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        Assert.Equal([400, 400 + 8 * 3600], w.Events.Select(static e => Seconds(e.At)));
        Assert.All(w.Events, static e => Assert.Equal(GeofenceReason.Schedule, ((GeofenceEvent)e).Reason));
        w.Fix(30_010, new(48.3, 16.37)).Fix(30_020, new(48.3, 16.37));
        Assert.Equal(2, w.Events.Count);
    }

    [Fact]
    public void Fixes_alone_open_and_close_a_schedule_too()
    {
        var schedule = new WeeklySchedule("UTC", [Window(DayOfWeek.Thursday, "09:00", "17:00")]);
        Geofence fence = Circle(1, new(48.2, 16.37), 200) with { Schedule = schedule };
        Watched w = new Watched(fence).Fix(0, new(48.2, 16.37)).Fix(500, new(48.2, 16.37)).Fix(40_000, new(48.2, 16.37));
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        Assert.Equal([400, 400 + 8 * 3600], w.Events.Select(static e => Seconds(e.At)));
    }
}

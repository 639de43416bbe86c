using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Api;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>A report of teams: a row for each rep and day.</summary>
/// <param name="Name">In its address.</param>
/// <param name="Table">Its columns.</param>
/// <param name="DaysOf">Works out a rep's days from one to another, both included, in order.</param>
internal sealed record TeamReport(string Name, ReportTable Table, Func<Rep, DateOnly, DateOnly, CancellationToken, Task<ReportRow[]>> DaysOf);

/// <summary>What reps of a team did, day by day.</summary>
internal sealed class TeamReports(RepDays days, VisitLog visits, ClaimService claims, AlertLog alerts, DefinitionBook<VisitPlan> plans, TimeProvider clock)
{
    private const int MaxAlerts = 100_000;
    private static readonly TimeSpan LongestShift = TimeSpan.FromDays(1);
    private static readonly Column[] Who = [new("repId", Gather.Name), new("name", Gather.Name), new("group", Gather.Name), new("date", Gather.Day)];
    private static readonly string[] DutyKinds = [AlertKind.ShiftBegan, AlertKind.ShiftEnded, AlertKind.SignalLost, AlertKind.SignalRestored];

    /// <summary>The kinds of alert that are exceptions, with the names of their columns.</summary>
    private static readonly (string Kind, string Column)[] Exceptions =
    [
        (AlertKind.MockSuspected, "mockCases"), (AlertKind.SignalLost, "signalLosses"), (AlertKind.LongStop, "longStops"), (AlertKind.VisitTooShort, "visitsTooShort"),
        (AlertKind.VisitDoubted, "visitsDoubted"), (AlertKind.VisitMissed, "visitsMissed"), (AlertKind.Overspeed, "overspeeds"), (AlertKind.CheckInRefused, "checkInsRefused"),
        (AlertKind.OffArea, "offAreas"), (AlertKind.Sos, "sos"),
    ];

    /// <summary>All of them.</summary>
    public IReadOnlyList<TeamReport> All => field ??=
    [
        new("mileage", Table("rawM", "acceptedM", "inferredM", "stationaryM", "smoothingM", "doubtedM", "paidM", "trips", "movingS", "stoppedS", "fixesRejected"), MileageAsync),
        new("visits", Table("visits", "dwellS", "doubted", "tooShort", "planned", "plannedDone", "plannedMissed", "unplanned"), VisitsAsync),
        new("attendance", new ReportTable([.. Who, new("firstMovedAt", Gather.None), new("lastMovedAt", Gather.None), new("firstFixAt", Gather.None), new("lastFixAt", Gather.None),
            .. Sums("onDutyS", "movingS", "stoppedS", "gaps", "gapS"), new("gapReasons", Gather.None)]), AttendanceAsync),
        new("exceptions", Table([.. Exceptions.Select(static e => e.Column)]), ExceptionsAsync),
    ];

    private static ReportTable Table(params string[] sums) => new([.. Who, .. Sums(sums)]);

    private static Column[] Sums(params string[] names) => [.. names.Select(static name => new Column(name, Gather.Sum))];

    private async Task<ReportRow[]> MileageAsync(Rep rep, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        IReadOnlyList<MockCase> cases = await claims.MockCasesAsync(rep, LocalDay.Of(from, rep.TimeZone).Begin, LocalDay.Of(to, rep.TimeZone).End, cancel);
        return await EachDayAsync(rep, from, to, async (date, day) =>
        {
            DayReport report = await days.ReportAsync(rep, day, cancel);
            ClaimDay claim = MileageClaim.Judge(report, date, cases);
            return [claim.RawM, claim.AcceptedM, claim.InferredM, claim.StationaryM, claim.SmoothingM, claim.DoubtedM, claim.PaidM, claim.Trips,
                report.MovingS, report.StoppedS, claim.Rejected.Sum(static r => r.Count)];
        });
    }

    private async Task<ReportRow[]> VisitsAsync(Rep rep, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        List<Visit> made = await visits.ReadAsync(rep, from, to, cancel);
        List<VisitPlan> known = [.. plans.All.Where(plan => plan.Concerns(rep))];
        return await EachDayAsync(rep, from, to, (date, day) =>
        {
            bool isOver = day.End <= Instant.Now(clock);
            List<Visit> own = [.. made.Where(visit => visit.Date == date)];
            List<RouteStop> route = [.. known.SelectMany(plan => PlanStatus.Route(plan, rep.Id, date, own, isOver)).DistinctBy(static stop => stop.CustomerId)];
            List<Visit> verified = [.. own.Where(static visit => visit.Verdict == VisitVerdict.Verified)];
            return Task.FromResult<object?[]>([verified.Count, verified.Sum(static v => (v.EndedAt - v.BeganAt).TotalSeconds), own.Count(static v => v.Verdict == VisitVerdict.Doubted),
                own.Count(static v => v.Verdict == VisitVerdict.TooShort), route.Count, route.Count(static s => s.State == PlannedState.Done),
                route.Count(static s => s.State == PlannedState.Missed), verified.Count(visit => !route.Exists(stop => stop.CustomerId == visit.CustomerId))]);
        });
    }

    private async Task<ReportRow[]> AttendanceAsync(Rep rep, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var filter = new AlertFilter
        {
            RepId = rep.Id,
            Kinds = DutyKinds,
            From = LocalDay.Of(from, rep.TimeZone).Begin - LongestShift,
            To = LocalDay.Of(to, rep.TimeZone).End + LongestShift,
        };
        List<Alert> told = [.. (await alerts.ReadEffectiveAsync(filter, MaxAlerts, cancel)).Select(static s => s.Alert)];
        List<(Instant From, Instant To)> shifts = ShiftsOf(told, Instant.Now(clock));
        return await EachDayAsync(rep, from, to, async (_, day) =>
        {
            DayReport report = await days.ReportAsync(rep, day, cancel);
            Instant[] ends = [.. report.Trips.Select(static t => t.BeganAt), .. report.Stops.Select(static s => s.BeganAt), .. report.Trips.Select(static t => t.EndedAt), .. report.Stops.Select(static s => s.EndedAt)];
            double onDutyS = shifts.Sum(shift => Math.Max(0, (Earlier(shift.To, day.End) - Later(shift.From, day.Begin)).TotalSeconds));
            string reasons = string.Join("; ", report.Gaps.GroupBy(gap => ReasonOf(gap, told)).OrderBy(static g => g.Key, StringComparer.Ordinal).Select(static g => $"{g.Key} {g.Count()}"));
            return [report.Trips.Count > 0 ? report.Trips[0].BeganAt : null, report.Trips.Count > 0 ? report.Trips[^1].EndedAt : null, ends.Length > 0 ? ends.Min() : null, ends.Length > 0 ? ends.Max() : null,
                onDutyS, report.MovingS, report.StoppedS, report.Gaps.Count, report.Gaps.Sum(static gap => (gap.EndedAt - gap.BeganAt).TotalSeconds), reasons.Length > 0 ? reasons : null];
        });
    }

    private async Task<ReportRow[]> ExceptionsAsync(Rep rep, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        // A visit that nobody made is told at the end of its day, which is the beginning of the next one.
        var filter = new AlertFilter
        {
            RepId = rep.Id,
            Kinds = [.. Exceptions.Select(static e => e.Kind)],
            From = LocalDay.Of(from, rep.TimeZone).Begin,
            To = LocalDay.Of(to, rep.TimeZone).End + TimeSpan.FromMilliseconds(1),
        };
        ILookup<(DateOnly, string), Alert> told = (await alerts.ReadEffectiveAsync(filter, MaxAlerts, cancel)).Select(static s => s.Alert)
            .ToLookup(alert => (LocalDay.DateAt(alert.Kind == AlertKind.VisitMissed ? alert.At - TimeSpan.FromMilliseconds(1) : alert.At, rep.TimeZone), alert.Kind));
        return await EachDayAsync(rep, from, to, (date, _) => Task.FromResult<object?[]>([.. Exceptions.Select(e => (object?)told[(date, e.Kind)].Count())]));
    }

    private static async Task<ReportRow[]> EachDayAsync(Rep rep, DateOnly from, DateOnly to, Func<DateOnly, LocalDay, Task<object?[]>> cells)
    {
        var rows = new ReportRow[to.DayNumber - from.DayNumber + 1];
        for (int i = 0; i < rows.Length; i++)
        {
            DateOnly date = from.AddDays(i);
            rows[i] = new ReportRow([rep.Id, rep.Name, rep.Group, date, .. await cells(date, LocalDay.Of(date, rep.TimeZone))]);
        }
        return rows;
    }

    private static List<(Instant From, Instant To)> ShiftsOf(List<Alert> told, Instant now)
    {
        List<(Instant, Instant)> shifts = [];
        Instant? began = null;
        foreach (Alert alert in told)
        {
            if (alert.Kind == AlertKind.ShiftBegan) began ??= alert.At;
            else if (alert.Kind == AlertKind.ShiftEnded && began is { } since)
            {
                shifts.Add((since, alert.At));
                began = null;
            }
        }
        if (began is { } open && now > open) shifts.Add((open, now));
        return shifts;
    }

    // What the alerts of the time say, the newest word last; otherwise what the fix before the gap tells.
    private static string ReasonOf(DayGap gap, List<Alert> told)
    {
        string? reason = null;
        foreach (Alert alert in told)
        {
            if (alert.Kind is not (AlertKind.SignalLost or AlertKind.SignalRestored) || alert.At < gap.BeganAt || alert.At > gap.EndedAt + TimeSpan.FromMinutes(1)) continue;
            if (alert.Data.ValueKind == JsonValueKind.Object && alert.Data.TryGetProperty("reason"u8, out JsonElement text) && text.ValueKind == JsonValueKind.String) reason = text.GetString();
        }
        return reason ?? gap.Reason;
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

    private static Instant Later(Instant a, Instant b) => a > b ? a : b;
}

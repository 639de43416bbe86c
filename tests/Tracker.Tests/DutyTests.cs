using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Shifts: on duty and off, by hours and by check-in. The story begins on Monday, 21 September 2026, at 16:13:20 in Vienna.</summary>
public class DutyTests
{
    private static readonly Instant Monday17 = At("2026-09-21T17:00+02:00");
    private static readonly Instant Tuesday8 = At("2026-09-22T08:00+02:00");
    private static readonly Shift Office = new() { Id = "office", Windows = [.. Days(8, 17)] };
    private static readonly Geofence Customer = Watched.Circle(1, Geodesy.Destination(Drive.Depot, 90, 1500), 150) with { Purpose = GeofencePurpose.Customer };

    private Rep _rep = new(1, "ann", "Ann", "north/vienna", "Europe/Vienna");

    internal static Instant At(string text) => Instant.TryParse(text, out Instant instant) ? instant : throw new FormatException(text);

    internal static IEnumerable<WeeklyWindow> Days(int from, int to) =>
        Enumerable.Range(1, 5).Select(day => new WeeklyWindow((DayOfWeek)day, new TimeOnly(from, 0), new TimeOnly(to, 0)));

    private Run RunOf(Shift? shift, params Geofence[] fences)
    {
        var run = new Run(new TrackerContext { Options = RepOptions.Default, Geofences = new GeofenceIndex(), FindRep = _ => _rep });
        foreach (Geofence fence in fences) run.Context.Geofences.Put(fence);
        if (shift is not null) run.Context.Shifts.Put(shift);
        return run;
    }

    private static Drive Out(TimeSpan duration) => Drive.From(Drive.Depot).Every(30.Seconds()).For(duration).At(10);

    [Fact]
    public void Off_duty_nothing_is_kept_shown_or_told()
    {
        Geofence later = Watched.Circle(7, Geodesy.Destination(Drive.Depot, 90, 36_000), 2000);
        Run run = RunOf(Office, later).Take(Out(2.Hours()));
        run.Tick(Drive.Morning + 6.Hours());
        ShiftEnded ended = Assert.Single(run.Events.OfType<ShiftEnded>());
        Assert.Equal((Monday17, Monday17, "office", ShiftCause.Schedule), (ended.At, ended.ConfirmedAt, ended.ShiftId, ended.Cause));
        Assert.Equal([ended], run.Events);
        Assert.All(run.Judged, j => Assert.Equal(j.Fix.FixedAt < Monday17 ? FixOutcome.Accepted : FixOutcome.OffDuty, j.Outcome));
        Assert.Contains(run.Judged, static j => j.Outcome == FixOutcome.OffDuty);
        Assert.Equal((SignalStatus.OffDuty, false, Motion.Unknown, 0), (run.Live.Status, run.Live.HasPosition, run.Live.Motion, run.Live.InsideGeofences.Count));
        Assert.InRange((Monday17 - run.Live.HeardAt).TotalSeconds, 0, 30);
    }

    [Fact]
    public void Silence_is_told_on_duty_only_and_counted_from_the_beginning_of_the_shift()
    {
        Run run = RunOf(Office).Take(Out(40.Minutes()));
        run.Tick(At("2026-09-21T16:59+02:00"));
        Assert.Equal(SignalStatus.Stale, run.Live.Status);
        run.Tick(Tuesday8 + 2.Hours());
        Assert.Equal([typeof(ShiftEnded), typeof(ShiftBegan), typeof(SignalLost)], run.Events.Select(static e => e.GetType()));
        Assert.Equal(Tuesday8, run.Events[1].At);
        Assert.Equal(Tuesday8 + 10.Minutes(), run.Events[2].At);
        run.Take(new Fix { FixedAt = Tuesday8 + 3.Hours(), ReceivedAt = Tuesday8 + 3.Hours(), Position = Drive.Depot, AccuracyM = 5 });
        Assert.Equal(Tuesday8 + 10.Minutes(), Assert.Single(run.Of<SignalRestored>()).LostAt);
    }

    [Fact]
    public void A_visit_lasts_until_the_shift_ends_and_the_night_is_nobodys_business()
    {
        Drive drive = Drive.From(Drive.Depot).Every(10.Seconds()).For(150.Seconds()).At(10).For(3.Hours()).Still();
        Run run = RunOf(Office, Customer).Take(drive);
        Assert.Equal((Monday17, GeofenceReason.ShiftEnded), (Assert.Single(run.Of<GeofenceExited>()) is var exit ? (exit.At, exit.Reason) : default));
        Assert.Equal(Monday17, Assert.Single(run.Of<VisitVerified>()).At);
        Assert.Empty(run.Live.InsideGeofences);
        Instant morning = Tuesday8 + 5.Minutes();
        for (int i = 0; i < 4; i++)
            run.Take(drive.Last with { FixedAt = morning + (10 * i).Seconds(), ReceivedAt = morning + (10 * i).Seconds() });
        Assert.Equal(2, run.Of<GeofenceEntered>().Count);
        Assert.Equal(morning, run.Of<GeofenceEntered>()[1].At);
        Assert.Equal([1], run.Live.InsideGeofences);
        Assert.Empty(run.Of<GeofenceCrossed>());
    }

    [Fact]
    public void Fixes_of_the_shift_that_come_after_it_are_kept_and_show_nobody()
    {
        Instant arrived = Monday17 + 2.Hours();
        Run run = RunOf(Office, Customer).Take(Out(2.Minutes()));
        run.Tick(arrived);
        Drive rest = Out(30.Minutes());
        run.Take(rest.Fixes.Skip(4).Select(f => f with { ReceivedAt = arrived, Traits = FixTraits.Buffered }));
        Assert.DoesNotContain(run.Judged, static j => j.Outcome != FixOutcome.Accepted);
        Assert.Equal(60, run.Judged.Count);
        Assert.Equal((SignalStatus.OffDuty, false), (run.Live.Status, run.Live.HasPosition));
        Assert.Equal(run.Of<GeofenceEntered>().Count, run.Of<GeofenceExited>().Count);
        Assert.Single(run.Of<GeofenceEntered>());
        Assert.True(run.Tracker.NextTickAt >= Tuesday8);
    }

    [Theory]
    [InlineData("2026-10-24", "2026-10-24T22:00+02:00", "2026-10-25T06:00+01:00")] // clocks are put back: nine hours
    [InlineData("2026-03-28", "2026-03-28T22:00+01:00", "2026-03-29T06:00+02:00")] // and forward: seven
    [InlineData("2026-06-06", "2026-06-06T22:00+02:00", "2026-06-07T06:00+02:00")]
    public void A_night_shift_runs_over_midnight_and_changes_of_daylight_saving(string date, string begin, string end)
    {
        Run run = RunOf(new Shift { Id = "night", Windows = [new(DayOfWeek.Saturday, new(22, 0), new(6, 0))] });
        Instant noon = At(date + "T12:00Z");
        run.Take(new Fix { FixedAt = noon, ReceivedAt = noon, Position = Drive.Depot });
        run.Tick(noon + 30.Hours());
        Assert.Equal([At(begin)], run.Of<ShiftBegan>().Select(static e => e.At));
        Assert.Equal([At(end)], run.Of<ShiftEnded>().Select(static e => e.At));
    }

    [Fact]
    public void On_a_holiday_nobody_works_and_on_its_eve_the_hours_are_others()
    {
        Shift shift = Office with
        {
            Exceptions = [new(new DateOnly(2026, 9, 22), [new(new(9, 0), new(12, 0)), new(new(20, 0), new(2, 0))]), new(new DateOnly(2026, 9, 23), [])],
        };
        Run run = RunOf(shift).Take(Out(1.Minutes()));
        run.Tick(At("2026-09-24T12:00+02:00"));
        Assert.Equal([At("2026-09-22T09:00+02:00"), At("2026-09-22T20:00+02:00"), At("2026-09-24T08:00+02:00")], run.Of<ShiftBegan>().Select(static e => e.At));
        Assert.Equal([Monday17, At("2026-09-22T12:00+02:00"), At("2026-09-23T02:00+02:00")], run.Of<ShiftEnded>().Select(static e => e.At));
    }

    [Fact]
    public void A_rep_that_moves_to_another_time_zone_keeps_the_hours_of_the_place()
    {
        Run run = RunOf(Office).Take(Out(1.Minutes()));
        _rep = _rep with { TimeZone = "Europe/Lisbon" };
        run.Tick(Drive.Morning + 5.Minutes());
        run.Take(Out(2.Minutes()).Fixes.Select(static f => f with { FixedAt = f.FixedAt + 10.Minutes(), ReceivedAt = f.ReceivedAt + 10.Minutes() }));
        run.Tick(At("2026-09-21T17:30+02:00"));
        Assert.Empty(run.Of<ShiftEnded>());
        run.Tick(At("2026-09-22T12:00+02:00"));
        Assert.Equal([At("2026-09-21T17:00+01:00")], run.Of<ShiftEnded>().Select(static e => e.At));
        Assert.Equal([At("2026-09-22T08:00+01:00")], run.Of<ShiftBegan>().Select(static e => e.At));
        Run fixedZone = RunOf(Office with { TimeZone = "Asia/Shanghai" }).Take(Out(1.Minutes()));
        Assert.Equal(SignalStatus.OffDuty, fixedZone.Live.Status);
    }

    [Fact]
    public void A_shift_that_is_changed_takes_effect_at_its_place_in_the_journal()
    {
        Run run = RunOf(null).Take(Out(10.Minutes()));
        Instant at = Drive.Morning + 11.Minutes();
        Change(run, Office with { Windows = [.. Days(6, 14)] }, at);
        Assert.Equal((at, ShiftCause.Change, "office"), (Assert.Single(run.Of<ShiftEnded>()) is var ended ? (ended.At, ended.Cause, ended.ShiftId) : default));
        Assert.Equal(SignalStatus.OffDuty, run.Live.Status);
        Change(run, Office with { Windows = [.. Days(6, 20)] }, at + 1.Minutes());
        Assert.Equal(ShiftCause.Change, Assert.Single(run.Of<ShiftBegan>()).Cause);
        Assert.True(run.Live.HasPosition);
        Change(run, Office with { Windows = [.. Days(6, 14)] }, at + 2.Minutes());
        run.Context.Shifts.Remove("office");
        run.Tracker.ShiftsChanged(at + 3.Minutes(), run.Output);
        Assert.Equal([null, "office"], run.Of<ShiftBegan>().Select(static e => e.ShiftId).Order());
        Assert.Equal(Instant.Max, RunOf(null).Tracker.NextTickAt);
    }

    private static void Change(Run run, Shift shift, Instant at)
    {
        run.Context.Shifts.Put(shift);
        run.Tracker.ShiftsChanged(at, run.Output);
    }

    [Fact]
    public void A_check_in_begins_the_shift_early_and_ends_it_early()
    {
        Run run = RunOf(Office).Take(Out(1.Minutes()));
        Assert.Empty(CheckIn(run, CheckInAction.ShiftEnd, "2026-09-21T16:30+02:00"));
        Assert.Equal(SignalStatus.OffDuty, run.Live.Status);
        Assert.Equal([CheckInFault.OffDuty], CheckIn(run, CheckInAction.ShiftEnd, "2026-09-21T16:31+02:00"));
        Assert.Empty(CheckIn(run, CheckInAction.ShiftStart, "2026-09-22T07:45+02:00"));
        Assert.Equal([CheckInFault.OnDutyAlready], CheckIn(run, CheckInAction.ShiftStart, "2026-09-22T08:15+02:00"));
        run.Tick(At("2026-09-22T18:00+02:00"));
        Assert.Equal([("2026-09-21T14:30:00.000Z", ShiftCause.CheckIn), ("2026-09-22T15:00:00.000Z", ShiftCause.Schedule)], run.Of<ShiftEnded>().Select(static e => (e.At.ToString(), e.Cause)));
        ShiftBegan began = Assert.Single(run.Of<ShiftBegan>());
        Assert.Equal((At("2026-09-22T07:45+02:00"), ShiftCause.CheckIn, (Instant?)Tuesday8), (began.At, began.Cause, began.ScheduledAt));
    }

    [Fact]
    public void Where_check_ins_decide_the_hours_only_say_who_is_late()
    {
        Run run = RunOf(Office with { Mode = DutyMode.CheckIn }).Take(Out(1.Minutes()));
        Assert.Equal(SignalStatus.OffDuty, run.Live.Status);
        Assert.Empty(CheckIn(run, CheckInAction.ShiftStart, "2026-09-22T08:20+02:00"));
        Assert.Equal(Tuesday8, Assert.Single(run.Of<ShiftBegan>()).ScheduledAt);
        run.Tick(At("2026-09-22T20:00+02:00"));
        Assert.Equal(At("2026-09-22T08:30+02:00") + 1.Seconds(), Assert.Single(run.Of<SignalLost>()).At);
        Assert.Empty(run.Of<ShiftEnded>());
        run.Tick(At("2026-09-23T12:00+02:00"));
        Assert.Equal([At("2026-09-23T00:20+02:00")], run.Of<ShiftEnded>().Select(static e => e.At));
        Instant buffered = At("2026-09-22T10:00+02:00"), night = At("2026-09-23T03:00+02:00"), now = At("2026-09-23T12:01+02:00");
        Assert.Equal(FixOutcome.Accepted, run.Take(new Fix { FixedAt = buffered, ReceivedAt = now, Position = Drive.Depot }));
        Assert.Equal(FixOutcome.OffDuty, run.Take(new Fix { FixedAt = night, ReceivedAt = now, Position = Drive.Depot }));
    }

    [Fact]
    public void Without_a_shift_nobody_checks_in_for_one() =>
        Assert.Equal([CheckInFault.NoShift], CheckIn(RunOf(null).Take(Out(1.Minutes())), CheckInAction.ShiftStart, "2026-09-21T16:20+02:00"));

    [Fact]
    public void A_cry_for_help_is_heard_off_duty_as_well()
    {
        Run run = RunOf(Office).Take(Out(1.Minutes()));
        Instant night = Monday17 + 4.Hours();
        Assert.Equal(FixOutcome.OffDuty, run.Take(new Fix { FixedAt = night, ReceivedAt = night, Position = Drive.Depot, Alarm = DeviceAlarm.Sos }));
        Assert.Equal(Drive.Depot, Assert.Single(run.Of<SosRaised>()).Position);
        Assert.False(run.Live.HasPosition);
    }

    [Fact]
    public void What_devices_tell_off_duty_is_not_kept_and_still_explains_the_silence_of_the_next_shift()
    {
        Run run = RunOf(Office).Take(Out(45.Minutes()));
        Instant night = Monday17 + 4.Hours();
        run.Tracker.Apply(new DeviceEvent { Kind = DeviceEventKind.Shutdown, At = night, ReceivedAt = night, BatteryPct = 3 }, run.Output);
        Assert.True(run.Output.IsOffDuty);
        Assert.Empty(run.Of<BatteryLow>());
        run.Tick(Tuesday8 + 1.Hours());
        Assert.Equal("switchedOff", Assert.Single(run.Of<SignalLost>()).Reason);
    }

    [Fact]
    public void Restoring_a_snapshot_anywhere_changes_nothing_that_follows()
    {
        Drive drive = Drive.From(Drive.Depot).Every(30.Seconds()).For(150.Seconds()).At(10).For(70.Minutes()).Still().Silent(15.Hours()).For(1.Hours()).At(10);
        Run whole = Told(RunOf(Office, Customer), drive, restore: _ => false);
        Run often = Told(RunOf(Office, Customer), drive, restore: static i => i % 7 == 3);
        Assert.Equal(whole.Events.Select(static e => e.ToString()), often.Events.Select(static e => e.ToString()));
        Assert.Equal(whole.Judged, often.Judged);
        Assert.Equal(whole.Saved(), often.Saved());
        Assert.Contains(whole.Events, static e => e is ShiftBegan { Cause: ShiftCause.CheckIn });
    }

    private static Run Told(Run run, Drive drive, Func<int, bool> restore)
    {
        for (int i = 0; i < drive.Fixes.Count; i++)
        {
            run.Take(drive.Fixes[i]);
            if (i == 20) CheckIn(run, CheckInAction.In, drive.Fixes[i].FixedAt, 1);
            if (i == 60) CheckIn(run, CheckInAction.ShiftEnd, drive.Fixes[i].FixedAt, 0);
            if (i == 70) CheckIn(run, CheckInAction.ShiftStart, drive.Fixes[i].FixedAt, 0);
            if (restore(i)) run.Restored();
        }
        return run;
    }

    [Fact]
    public void The_nearest_shift_counts()
    {
        var index = new ShiftIndex();
        Assert.Null(index.For(_rep));
        foreach (Shift shift in (Shift[])[
            new() { Id = "all" }, new() { Id = "z-north", Groups = ["north"] }, new() { Id = "vienna", Groups = ["north/vienna"] }, new() { Id = "vienna2", Groups = ["north/vienna"] },
            new() { Id = "own", Reps = ["bob"] }])
            index.Put(shift);
        Assert.Equal("vienna", index.For(_rep)!.Id);
        Assert.Equal("own", index.For(_rep with { Id = "bob" })!.Id);
        Assert.Equal("z-north", index.For(_rep with { Group = "north/graz" })!.Id);
        Assert.Equal("all", index.For(_rep with { Group = "northern" })!.Id);
        Assert.Equal("all", index.For(null)!.Id);
        Assert.True(index.Remove("vienna"));
        Assert.Equal("vienna2", index.For(_rep)!.Id);
    }

    [Fact]
    public void On_duty_under_a_shift_a_fix_allocates_nothing()
    {
        Run run = RunOf(Office with { Windows = [.. Days(8, 23)] }, Watched.Circle(4, Drive.Depot, 300_000) with { Purpose = GeofencePurpose.WorkArea });
        Fix[] fixes = [.. Drive.From(Drive.Depot).Every(1.Seconds()).Noisy(4).For(1.Hours()).At(14).Fixes];
        Apply(run, fixes.AsSpan(0, 2000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Apply(run, fixes.AsSpan(2000));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Apply(Run run, ReadOnlySpan<Fix> fixes)
        {
            foreach (ref readonly Fix fix in fixes)
            {
                run.Tracker.Apply(fix, run.Output);
                run.Output.Clear();
            }
        }
    }

    private static IReadOnlyList<CheckInFault> CheckIn(Run run, CheckInAction action, string at) => CheckIn(run, action, At(at), 0);

    internal static IReadOnlyList<CheckInFault> CheckIn(Run run, CheckInAction action, Instant at, int geofenceKey)
    {
        run.Tracker.Apply(new CheckIn { Action = action, At = at, ReceivedAt = at + 1.Seconds(), GeofenceKey = geofenceKey }, run.Output);
        CheckInEvent told = run.Of<CheckInEvent>()[^1];
        Assert.Equal((action, at), (told.Action, told.At));
        return told is CheckInRefused refused ? refused.Failed : [];
    }
}

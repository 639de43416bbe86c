using Tracking.Contracts;
using static Tracking.Tracker.Tests.DutyTests;

namespace Tracking.Tracker.Tests;

/// <summary>Check-ins at customers, standing for long, and leaving the work area.</summary>
public class CheckInTests
{
    private static readonly Geofence Customer = Watched.Circle(1, Drive.Depot, 150) with { Purpose = GeofencePurpose.Customer };
    private static readonly Geofence Depot = Watched.Circle(2, Drive.Depot, 150) with { Purpose = GeofencePurpose.Office };
    private static readonly Geofence Far = Watched.Circle(3, Geodesy.Destination(Drive.Depot, 0, 5000), 150) with { Purpose = GeofencePurpose.Customer };

    private static Run There(Func<Fix, Fix>? change = null, params Geofence[] more)
    {
        Drive drive = Drive.From(Drive.Depot).Every(10.Seconds()).For(5.Minutes()).Still();
        return new Run([Customer, Depot, Far, .. more]).Take(change is null ? drive.Fixes : drive.Fixes.Select(change));
    }

    private static Instant After(int seconds) => Drive.Morning + 5.Minutes() + seconds.Seconds();

    [Fact]
    public void Who_is_there_checks_in_and_out()
    {
        Run run = There();
        Assert.Empty(CheckIn(run, CheckInAction.In, After(5), 1));
        CheckInAccepted told = Assert.Single(run.Of<CheckInAccepted>());
        Assert.Equal((1, 0.0, 5.0, (Instant?)(After(0) - 10.Seconds())), (told.GeofenceKey, told.DistanceM, told.AccuracyM, told.FixedAt));
        Assert.Empty(CheckIn(run, CheckInAction.Out, After(60), 1));
    }

    [Fact]
    public void The_verdict_names_every_condition_that_failed()
    {
        Assert.Equal([CheckInFault.Outside], CheckIn(There(), CheckInAction.In, After(5), 3));
        Assert.Equal([CheckInFault.NotACustomer], CheckIn(There(), CheckInAction.In, After(5), 2));
        Assert.Equal([CheckInFault.NoGeofence], CheckIn(There(), CheckInAction.In, After(5), 99));
        Assert.Equal([CheckInFault.NotFresh], CheckIn(There(), CheckInAction.In, After(150), 1));
        Assert.Equal([CheckInFault.Inaccurate], CheckIn(There(static f => f with { AccuracyM = 60 }), CheckInAction.In, After(5), 1));
        Assert.Equal([CheckInFault.Mocked], CheckIn(There(static f => f with { Traits = FixTraits.Mock }), CheckInAction.In, After(5), 1));
        Assert.Equal([CheckInFault.NotFresh, CheckInFault.Inaccurate, CheckInFault.Outside, CheckInFault.Mocked],
            CheckIn(There(static f => f with { AccuracyM = 60, Traits = FixTraits.Mock }), CheckInAction.In, After(600), 3));
        Assert.Equal([CheckInFault.NotFresh], CheckIn(new Run(Customer), CheckInAction.In, After(5), 1));
    }

    [Fact]
    public void A_vague_fix_that_is_newer_decides()
    {
        Run run = There();
        run.Take(new Fix { FixedAt = After(10), ReceivedAt = After(10), Position = Drive.Depot, AccuracyM = 400 });
        Assert.Equal([CheckInFault.Inaccurate], CheckIn(run, CheckInAction.In, After(20), 1));
    }

    [Fact]
    public void A_check_in_that_is_sent_again_is_judged_once()
    {
        Run run = There();
        var checkIn = new CheckIn { Action = CheckInAction.In, At = After(5), ReceivedAt = After(6), GeofenceKey = 1 };
        run.Tracker.Apply(checkIn, run.Output);
        run.Restored().Tracker.Apply(checkIn with { ReceivedAt = After(900) }, run.Output);
        Assert.Single(run.Of<CheckInEvent>());
    }

    [Fact]
    public void Off_duty_a_check_in_tells_nothing_of_where_somebody_is()
    {
        Run run = There();
        run.Context.Shifts.Put(new Shift { Id = "night", Windows = [new(DayOfWeek.Sunday, new(1, 0), new(2, 0))] });
        run.Tracker.ShiftsChanged(After(1), run.Output);
        Assert.Equal([CheckInFault.OffDuty, CheckInFault.NotFresh], CheckIn(run, CheckInAction.In, After(5), 1));
        CheckInRefused told = Assert.Single(run.Of<CheckInRefused>());
        Assert.Equal((null, null, double.NaN), (told.Position, told.FixedAt, told.DistanceM));
    }

    [Fact]
    public void Standing_for_long_where_there_is_no_work_is_told_once_a_stop()
    {
        Drive drive = Drive.From(Geodesy.Destination(Drive.Depot, 180, 3000)).Every(30.Seconds()).For(45.Minutes()).Still().For(10.Minutes()).At(8).For(40.Minutes()).Still();
        Shift always = new() { Id = "all-day", Windows = [.. Enumerable.Range(0, 7).Select(static d => new WeeklyWindow((DayOfWeek)d, default, default))] };
        Run run = With(always, new Run(Depot, Customer)).Take(drive);
        Assert.Equal(2, run.Of<LongStop>().Count);
        LongStop first = run.Of<LongStop>()[0];
        Assert.Equal((Drive.Morning, Drive.Morning + 30.Minutes()), (first.BeganAt, first.At));
        Assert.True(first.ConfirmedAt - first.At < 1.Minutes());
        Assert.Empty(With(always, new Run(Depot)).Take(Drive.From(Drive.Depot).Every(30.Seconds()).For(90.Minutes()).Still()).Of<LongStop>());
        Assert.Empty(new Run(Depot).Take(drive).Of<LongStop>());
    }

    [Fact]
    public void Outside_of_the_work_area_is_told_once_until_the_rep_is_back()
    {
        Geofence area = Watched.Circle(5, Drive.Depot, 2000) with { Purpose = GeofencePurpose.WorkArea };
        Drive drive = Drive.From(Drive.Depot).Every(20.Seconds()).For(20.Minutes()).At(10).Towards(270).For(20.Minutes()).At(10).Towards(90).For(20.Minutes()).At(10);
        Run run = new Run(area).Take(drive);
        Assert.Equal(2, run.Of<OffArea>().Count);
        OffArea first = run.Of<OffArea>()[0];
        Assert.InRange((first.At - Drive.Morning).TotalSeconds, 200, 260);
        Assert.InRange((first.ConfirmedAt - first.At).TotalMinutes, 10, 10.5);
        Run restored = new Run(area);
        foreach (Fix fix in drive.Fixes)
        {
            restored.Take(fix);
            restored.Restored();
        }
        Assert.Equal(run.Of<OffArea>().Select(static e => e.At), restored.Of<OffArea>().Select(static e => e.At));
    }

    [Fact]
    public void Who_has_no_work_area_leaves_none()
    {
        Geofence others = Watched.Circle(5, Drive.Depot, 2000) with { Purpose = GeofencePurpose.WorkArea, Reps = ["bob"] };
        Drive drive = Drive.From(Drive.Depot).Every(20.Seconds()).For(40.Minutes()).At(10);
        Assert.Empty(new Run(others).Take(drive).Of<OffArea>());
        Assert.Single(new Run(others with { Reps = ["ann"] }).Take(drive).Of<OffArea>());
    }

    private static Run With(Shift shift, Run run)
    {
        run.Context.Shifts.Put(shift);
        return run;
    }
}

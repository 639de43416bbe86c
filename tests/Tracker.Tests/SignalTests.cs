using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class SignalTests
{
    private static readonly TimeSpan Ms = TimeSpan.FromMilliseconds(1);

    private static Run Heard(TimeSpan every, TimeSpan duration, out Instant lastHeard)
    {
        Drive drive = Drive.From(Drive.Depot).Every(every).For(duration).At(10);
        lastHeard = drive.Last.ReceivedAt;
        return new Run().Take(drive);
    }

    [Fact]
    public void Silence_makes_a_rep_stale_after_three_intervals_and_lost_after_ten_minutes()
    {
        Run run = Heard(30.Seconds(), 10.Minutes(), out Instant heard);
        Assert.Equal(heard + 90.Seconds(), run.Tracker.NextTickAt);
        Assert.Equal(SignalStatus.Live, run.Tick(heard + 90.Seconds() - Ms).Live.Status);
        Assert.Equal(SignalStatus.Stale, run.Tick(heard + 90.Seconds()).Live.Status);
        Assert.Equal(heard + 10.Minutes(), run.Tracker.NextTickAt);
        Assert.Empty(run.Tick(heard + 10.Minutes() - Ms).Events);
        run.Tick(heard + 3.Hours());
        SignalLost lost = Assert.Single(run.Of<SignalLost>());
        Assert.Equal((heard + 10.Minutes(), heard + 10.Minutes(), "unknown"), (lost.At, lost.ConfirmedAt, lost.Reason));
        Assert.Equal(SignalStatus.Lost, run.Live.Status);
        Assert.Equal(run.Live.Position, lost.Position);
        Assert.Equal(Instant.Max, run.Tracker.NextTickAt);
    }

    [Fact]
    public void A_slow_reporter_is_lost_after_five_of_its_intervals()
    {
        Run run = Heard(10.Minutes(), 5.Hours(), out Instant heard);
        run.Events.Clear();
        run.Tick(heard + 50.Minutes() - Ms);
        Assert.Empty(run.Of<SignalLost>());
        Assert.Equal(heard + 50.Minutes(), Assert.Single(run.Tick(heard + 50.Minutes()).Of<SignalLost>()).At);
    }

    [Fact]
    public void Fixes_that_come_together_are_one_sign_of_life()
    {
        Drive drive = Drive.From(Drive.Depot).Every(1.Seconds()).For(30.Minutes()).At(10);
        var run = new Run().Take(drive.Fixes.Select(static (f, i) => f with { ReceivedAt = Drive.Morning + (60 * (i / 60 + 1)).Seconds() }));
        Assert.Equal(run.Live.HeardAt + 180.Seconds(), run.Tracker.NextTickAt);
    }

    [Fact]
    public void The_next_fix_restores_the_signal_even_if_nobody_ticked()
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).At(10).Silent(30.Minutes()).For(1.Minutes()).At(10);
        var run = new Run().Take(drive);
        SignalLost lost = Assert.Single(run.Of<SignalLost>());
        SignalRestored restored = Assert.Single(run.Of<SignalRestored>());
        Assert.Equal(drive.Fixes[29].ReceivedAt + 10.Minutes(), lost.At);
        Assert.Equal((lost.At, drive.Fixes[30].ReceivedAt), (restored.LostAt, restored.At));
        Assert.Equal(SignalStatus.Live, run.Live.Status);
    }

    [Fact]
    public void Heartbeats_keep_a_rep_live()
    {
        Run run = Heard(30.Seconds(), 10.Minutes(), out Instant heard);
        for (int i = 1; i < 60; i++)
            run.Take(new Fix { FixedAt = heard + i.Minutes(), ReceivedAt = heard + i.Minutes(), Traits = FixTraits.NoPosition });
        Assert.Empty(run.Of<SignalLost>());
    }

    [Fact]
    public void An_import_of_old_tracks_raises_nothing()
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).At(10).Silent(3.Hours()).For(1.Minutes()).At(10);
        var run = new Run().Take(drive.Fixes.Select(static (f, i) => f with { ReceivedAt = f.FixedAt + TimeSpan.FromDays(700) + i.Minutes() }));
        run.Tick(run.Live.HeardAt + 5.Hours());
        Assert.Empty(run.Of<SignalLost>());
        Assert.Empty(run.Of<SignalRestored>());
        Assert.Equal(SignalStatus.Lost, run.Live.Status);
    }

    [Theory]
    [InlineData(4, false, "batteryDead")]
    [InlineData(4, true, "unknown")]
    [InlineData(60, false, "unknown")]
    public void A_flat_battery_is_named_as_the_reason(float pct, bool charging, string reason)
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).At(10);
        FixTraits traits = charging ? FixTraits.ChargingKnown | FixTraits.Charging : FixTraits.ChargingKnown;
        var run = new Run().Take(drive.Fixes.Select(f => f with { BatteryPct = pct, Traits = traits })).Tick(drive.Now + 1.Hours());
        SignalLost lost = Assert.Single(run.Of<SignalLost>());
        Assert.Equal(reason, lost.Reason);
        Assert.Contains(lost.Evidence, e => e.Kind == "batteryLevel" && e.Text.En.Contains($"{pct} %", StringComparison.Ordinal));
    }

    [Fact]
    public void A_battery_that_is_as_low_afterwards_was_not_flat()
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).At(10).Silent(1.Hours()).For(10.Seconds()).At(10);
        var run = new Run().Take(drive.Fixes.Select(static (f, i) => f with { BatteryPct = i < 30 ? 4 : 3 }));
        Assert.Equal("batteryDead", run.Of<SignalLost>()[0].Reason);
        Assert.Equal(("unknown", "batteryWasNotFlat"), (run.Of<SignalRestored>()[0].Reason, run.Of<SignalRestored>()[0].Reconciled));
    }

    [Fact]
    public void Fixes_recorded_meanwhile_show_that_only_the_network_was_missing()
    {
        Drive drive = Drive.From(Drive.Depot).For(40.Minutes()).At(10);
        Instant back = drive.Now;
        var run = new Run().Take(drive.Fixes.Select((f, i) => i < 30 ? f : f with { ReceivedAt = back }));
        SignalRestored restored = Assert.Single(run.Of<SignalRestored>());
        Assert.Equal(("noNetwork", "offlineButRecorded"), (restored.Reason, restored.Reconciled));
    }
}

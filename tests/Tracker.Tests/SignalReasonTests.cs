using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Why nothing was heard: what came before the silence, and what the device brings along afterwards.</summary>
public class SignalReasonTests
{
    private static readonly Drive Before = Drive.From(Drive.Depot).Every(30.Seconds()).For(20.Minutes()).At(10);
    private static readonly Instant Last = Before.Last.ReceivedAt;
    private static readonly Instant Back = Last + 50.Minutes();

    private static DeviceEvent Told(DeviceEventKind kind, Instant at, Instant? received = null, float batteryPct = float.NaN) =>
        new() { Kind = kind, At = at, ReceivedAt = received ?? at, BatteryPct = batteryPct };

    private static Fix FixAt(Instant at, float batteryPct = float.NaN) =>
        Before.Last with { FixedAt = at, ReceivedAt = at, BatteryPct = batteryPct };

    private static Run Until(Func<Fix, int, Fix>? change = null, Func<int, GeoPoint, double>? neighbours = null)
    {
        var run = new Run(neighbours);
        return run.Take(Before.Fixes.Select(change ?? ((f, _) => f)));
    }

    private static SignalLost Lost(Run run) => Assert.Single(run.Tick(Back - 1.Minutes()).Of<SignalLost>());

    private static SignalRestored RestoredAfter(Run run)
    {
        SignalRestored restored = Assert.Single(run.Of<SignalRestored>());
        Assert.All(restored.Evidence, static e => Assert.True(e.Text.En.Length > 0 && e.Text.Zh.Length > 0));
        return restored;
    }

    [Theory]
    [InlineData(DeviceEventKind.Shutdown, "switchedOff")]
    [InlineData(DeviceEventKind.AppStopped, "appStopped")]
    [InlineData(DeviceEventKind.PermissionDenied, "locationPermission")]
    [InlineData(DeviceEventKind.LocationServiceOff, "locationService")]
    [InlineData(DeviceEventKind.AeroplaneModeOn, "aeroplaneMode")]
    [InlineData(DeviceEventKind.ConnectionLost, "noNetwork")]
    public void What_the_device_said_last_is_the_reason(DeviceEventKind kind, string reason)
    {
        Run run = Until();
        run.Tracker.Apply(Told(kind, Last + 1.Seconds()), run.Output);
        SignalLost lost = Lost(run.Restored());
        Assert.Equal(reason, lost.Reason);
        Assert.Contains(lost.Evidence, static e => e.Kind is "deviceTold" or "connectionLost" && e.FixedAt[0] == Last + 1.Seconds());
    }

    [Theory]
    [InlineData(DeviceEventKind.PermissionDenied, DeviceEventKind.PermissionGranted)]
    [InlineData(DeviceEventKind.LocationServiceOff, DeviceEventKind.LocationServiceOn)]
    [InlineData(DeviceEventKind.AeroplaneModeOn, DeviceEventKind.AeroplaneModeOff)]
    [InlineData(DeviceEventKind.AppStopped, DeviceEventKind.AppStarted)]
    [InlineData(DeviceEventKind.Shutdown, DeviceEventKind.Boot)]
    public void What_was_taken_back_before_the_silence_is_no_reason(DeviceEventKind begun, DeviceEventKind ended)
    {
        Run run = Until();
        run.Tracker.Apply(Told(begun, Last + 1.Seconds()), run.Output);
        run.Tracker.Apply(Told(ended, Last + 5.Seconds()), run.Output);
        Assert.Equal("unknown", Lost(run).Reason);
    }

    [Fact]
    public void A_fix_after_what_the_device_said_shows_that_it_holds_no_more()
    {
        Run run = Until();
        run.Tracker.Apply(Told(DeviceEventKind.PermissionDenied, Last + 1.Seconds()), run.Output);
        run.Take(FixAt(Last + 30.Seconds()));
        Assert.Equal("unknown", Lost(run).Reason);
    }

    [Theory]
    [InlineData(DeviceEventKind.Boot, "switchedOff")]
    [InlineData(DeviceEventKind.AppStarted, "appStopped")]
    [InlineData(DeviceEventKind.PermissionGranted, "locationPermission")]
    [InlineData(DeviceEventKind.LocationServiceOn, "locationService")]
    [InlineData(DeviceEventKind.AeroplaneModeOff, "aeroplaneMode")]
    public void What_the_device_says_on_its_return_tells_an_unknown_reason(DeviceEventKind kind, string reason)
    {
        Run run = Until((f, _) => f with { BatteryPct = 60 });
        Assert.Equal("unknown", Lost(run).Reason);
        run.Tracker.Apply(Told(kind, Back), run.Output);
        Assert.Equal((reason, "deviceTold"), (RestoredAfter(run).Reason, RestoredAfter(run).Reconciled));
    }

    [Fact]
    public void A_battery_that_drains_quickly_is_dead_by_its_trend()
    {
        Run run = Until((f, i) => f with { BatteryPct = 17 - i / 4 });
        SignalLost lost = Lost(run);
        Assert.Equal("batteryDead", lost.Reason);
        Assert.Contains(lost.Evidence, static e => e.Kind == "batteryLevel" && e.Text.En.Contains("an hour", StringComparison.Ordinal));
    }

    [Fact]
    public void A_phone_that_is_switched_on_again_with_a_low_battery_had_gone_out()
    {
        Run run = Until((f, _) => f with { BatteryPct = 11 });
        Assert.Equal("unknown", Lost(run).Reason);
        run.Tracker.Apply(Told(DeviceEventKind.Boot, Back, batteryPct: 30), run.Output);
        Assert.Equal(("batteryDead", "batteryWasFlat"), (RestoredAfter(run).Reason, RestoredAfter(run).Reconciled));
    }

    [Fact]
    public void Sixty_percent_before_and_fifty_eight_after_was_no_flat_battery()
    {
        Run run = Until((f, _) => f with { BatteryPct = 60 });
        Lost(run);
        run.Take(FixAt(Back, 58));
        Assert.Equal("unknown", RestoredAfter(run).Reason);
    }

    [Fact]
    public void Heartbeats_without_a_position_before_the_silence_mean_no_satellites()
    {
        Run run = Until((f, i) => i < 36 ? f : f with { Traits = FixTraits.NoPosition });
        Assert.Equal("noSatellites", Lost(run).Reason);
    }

    [Theory]
    [InlineData(0.7, "areaOutage")]
    [InlineData(0.3, "unknown")]
    public void Neighbours_that_fell_silent_as_well_mean_an_outage(double share, string reason)
    {
        int askedFor = 0;
        Run run = Until(neighbours: (rep, at) =>
        {
            askedFor = rep;
            Assert.Equal(Before.Last.Position, at);
            return share;
        });
        Assert.Equal(reason, Lost(run).Reason);
        Assert.Equal(1, askedFor);
    }

    [Theory]
    [InlineData(DeviceEventKind.AeroplaneModeOn, "aeroplaneMode")]
    [InlineData(DeviceEventKind.Shutdown, "noNetwork")]
    public void Fixes_of_the_silent_time_contradict_a_phone_that_was_off_but_not_aeroplane_mode(DeviceEventKind kind, string reason)
    {
        Run run = Until();
        run.Tracker.Apply(Told(kind, Last + 1.Seconds()), run.Output);
        Lost(run);
        run.Take(FixAt(Last + 20.Minutes()) with { ReceivedAt = Back });
        Assert.Equal((reason, "offlineButRecorded"), (RestoredAfter(run).Reason, RestoredAfter(run).Reconciled));
    }

    [Fact]
    public void The_end_of_a_connection_is_no_sign_of_life()
    {
        Run run = Until();
        run.Tracker.Apply(Told(DeviceEventKind.ConnectionLost, Last + 5.Minutes()), run.Output);
        Assert.Equal(Last + 10.Minutes(), Lost(run).At);
    }
}

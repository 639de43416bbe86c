namespace Tracking.Simulator.Tests;

public sealed class BatteryTests
{
    [Fact]
    public void A_battery_goes_flat_and_comes_back_with_a_little_charge()
    {
        var battery = new Battery(levelPct: 2, drainPctPerHour: 10);
        int seconds = 0;
        for (; !battery.Flat; seconds++) battery.Step(charging: false);
        Assert.InRange(seconds, 500, 580);
        for (int i = 0; i < 120; i++) battery.Step(charging: true);
        Assert.True(battery.Flat, "a phone starts again only with some reserve");
        for (int i = 0; i < 400; i++) battery.Step(charging: true);
        Assert.False(battery.Flat);
    }

    [Fact]
    public void A_flat_phone_says_nothing()
    {
        World world = Worlds.Small(reps: 40);
        Collector sent = Worlds.Run(world, TimeSpan.FromHours(8));
        Assert.Contains(sent.Sent.Values, static reports => reports.Exists(static r => r.Report.BatteryPct < 3));
        Assert.All(sent.Sent.Values, static reports => Assert.All(reports, static r => Assert.InRange(r.Report.BatteryPct, 0, 100)));
    }
}

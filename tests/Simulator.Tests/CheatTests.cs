using Tracking.Contracts;

namespace Tracking.Simulator.Tests;

public sealed class CheatTests
{
    private static readonly Instant From = Worlds.Morning + TimeSpan.FromMinutes(30);
    private static readonly Instant To = Worlds.Morning + TimeSpan.FromMinutes(50);

    [Fact]
    public void Mock_apps_flag_themselves_while_their_owner_sits()
    {
        var (reports, person) = RunWith(CheatKind.MockFlag);
        Assert.All(reports.Where(static r => r.Report.HasPosition), static r => Assert.Equal(Cheats(r.Report), r.Report.Mock));
        Assert.True(reports.Where(static r => Cheats(r.Report)).Select(static r => r.Truth).Distinct().Count() <= 2);
        Assert.Equal(CheatKind.MockFlag, person.Spec.Cheat.Kind);
    }

    [Fact]
    public void Frozen_coordinates_are_identical_to_the_bit_from_the_first_move_on()
    {
        var (reports, _) = RunWith(CheatKind.Frozen);
        Assert.Single(reports.Where(static r => Cheats(r.Report)).SkipWhile(static r => !(r.Report.SpeedMps > 1)).Select(static r => r.Report.Position).Distinct());
    }

    [Fact]
    public void Teleports_go_kilometres_away_and_come_back()
    {
        var (reports, _) = RunWith(CheatKind.Teleport);
        List<double> off = [.. reports.Where(static r => Cheats(r.Report) && r.Report.HasPosition).Select(static r => Ellipsoid.DistanceM(r.Report.Position, r.Truth))];
        Assert.Contains(off, static m => m > 6000);
        Assert.Contains(off, static m => m < 200);
    }

    [Fact]
    public void Too_fast_is_faster_than_any_car()
    {
        var (reports, _) = RunWith(CheatKind.TooFast);
        Assert.Contains(reports, static r => r.Report.SpeedMps > 90);
    }

    [Fact]
    public void A_replay_repeats_what_was_reported_before()
    {
        var (reports, _) = RunWith(CheatKind.Replay);
        HashSet<GeoPoint> earlier = [.. reports.Where(static r => r.Report.HasPosition && r.Report.FixedAt < From).Select(static r => r.Report.Position)];
        Assert.All(reports.Where(static r => Cheats(r.Report) && r.Report.HasPosition), r => Assert.Contains(r.Report.Position, earlier));
    }

    [Fact]
    public void A_phone_left_behind_stays_while_its_owner_goes()
    {
        var (reports, _) = RunWith(CheatKind.PhoneLeft);
        List<(DeviceReport Report, GeoPoint Truth, Instant SentAt)> during = [.. reports.Where(static r => Cheats(r.Report) && r.Report.HasPosition)];
        GeoPoint left = during[0].Report.Position;
        Assert.All(during, r => Assert.InRange(Ellipsoid.DistanceM(r.Report.Position, left), 0, 200));
    }

    [Fact]
    public void What_is_measured_without_a_network_arrives_late_and_complete()
    {
        var sent = Worlds.Run(Worlds.Small(reps: 1, script: static (_, spec) => spec with { Offline = (From, To) }), TimeSpan.FromHours(1));
        var reports = sent.Sent.Values.Single();
        Assert.DoesNotContain(reports, static r => r.SentAt > From && r.SentAt < To);
        Assert.Contains(reports, static r => Cheats(r.Report) && r.SentAt >= To);
        Assert.Equal(reports.Select(static r => r.Report.FixedAt).Order(), reports.Select(static r => r.Report.FixedAt));
    }

    [Fact]
    public void A_phone_that_is_off_measures_nothing()
    {
        var sent = Worlds.Run(Worlds.Small(reps: 1, script: static (_, spec) => spec with { SwitchedOff = (From, To) }), TimeSpan.FromHours(1));
        Assert.DoesNotContain(sent.Sent.Values.Single(), static r => r.Report.FixedAt >= From && r.Report.FixedAt < To);
    }

    private static bool Cheats(in DeviceReport report) => report.FixedAt >= From && report.FixedAt < To;

    private static (List<(DeviceReport Report, GeoPoint Truth, Instant SentAt)> Reports, Person Person) RunWith(CheatKind kind)
    {
        World world = Worlds.Small(reps: 1, script: (_, spec) => spec with { Cheat = new CheatWindow(kind, From, To), Phone = PhoneModel.All[0] });
        return (Worlds.Run(world, TimeSpan.FromHours(1)).Sent.Values.Single(), world.People[0]);
    }
}

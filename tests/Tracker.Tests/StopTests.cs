using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class StopTests
{
    private static string Told(Run run) => string.Join(" ", run.Events.Select(static e =>
        $"{(e is StopBegan ? "began" : "ended")}@{(e.At - Drive.Morning).TotalSeconds:0}/{(e.ConfirmedAt - Drive.Morning).TotalSeconds:0}"));

    [Fact]
    public void A_visit_between_two_trips_is_a_stop_back_dated_to_its_first_fix()
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).At(50.KmPerHour()).For(15.Minutes()).Still().For(5.Minutes()).At(50.KmPerHour());
        var run = new Run().Take(drive);
        // The last fix on the way back is the way's end: the 139 m after it are not seen.
        Assert.Equal("began@600/780 ended@1500/1520", Told(run));
        Assert.Equal(Motion.Moving, run.Live.Motion);
        DayReport report = run.Report();
        Assert.Equal(2, report.Trips.Count);
        Assert.Equal(900, report.StoppedS);
        Assert.Equal(drive.Last.FixedAt, report.Trips[1].EndedAt);
        Assert.InRange(report.AcceptedM, 0.999 * drive.TrueM - 140, 1.0001 * drive.TrueM);
        Assert.All(report.Trips, static t => Assert.InRange(t.MaxSpeedMps, 50.KmPerHour() - 0.1, 50.KmPerHour() + 0.1));
    }

    [Fact]
    public void Less_than_three_minutes_is_no_stop()
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).At(14).For(160.Seconds()).Still().For(10.Minutes()).At(14);
        Assert.Empty(new Run().Take(drive).Events);
    }

    [Fact]
    public void A_parked_phone_gains_nothing_all_night()
    {
        Drive drive = Drive.From(Drive.Depot).Every(30.Seconds()).Noisy(10).Accurate(10).For(9.Hours()).Still();
        var run = new Run().Take(drive);
        Assert.Single(run.Events);
        DayReport report = run.Report();
        Assert.Equal(0, report.AcceptedM);
        Assert.True(report.RawM > 10_000);
        Assert.Equal(drive.Fixes.Count, report.Stops.Count > 0 ? drive.Fixes.Count : 0);
        DayStop stop = Assert.Single(report.Stops);
        Assert.Equal((drive.Fixes[0].FixedAt, drive.Last.FixedAt), (stop.BeganAt, stop.EndedAt));
        Assert.InRange(Geodesy.DistanceM(stop.Position, Drive.Depot), 0, 3);
    }

    [Theory]
    [InlineData(150)]
    [InlineData(650)]
    public void One_wild_fix_ends_no_stop(double awayM)
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).Still().WildFix(awayM).For(10.Minutes()).Still();
        var run = new Run().Take(drive);
        Assert.IsType<StopBegan>(Assert.Single(run.Events));
        Assert.Equal(Motion.Stopped, run.Live.Motion);
        Assert.Equal(0, run.Report().AcceptedM);
    }

    [Fact]
    public void One_wild_fix_delays_no_stop()
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).At(14).For(1.Minutes()).Still().WildFix(150).For(4.Minutes()).Still();
        Assert.Equal("began@600/780", Told(new Run().Take(drive)));
    }

    [Fact]
    public void A_short_walk_and_back_is_part_of_the_stop()
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).Still().For(60.Seconds()).At(1.5)
            .Towards(270).For(60.Seconds()).At(1.5).For(10.Minutes()).Still();
        var run = new Run().Take(drive);
        Assert.IsType<StopBegan>(Assert.Single(run.Events));
        Assert.Equal(0, run.Report().AcceptedM);
        Assert.Single(run.Report().Stops);
    }

    [Fact]
    public void A_move_of_less_than_a_trip_goes_on_with_the_stop_elsewhere()
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).Still().For(20.Seconds()).At(8).For(10.Minutes()).Still();
        var run = new Run().Take(drive);
        Assert.IsType<StopBegan>(Assert.Single(run.Events));
        Assert.Equal(Motion.Stopped, run.Live.Motion);
        Assert.Equal(drive.Last.FixedAt, Assert.Single(run.Report().Stops).EndedAt);
    }

    [Fact]
    public void Silence_of_more_than_ten_minutes_is_a_gap_and_ends_what_was_going_on()
    {
        GeoPoint elsewhere = Geodesy.Destination(Drive.Depot, 0, 12_000);
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).Still().Silent(20.Minutes()).AppearAt(elsewhere).For(10.Minutes()).At(14);
        var run = new Run().Take(drive);
        Assert.Equal("590/1800", $"{(run.Of<StopEnded>()[0].At - Drive.Morning).TotalSeconds}/{(run.Of<StopEnded>()[0].ConfirmedAt - Drive.Morning).TotalSeconds}");
        DayReport report = run.Report();
        DayGap gap = Assert.Single(report.Gaps);
        Assert.InRange(gap.InferredM, 11_990, 12_010);
        Assert.Equal(gap.InferredM, report.InferredM);
        Assert.InRange(report.AcceptedM, 8_200, 8_400);
        Assert.Equal([report.Stops[0].EndedAt, report.Trips[0].BeganAt], [gap.BeganAt, gap.EndedAt]);
    }

    [Fact]
    public void A_stop_goes_on_over_a_gap_when_the_rep_reappears_there()
    {
        Drive drive = Drive.From(Drive.Depot).For(10.Minutes()).Still().Silent(8.Hours()).For(10.Minutes()).Still();
        var run = new Run().Take(drive);
        Assert.Empty(run.Of<StopEnded>());
        DayReport report = run.Report();
        Assert.Empty(report.Gaps);
        Assert.Equal((drive.Last.FixedAt - Drive.Morning).TotalSeconds, report.StoppedS);
    }

    [Fact]
    public void One_fix_far_away_is_a_trip_when_there_was_time_for_one()
    {
        Drive drive = Drive.From(Drive.Depot).Every(5.Minutes()).For(30.Minutes()).Still().WildFix(2000).For(30.Minutes()).Still();
        var run = new Run().Take(drive);
        Assert.Equal("began@0/300 ended@1500/2100 began@2100/2400", Told(run));
        DayTrip trip = Assert.Single(run.Report().Trips);
        Assert.InRange(trip.DistanceM, 3900, 4001);
    }

    [Fact]
    public void A_stop_at_the_antimeridian_is_a_stop()
    {
        Drive drive = Drive.From(new GeoPoint(-16.8, 179.9999)).Noisy(12).For(20.Minutes()).Still();
        DayStop stop = Assert.Single(new Run().Take(drive).Report().Stops);
        Assert.InRange(Geodesy.DistanceM(stop.Position, drive.Position), 0, 6);
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class BendTests
{
    private static Fix At(int second, double northM, double eastM, float courseDeg, float speedMps = 12) => new()
    {
        FixedAt = Drive.Morning + second.Seconds(),
        Position = new LocalFrame(Drive.Depot).ToPoint(eastM, northM),
        CourseDeg = courseDeg,
        SpeedMps = speedMps,
        AccuracyM = 5,
    };

    private static double ExtraM(Fix from, Fix to) => Bend.ExtraM([from, to], 0, Geodesy.DistanceM(from.Position, to.Position));

    [Fact]
    public void A_corner_is_gone_round() => Assert.InRange(ExtraM(At(0, 0, 0, 0), At(30, 220, 150, 90)), 0.99 * (370 - 266.3), 1.01 * (370 - 266.3));

    [Fact]
    public void So_are_two_corners_that_bring_back_the_course() =>
        Assert.InRange(ExtraM(At(0, 0, 0, 0), At(30, 250, 100, 5)), 66, 84);

    [Theory]
    [InlineData(0, 0, 30, 12)] // straight on
    [InlineData(0, float.NaN, 30, 12)] // nothing is told
    [InlineData(0, 90, 5, 12)] // too near in time
    [InlineData(0, 90, 120, 12)] // too far
    [InlineData(0, 90, 30, 0)] // at rest the course means nothing
    [InlineData(180, 90, 30, 12)] // away from where it went
    public void Nothing_is_added_without_a_turn_that_the_courses_tell(float before, float after, int seconds, float speedMps) =>
        Assert.Equal(0, ExtraM(At(0, 0, 0, before), At(seconds, 300, after == 90 ? 100 : 10, after, speedMps)));

    [Fact]
    public void Steps_before_and_behind_stand_for_courses_that_nobody_reports()
    {
        Fix[] way = [At(0, -300, 0, float.NaN, float.NaN), At(30, 0, 0, float.NaN, float.NaN), At(60, 220, 150, float.NaN, float.NaN), At(90, 220, 450, float.NaN, float.NaN)];
        Assert.InRange(Bend.ExtraM(way, 1, 266.3), 0.69 * (370 - 266.3), 0.71 * (370 - 266.3));
    }

    [Fact]
    public void Never_more_than_two_fifths_of_the_line()
    {
        Fix from = At(0, 0, 0, 0), to = At(30, 100, 100, 175);
        Assert.InRange(ExtraM(from, to), 0, 0.4 * Geodesy.DistanceM(from.Position, to.Position));
    }

    [Fact]
    public void The_way_from_the_door_to_the_road_is_paid_along_its_fixes()
    {
        Drive drive = Drive.From(Drive.Depot).Every(2.Seconds()).For(6.Minutes()).Still().Towards(0).For(30.Seconds()).At(1.4)
            .Towards(90).For(4.Minutes()).At(10).Towards(0).For(6.Minutes()).Still();
        DayTrip trip = Assert.Single(new Run().Take(drive).Report().Trips);
        Assert.InRange(trip.DistanceM, 0.99 * drive.TrueM, 1.005 * drive.TrueM);
    }
}

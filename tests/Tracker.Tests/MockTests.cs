using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class MockTests
{
    private static readonly GeoPoint Elsewhere = Geodesy.Destination(Drive.Depot, 70, 20_000);

    [Fact]
    public void The_devices_own_flag_decides_alone_and_once()
    {
        Drive drive = Drive.From(Drive.Depot).For(2.Minutes()).At(10).Fix(Mocked).Fix(Mocked).For(20.Minutes()).At(10);
        var run = new Run().Take(drive);
        MockSuspected suspected = Assert.Single(run.Of<MockSuspected>());
        Assert.Equal(drive.Fixes[12].FixedAt, suspected.At);
        Assert.Equal(1, suspected.Score);
        Evidence evidence = Assert.Single(suspected.Evidence);
        Assert.Equal(("deviceFlag", 1.0), (evidence.Kind, evidence.Weight));
        Assert.Equal([drive.Fixes[12].FixedAt], evidence.FixedAt);
        Assert.NotEmpty(evidence.Text.En);
        Assert.NotEmpty(evidence.Text.Zh);
        MockCleared cleared = Assert.Single(run.Of<MockCleared>());
        Assert.Equal(suspected.At, cleared.SuspectedAt);
        Assert.InRange((cleared.At - suspected.At).TotalMinutes, 17, 18);
    }

    [Fact]
    public void The_flag_counts_on_fixes_of_any_outcome_of_the_present()
    {
        Drive drive = Drive.From(Drive.Depot).For(1.Minutes()).At(10).Fix(static f => Mocked(f) with { AccuracyM = 500 });
        Assert.Single(new Run().Take(drive).Of<MockSuspected>());
    }

    [Fact]
    public void One_jump_across_town_opens_no_case()
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).Still().AppearAt(Elsewhere).For(30.Minutes()).Still();
        var run = new Run().Take(drive);
        Assert.Empty(run.Of<MockSuspected>());
        Assert.All(run.Judged, static j => Assert.Equal(FixOutcome.Accepted, j.Outcome));
    }

    [Fact]
    public void Teleporting_to_the_customer_and_back_opens_a_case_that_says_why()
    {
        Drive drive = Drive.From(Drive.Depot).For(5.Minutes()).Still().AppearAt(Elsewhere).For(20.Minutes()).Still()
            .AppearAt(Drive.Depot).For(5.Minutes()).Still();
        MockSuspected suspected = Assert.Single(new Run().Take(drive).Of<MockSuspected>());
        Assert.Contains(suspected.Evidence, static e => e.Kind == "impossibleSpeed");
        Evidence back = Assert.Single(suspected.Evidence, static e => e.Kind == "thereAndBack");
        Assert.Equal(3, back.FixedAt.Count);
        Assert.Contains("20.0 km", back.Text.En, StringComparison.Ordinal);
        Assert.Equal(suspected.Evidence.OrderByDescending(static e => e.Weight).Select(static e => e.Weight), suspected.Evidence.Select(static e => e.Weight));
    }

    [Fact]
    public void Repeated_far_spikes_open_a_case_and_a_single_one_does_not()
    {
        Drive one = Drive.From(Drive.Depot).For(1.Minutes()).At(5).WildFix(8000).For(1.Minutes()).At(5);
        Assert.Empty(new Run().Take(one).Of<MockSuspected>());
        Drive many = Drive.From(Drive.Depot).For(1.Minutes()).At(5);
        for (int i = 0; i < 5; i++) many.WildFix(8000).For(20.Seconds()).At(5);
        Assert.Single(new Run().Take(many).Of<MockSuspected>());
    }

    [Fact]
    public void Coordinates_frozen_to_the_last_bit_while_driving_open_a_case()
    {
        Drive drive = Drive.From(Drive.Depot);
        for (int i = 0; i < 20; i++) drive.Fix(static f => f with { SpeedMps = 12 });
        MockSuspected suspected = Assert.Single(new Run().Take(drive).Of<MockSuspected>());
        Evidence frozen = Assert.Single(suspected.Evidence);
        Assert.Equal("identicalCoordinates", frozen.Kind);
        Assert.Equal(drive.Fixes[0].FixedAt, frozen.FixedAt[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(0f)]
    public void An_honest_parked_phone_may_repeat_its_position_all_day(float speedMps)
    {
        Drive drive = Drive.From(Drive.Depot).Every(30.Seconds());
        for (int i = 0; i < 1000; i++)
            drive.Fix(f => f with { SpeedMps = speedMps, Provider = LocationProvider.Gnss, Satellites = 9 });
        Assert.Empty(new Run().Take(drive).Of<MockSuspected>());
    }

    [Fact]
    public void A_flight_with_the_phone_off_opens_no_case()
    {
        GeoPoint london = new(51.47, -0.45);
        Drive drive = Drive.From(new GeoPoint(48.11, 16.57)).For(10.Minutes()).At(20).Silent(150.Minutes()).AppearAt(london).For(10.Minutes()).At(10);
        var run = new Run().Take(drive);
        Assert.Empty(run.Of<MockSuspected>());
        Assert.Equal(london.LatitudeDeg, run.Live.Position.LatitudeDeg, 0.1);
    }

    [Fact]
    public void A_train_at_300_kilometres_an_hour_opens_no_case()
    {
        Drive drive = Drive.From(Drive.Depot).Every(30.Seconds()).For(20.Minutes()).At(20).For(40.Minutes()).At(300.KmPerHour()).For(10.Minutes()).At(10);
        var run = new Run().Take(drive);
        Assert.Empty(run.Of<MockSuspected>());
        Assert.Equal(drive.Last.Position, run.Live.Position);
    }

    [Fact]
    public void Honest_random_ways_open_no_case()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            Run run = new Run().Take(RandomTrack.Honest(seed));
            Assert.Empty(run.Of<MockSuspected>());
        }
    }

    private static Fix Mocked(Fix fix) => fix with { Traits = FixTraits.Mock };
}

using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Each kind of mock evidence as a drive that is honest but for one thing, and as the honest drive beside it.</summary>
public class MockKindTests
{
    private const double SpeedMps = 12;

    // Half an hour on the road, one fix in five seconds, with everything a good phone tells.
    private static List<Fix> Honest(double noiseM = 3, int minutes = 30) =>
        [.. Drive.From(Drive.Depot).Every(5.Seconds()).Noisy(noiseM).For(minutes.Minutes()).At(SpeedMps).Fixes.Select(static (f, i) => f with
        {
            SpeedMps = (float)SpeedMps + 0.1f * (i * 7 % 5),
            CourseDeg = 90 + i % 3,
            AltitudeM = 180 + i * 11 % 13,
            AccuracyM = 4 + 0.5f * (i * 5 % 7),
            Activity = Activity.Driving,
            Provider = LocationProvider.Gnss,
            Satellites = 9,
        })];

    private static List<Fix> From(int minute, List<Fix> fixes, Func<Fix, int, Fix> change) =>
        [.. fixes.Select((f, i) => f.FixedAt < Drive.Morning + minute.Minutes() ? f : change(f, i))];

    private static Evidence Suspected(IEnumerable<Fix> fixes, string kind)
    {
        MockSuspected suspected = new Run().Take(fixes).Of<MockSuspected>()[0];
        Evidence evidence = Assert.Single(suspected.Evidence, e => e.Kind == kind);
        Assert.NotEmpty(evidence.Text.En);
        Assert.NotEmpty(evidence.Text.Zh);
        Assert.NotEmpty(evidence.FixedAt);
        return evidence;
    }

    private static void Trusted(IEnumerable<Fix> fixes)
    {
        Run run = new Run().Take(fixes);
        Assert.Empty(run.Of<MockSuspected>());
        Assert.True(run.Live.MockScore < 0.3, $"score {run.Live.MockScore}");
    }

    [Fact]
    public void An_honest_drive_leaves_no_score() => Trusted(Honest());

    [Fact]
    public void A_speed_of_nothing_while_the_way_goes_on() =>
        Suspected(From(10, Honest(), static (f, _) => f with { SpeedMps = 0, CourseDeg = float.NaN }), "reportedSpeed");

    [Fact]
    public void A_speed_without_a_way() =>
        Suspected(From(10, Honest(), static (f, i) => f with { Position = Geodesy.Destination(Drive.Depot, 90 + i, 7200 + i % 3).Quantised() }), "reportedSpeed");

    [Fact]
    public void A_device_that_never_told_a_speed_may_say_nought() => Trusted(Honest().Select(static f => f with { SpeedMps = 0, CourseDeg = float.NaN }));

    [Fact]
    public void A_course_against_the_way()
    {
        Evidence evidence = Suspected(From(10, Honest(), static (f, _) => f with { CourseDeg = 200 }), "reportedCourse");
        Assert.Contains("108°", evidence.Text.En, StringComparison.Ordinal);
    }

    [Fact]
    public void Sensors_that_are_frozen_while_the_way_goes_on() =>
        Suspected(From(10, Honest(), static (f, _) => f with { AccuracyM = 5, AltitudeM = 0, SpeedMps = 12 }), "frozenSensors");

    [Fact]
    public void Sensors_that_do_not_exist_are_not_frozen() =>
        Trusted(Honest().Select(static f => f with { AltitudeM = float.NaN, AccuracyM = 5, SpeedMps = 12 }));

    [Fact]
    public void Satellites_that_it_used_to_count_are_missing() =>
        Suspected(From(10, Honest(), static (f, _) => f with { Satellites = 0 }), "satellitesMissing");

    [Fact]
    public void A_device_that_never_counts_satellites_may_say_none() => Trusted(Honest().Select(static f => f with { Satellites = 0 }));

    [Fact]
    public void A_ride_that_the_motion_sensors_never_notice() =>
        Suspected(From(10, Honest(), static (f, _) => f with { Activity = Activity.Still }), "stillActivity");

    [Fact]
    public void Motion_sensors_may_wake_up_late_and_doze_on_smooth_roads() =>
        Trusted(From(3, Honest(), static (f, i) => f with { Activity = i % 36 < 34 ? Activity.Still : Activity.Driving }));

    [Fact]
    public void A_way_that_is_straight_to_the_centimetre() => Suspected(Honest(noiseM: 0), "straightMotion");

    [Fact]
    public void A_drawn_track_without_speeds_may_be_straight() => Trusted(Honest(noiseM: 0).Select(static f => f with { SpeedMps = float.NaN }));

    [Fact]
    public void A_perfect_circle()
    {
        GeoPoint centre = Geodesy.Destination(Drive.Depot, 0, 150);
        Evidence evidence = Suspected(Honest().Select((f, i) => f with
        {
            Position = Geodesy.Destination(centre, 180 - i * 11, 150).Quantised(),
            SpeedMps = 5.8f,
            CourseDeg = float.NaN,
        }), "periodicMotion");
        Assert.Contains("150 m", evidence.Text.En, StringComparison.Ordinal);
    }

    [Fact]
    public void Coordinates_that_become_coarse() => Suspected(From(10, Honest(), static (f, _) => Coarse(f)), "coarseCoordinates");

    [Fact]
    public void A_device_that_always_rounds_is_honest_about_it() => Trusted(Honest().Select(static f => Coarse(f)));

    private static Fix Coarse(Fix fix) =>
        fix with { Position = new GeoPoint(Math.Round(fix.Position.LatitudeDeg, 4), Math.Round(fix.Position.LongitudeDeg, 4)).Quantised() };

    [Fact]
    public void Yesterdays_way_once_more_to_the_last_digit() => Suspected(OverTwoDays(Honest(minutes: 90), Honest(minutes: 90)), "replayedTrack");

    [Fact]
    public void The_same_street_on_two_days_is_a_commute() => Trusted(OverTwoDays(Honest(3, 90), Honest(3.5, 90)));

    private static IEnumerable<Fix> OverTwoDays(List<Fix> first, List<Fix> second) =>
        first.Concat(second.Select(static f => f with { FixedAt = f.FixedAt + 25.Hours(), ReceivedAt = f.ReceivedAt + 25.Hours() }));

    [Theory]
    [InlineData(2233)]
    [InlineData(-2947)]
    public void A_clock_that_is_suddenly_wrong(int seconds)
    {
        Evidence evidence = Suspected(From(20, Honest(), (f, _) => f with { FixedAt = f.FixedAt + seconds.Seconds() }), "clockSkew");
        Assert.Contains($"{Math.Abs(seconds) / 60.0:0} minutes", evidence.Text.En, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-5400)]
    [InlineData(618_912_000)]
    public void A_clock_in_another_time_zone_or_another_age_is_no_deceit(int seconds) =>
        Trusted(From(20, Honest(), (f, _) => f with { FixedAt = f.FixedAt + seconds.Seconds() }));

    [Fact]
    public void Fixes_that_were_buffered_arrive_late_without_suspicion() =>
        Trusted(From(20, Honest(), static (f, i) => f with { ReceivedAt = Drive.Morning + 40.Minutes() + TimeSpan.FromMilliseconds(i * 20) }));

    [Fact]
    public void Two_devices_of_one_person_in_two_places()
    {
        var run = new Run();
        foreach ((Fix fix, int i) in Honest().Select(static (f, i) => (f, i)))
        {
            GeoPoint home = Geodesy.Destination(Drive.Depot, 270, 4000).Quantised();
            if (i % 2 == 0) run.Tracker.Apply(fix, run.Output, 7);
            else run.Tracker.Apply(fix with { Position = home, SpeedMps = 0 }, run.Output, 8);
        }
        Assert.Contains(run.Of<MockSuspected>()[0].Evidence, static e => e.Kind == "devicesApart");
    }

    [Fact]
    public void Two_devices_in_one_pocket_are_fine()
    {
        var run = new Run();
        foreach ((Fix fix, int i) in Honest().Select(static (f, i) => (f, i))) run.Tracker.Apply(fix, run.Output, 7 + i % 2);
        Assert.Empty(run.Of<MockSuspected>());
    }

    [Theory]
    [InlineData(DeviceEventKind.MockAppFound, "mockApp")]
    [InlineData(DeviceEventKind.EmulatorFound, "emulator")]
    public void What_the_device_tells_about_itself(DeviceEventKind told, string kind)
    {
        Run run = new Run().Take(Honest(minutes: 5));
        run.Tracker.Apply(new DeviceEvent { Kind = told, At = Drive.Morning + 5.Minutes(), ReceivedAt = Drive.Morning + 5.Minutes() }, run.Output);
        Assert.Equal(kind, Assert.Single(Assert.Single(run.Of<MockSuspected>()).Evidence).Kind);
    }

    [Fact]
    public void A_rooted_phone_alone_is_no_case()
    {
        Run run = new Run().Take(Honest(minutes: 5));
        run.Tracker.Apply(new DeviceEvent { Kind = DeviceEventKind.RootFound, At = Drive.Morning + 5.Minutes(), ReceivedAt = Drive.Morning + 5.Minutes() }, run.Output);
        Assert.Empty(run.Of<MockSuspected>());
        Assert.Equal(0.3f, run.Live.MockScore);
    }

    [Fact]
    public void A_case_with_many_kinds_fits_a_small_snapshot_and_goes_on_after_it()
    {
        List<Fix> fixes = From(5, Honest(noiseM: 0), static (f, i) => f with
        {
            SpeedMps = 3,
            CourseDeg = 200,
            AltitudeM = 0,
            AccuracyM = 5,
            Activity = Activity.Still,
            Traits = i % 9 == 0 ? FixTraits.Mock : 0,
            IdempotencyHash = ulong.MaxValue - (ulong)i,
        });
        Run plain = new Run().Take(fixes), restored = new Run();
        foreach (Fix fix in fixes) restored.Restored().Take(fix);
        Assert.Equal(plain.Saved(), restored.Saved());
        Assert.InRange(plain.Saved().Length, 400, 1024);
        TestContext.Current.TestOutputHelper?.WriteLine($"{plain.Saved().Length} bytes");
    }
}

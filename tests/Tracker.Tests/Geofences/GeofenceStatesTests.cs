using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;
using static Tracking.Tracker.Tests.Watched;

namespace Tracking.Tracker.Tests;

public class GeofenceStatesTests
{
    private static readonly GeoPoint Center = new(48.2, 16.37);

    /// <summary>A circle of 200 m: band 20 m. Positions are given by metres from its edge, outside positive.</summary>
    private static Watched One(Geofence? fence = null) => new(fence ?? Circle(1, Center, 200));

    private static GeoPoint Edge(double outsideM, double course = 90) => Geodesy.Destination(Center, course, 200 + outsideM);

    [Fact]
    public void The_first_fix_deep_inside_enters_at_once()
    {
        Watched w = One().Fix(0, Edge(-100));
        var entered = Assert.IsType<GeofenceEntered>(Assert.Single(w.Events));
        Assert.Equal((0, 0, GeofenceReason.Movement), (Seconds(entered.At), Seconds(entered.ConfirmedAt), entered.Reason));
        Assert.Equal([1], w.States.Inside);
    }

    [Fact]
    public void The_first_fix_within_its_accuracy_waits_for_a_second_and_keeps_the_instant()
    {
        Watched w = One().Fix(0, Edge(-3));
        Assert.Empty(w.Events);
        w.Fix(10, Edge(-4));
        Assert.Equal((0, 10), (Seconds(w.Events[0].At), Seconds(w.Events[0].ConfirmedAt)));
    }

    [Fact]
    public void A_fix_inside_by_more_than_its_accuracy_enters_and_the_instant_is_interpolated()
    {
        Watched w = One().Fix(0, Edge(300)).Fix(10, Edge(200)).Fix(20, Edge(100)).Fix(30, Edge(0.5)).Fix(40, Edge(-99.5));
        var entered = Assert.IsType<GeofenceEntered>(Assert.Single(w.Events));
        Assert.Equal(30.05, Seconds(entered.At), 0.01);
        Assert.Equal(40, Seconds(entered.ConfirmedAt));
        Assert.Equal(200, Geodesy.DistanceM(Center, entered.Position!.Value), 0.05);
    }

    [Fact]
    public void Two_fixes_inside_enter_even_within_the_accuracy()
    {
        Watched w = One().Fix(0, Edge(10), 15).Fix(10, Edge(-5), 15);
        Assert.Empty(w.Events);
        w.Fix(20, Edge(-5), 15);
        Assert.Equal(6.667, Seconds(w.Events[0].At), 0.01);
    }

    [Fact]
    public void One_fix_inside_within_the_accuracy_is_taken_back()
    {
        Watched w = One().Fix(0, Edge(10), 15).Fix(10, Edge(-5), 15).Fix(20, Edge(10), 15).Fix(30, Edge(10), 15);
        Assert.Empty(w.Events);
    }

    [Fact]
    public void Silence_confirms_what_one_fix_said()
    {
        Watched w = One().Fix(0, Edge(15), 20).Fix(10, Edge(-5), 20).Tick(29).Tick(1000);
        Assert.Equal((7.5, 30), (Math.Round(Seconds(w.Events[0].At), 1), Seconds(w.Events[0].ConfirmedAt)));
        w = One().Fix(0, Edge(-370)).Fix(60, Edge(-280)).Fix(120, Edge(-190)).Fix(180, Edge(-100)).Fix(240, Edge(-10), 20).Fix(300, Edge(45), 20);
        w.Tick(479).Restored();
        Assert.Equal(["Entered"], w.Kinds);
        w.Tick(481).Tick(9000);
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        Assert.Equal((251, 480), (Math.Round(Seconds(w.Events[1].At)), Seconds(w.Events[1].ConfirmedAt)));
    }

    [Fact]
    public void Silence_after_a_jump_of_a_phone_that_rested_confirms_nothing()
    {
        Watched w = One();
        for (int i = 0; i < 10; i++) w.Fix(i * 30, Edge(-10));
        w.Fix(300, Edge(90)).Tick(9000).Restored().Tick(9001);
        Assert.Equal(["Entered"], w.Kinds);
        w.Fix(9100, Edge(95)).Fix(9130, Edge(95));
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        Assert.Equal((273, 9100), (Math.Round(Seconds(w.Events[1].At)), Seconds(w.Events[1].ConfirmedAt)));
    }

    [Theory]
    [InlineData(5, 30)]
    [InlineData(20, 30)]
    [InlineData(30, 30)]
    [InlineData(20, 10)]
    [InlineData(20, 120)]
    public void A_phone_that_lies_still_raises_no_alarm_whatever_it_claims(double sigmaM, double everyS)
    {
        foreach (double awayM in new double[] { -100, -20 })
        {
            for (int seed = 0; seed < 6; seed++)
            {
                var random = new System.Random(seed);
                Watched w = new(Square(1, Center, 100));
                LocalFrame frame = new(Geodesy.Destination(Center, 90, 100 + awayM));
                for (double second = 0; second < 86_400; second += everyS)
                {
                    double angle = random.NextDouble() * 2 * Math.PI;
                    bool wild = second > 0 && random.NextDouble() < 0.05;
                    w.Fix(second, wild ? frame.ToPoint(200 * Math.Cos(angle), 200 * Math.Sin(angle)) : frame.ToPoint(Gauss(random) * sigmaM, Gauss(random) * sigmaM),
                        seed % 2 == 0 ? 2 + 3 * random.NextDouble() : 1.51 * sigmaM);
                }
                Assert.Equal(["Entered"], w.Kinds);
            }
        }
    }

    [Theory]
    [InlineData(10, 1.4, 5)]
    [InlineData(30, 1.4, 3)]
    [InlineData(5, 12, 3)]
    [InlineData(30, 12, 2)]
    [InlineData(60, 12, 2)]
    public void Who_goes_out_after_hours_is_told_with_few_fixes_at_the_true_instant(double everyS, double speedMps, int most)
    {
        var random = new System.Random(4);
        Watched w = new(Square(1, Center, 100));
        for (int i = 0; i < 500; i++) w.Fix(i * everyS, Geodesy.Destination(Center, random.NextDouble() * 360, random.NextDouble() * 5));
        double leftS = 500 * everyS, crossedS = leftS + 100 / speedMps;
        int outside = 0;
        for (double second = leftS; w.Events.Count < 2 && outside < 20; second += everyS)
        {
            if (second > crossedS) outside++;
            w.Fix(second, Geodesy.Destination(Center, 90, speedMps * (second - leftS)));
        }
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        Assert.InRange(outside, 1, most);
        Assert.Equal(crossedS, Seconds(w.Events[1].At), 0.5);
    }

    [Fact]
    public void A_fence_on_the_way_of_a_departure_is_crossed_though_no_fix_lies_in_it()
    {
        Watched w = new(Circle(1, Geodesy.Destination(Center, 90, 180), 50));
        for (int i = 0; i < 20; i++) w.Fix(i * 30, Center, 5);
        for (int i = 1; i < 4; i++) w.Fix(570 + i * 30, Geodesy.Destination(Center, 90, i * 360), 5);
        var crossed = Assert.IsType<GeofenceCrossed>(Assert.Single(w.Events));
        Assert.Equal(580.83, Seconds(crossed.At), 0.05);
        Assert.Equal(630, Seconds(crossed.ConfirmedAt));
    }

    private static Geofence Square(int key, GeoPoint middle, double halfM) => Polygon(key,
        [.. new double[] { 45, 135, 225, 315 }.Select(course => Geodesy.Destination(middle, course, halfM * Math.Sqrt(2)))]);

    [Fact]
    public void Within_the_band_nobody_leaves()
    {
        Watched w = One().Fix(0, Edge(-100));
        for (int i = 1; i < 200; i++) w.Fix(i * 10, Edge(19));
        Assert.Equal(["Entered"], w.Kinds);
    }

    [Fact]
    public void Beyond_the_band_two_fixes_leave_at_the_crossing_of_the_shape_not_of_the_band()
    {
        Watched w = One().Fix(0, Edge(-100)).Fix(10, Edge(-10)).Fix(20, Edge(10)).Fix(30, Edge(30)).Fix(40, Edge(40));
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        var exited = (GeofenceExited)w.Events[1];
        Assert.Equal((15, 40), (Math.Round(Seconds(exited.At), 2), Seconds(exited.ConfirmedAt)));
        Assert.Equal(0, Seconds(exited.EnteredAt));
        Assert.Empty(w.States.Inside);
    }

    [Fact]
    public void Twenty_seconds_outside_leave_where_two_fixes_prove_little()
    {
        Watched w = One().Fix(0, Edge(-100), 5).Fix(10, Edge(22), 20).Fix(20, Edge(22), 20);
        Assert.Equal(["Entered"], w.Kinds);
        for (int i = 3; i < 12; i++) w.Fix(i * 10, Edge(22), 20);
        Assert.Equal(["Entered", "Exited"], w.Kinds);
    }

    [Fact]
    public void A_moving_rep_leaves_with_the_first_fix_clearly_outside()
    {
        Watched w = One().Fix(0, Edge(-180)).Fix(5, Edge(-90)).Fix(10, Edge(-1)).Fix(15, Edge(90));
        Assert.Equal(["Entered", "Exited"], w.Kinds);
        Assert.Equal(15, Seconds(w.Events[1].ConfirmedAt));
        Watched reported = One().Fix(0, Edge(-50), 5, 0).Fix(60, Edge(250), 5, 12);
        Assert.Equal(["Entered", "Exited"], reported.Kinds);
    }

    [Theory]
    [InlineData(1, double.NaN)]
    [InlineData(5, double.NaN)]
    [InlineData(30, 0.0)]
    [InlineData(60, double.NaN)]
    [InlineData(60, 0.2)]
    [InlineData(300, double.NaN)]
    public void A_parked_phone_that_jumps_200_m_for_one_fix_stays(double everyS, double speedMps)
    {
        var random = new System.Random(1);
        Watched w = new(Circle(1, Center, 60), Circle(2, Geodesy.Destination(Center, 0, 200), 50), Circle(3, Geodesy.Destination(Center, 0, 100), 15));
        for (int i = 0; i < 500; i++)
        {
            GeoPoint at = i > 2 && i % 7 == 0
                ? Geodesy.Destination(Center, 0, 200)
                : Geodesy.Destination(Center, random.NextDouble() * 360, random.NextDouble() * 3);
            w.Fix(i * everyS, at, 2, speedMps);
        }
        Assert.Equal(["Entered"], w.Kinds);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(5, 10)]
    [InlineData(10, 10)]
    [InlineData(10, 15)]
    [InlineData(15, 15)]
    [InlineData(15, 22)]
    public void Jitter_at_the_edge_does_not_flap(double sigmaM, double claimedM)
    {
        int enters = 0, exits = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new System.Random(seed);
            Watched w = One();
            LocalFrame frame = new(Edge(0));
            for (int i = 0; i < 3600; i++)
                w.Fix(i, frame.ToPoint(Gauss(random) * sigmaM, Gauss(random) * sigmaM), claimedM);
            enters += w.Events.OfType<GeofenceEntered>().Count();
            exits += w.Events.OfType<GeofenceExited>().Count();
        }
        Assert.InRange(enters, 40, 41);
        Assert.InRange(exits, 0, 1);
    }

    [Fact]
    public void Two_fixes_on_both_sides_give_crossed_with_both_instants()
    {
        Watched w = One(Circle(1, Center, 50)).Fix(0, Geodesy.Destination(Center, 270, 150)).Fix(20, Geodesy.Destination(Center, 90, 150));
        var crossed = Assert.IsType<GeofenceCrossed>(Assert.Single(w.Events));
        Assert.Equal(6.667, Seconds(crossed.At), 0.01);
        Assert.Equal(13.333, Seconds(crossed.LeftAt), 0.01);
        Assert.Equal(20, Seconds(crossed.ConfirmedAt));
        Assert.Empty(w.States.Inside);
    }

    [Fact]
    public void No_crossing_is_believed_over_a_long_gap_or_at_an_impossible_speed()
    {
        GeoPoint west = Geodesy.Destination(Center, 270, 150), east = Geodesy.Destination(Center, 90, 150);
        Assert.Empty(One(Circle(1, Center, 50)).Fix(0, west).Fix(600, east).Events);
        Assert.Empty(One(Circle(1, Center, 50)).Fix(0, west).Fix(2, east).Events);
    }

    [Fact]
    public void Corridors_and_polygons_are_crossed_too()
    {
        GeoPoint west = Geodesy.Destination(Center, 270, 150), east = Geodesy.Destination(Center, 90, 150);
        GeoPoint north = Geodesy.Destination(Center, 0, 400), south = Geodesy.Destination(Center, 180, 400);
        Watched w = new Watched(Corridor(1, 100, north, south),
            Polygon(2, Geodesy.Destination(Center, 45, 90), Geodesy.Destination(Center, 135, 90), Geodesy.Destination(Center, 225, 90), Geodesy.Destination(Center, 315, 90)))
            .Fix(0, west).Fix(15, east);
        Assert.Equal(["Crossed", "Crossed"], w.Kinds);
        Assert.Equal(5, Seconds(w.Events[0].At), 0.05);
        Assert.Equal(10, Seconds(((GeofenceCrossed)w.Events[0]).LeftAt), 0.05);
    }

    [Fact]
    public void Exits_come_before_enters_in_one_fix()
    {
        Watched w = new Watched(Circle(2, Center, 100), Circle(1, Geodesy.Destination(Center, 90, 210), 100))
            .Fix(0, Center, 5, 15).Fix(14, Geodesy.Destination(Center, 90, 210), 5, 15);
        Assert.Equal(["Entered", "Exited", "Entered"], w.Kinds);
        Assert.Equal([1], w.States.Inside);
    }

    [Fact]
    public void Dwelling_is_told_once_by_time_or_by_the_next_fix()
    {
        Geofence fence = Circle(1, Center, 200) with { DwellS = 300 };
        Watched w = One(fence).Fix(0, Center);
        Assert.Equal(300, Seconds(w.States.NextTickAt));
        w.Tick(299.9);
        Assert.Equal(["Entered"], w.Kinds);
        w.Tick(1000).Fix(1001, Center).Tick(2000);
        Assert.Equal(["Entered", "Dwelled"], w.Kinds);
        Assert.Equal((300, 0), (Seconds(w.Events[1].At), Seconds(((GeofenceDwelled)w.Events[1]).EnteredAt)));
        Assert.Equal(["Entered", "Dwelled"], One(fence).Fix(0, Center).Fix(400, Center).Kinds);
        Assert.Equal(["Entered", "Dwelled", "Exited"], One(fence).Fix(0, Center).Fix(299, Edge(-50)).Fix(303, Edge(50), 5, 25).Fix(304, Edge(80)).Kinds);
        Assert.Equal(["Entered", "Exited"], One(fence).Fix(0, Center).Fix(290, Edge(-1)).Fix(301, Edge(100), 5, 10).Fix(304, Edge(120)).Kinds);
    }

    [Fact]
    public void Fences_concern_their_reps_and_groups_only()
    {
        Geofence fence = Circle(1, Center, 200);
        Assert.Equal(["Entered"], One(fence with { Groups = ["north"] }).Fix(0, Center).Kinds);
        Assert.Equal(["Entered"], One(fence with { Groups = ["x", "north/vienna"] }).Fix(0, Center).Kinds);
        Assert.Equal(["Entered"], One(fence with { Reps = ["bob", "ann"] }).Fix(0, Center).Kinds);
        Assert.Equal(["Entered"], One(fence with { Reps = ["ann"], Groups = ["south"] }).Fix(0, Center).Kinds);
        Assert.Empty(One(fence with { Groups = ["north/graz", "nort"] }).Fix(0, Center).Fix(1, Center).Fix(2, Edge(100)).Fix(3, Center).Events);
        Assert.Empty(One(fence with { Reps = ["bob"] }).Fix(0, Center).Fix(1, Center).Events);
    }

    [Fact]
    public void A_changed_fence_is_evaluated_at_once()
    {
        Watched w = One().Fix(0, Edge(100));
        w.Change(1, Circle(1, Center, 400), 50);
        w.Change(1, Circle(1, Center, 450), 60);
        w.Change(1, Circle(1, Center, 100), 70);
        w.Change(1, Circle(1, Center, 400), 80);
        w.Change(1, null, 90);
        w.Change(2, Circle(2, Center, 400), 100);
        Assert.Equal(["Entered", "Exited", "Entered", "Exited", "Entered"], w.Kinds);
        Assert.Equal([50, 70, 80, 90, 100], w.Events.Select(static e => Seconds(e.At)));
        Assert.All(w.Events, static e => Assert.Equal(GeofenceReason.FenceChanged, ((GeofenceEvent)e).Reason));
        Assert.Equal([2], w.States.Inside);
    }

    [Fact]
    public void A_vague_fix_counts_only_beyond_its_accuracy_and_never_alone()
    {
        Watched w = One().Fix(0, Edge(-100)).Vague(10, Edge(300), 500).Vague(20, Edge(300), 500).Vague(30, Edge(300), 500);
        Assert.Equal(["Entered"], w.Kinds);
        w.Vague(40, Edge(900), 150);
        Assert.Equal(["Entered"], w.Kinds);
        w.Vague(50, Edge(900), 150);
        Assert.Equal(["Entered", "Exited"], w.Kinds);
    }

    [Fact]
    public void Fences_over_the_antimeridian_and_near_the_pole_are_entered_and_left()
    {
        foreach (GeoPoint middle in new GeoPoint[] { new(-16.5, 179.9999), new(-16.5, -180), new(87, 10), new(-89.5, -170) })
        {
            Watched w = new(Circle(1, middle, 300), Polygon(2, [.. Enumerable.Range(0, 16).Select(i => Geodesy.Destination(middle, i * 22.5, 300))]),
                Corridor(3, 300, Geodesy.Destination(middle, 0, 500), Geodesy.Destination(middle, 180, 500)));
            for (int i = 0; i <= 100; i++)
            {
                double away = -1000 + i * 20;
                w.Fix(i * 2, Geodesy.Destination(middle, away < 0 ? 270 : 90, Math.Abs(away)));
            }
            int fences = Math.Abs(middle.LatitudeDeg) < 89 ? 3 : 1;
            for (int key = 1; key <= fences; key++)
            {
                List<GeofenceEvent> events = [.. w.Events.OfType<GeofenceEvent>().Where(e => e.GeofenceKey == key)];
                Assert.Equal(["GeofenceEntered", "GeofenceExited"], events.Select(static e => e.GetType().Name));
                double half = key == 3 ? 150 : 300;
                Assert.Equal(100 - half / 10, Seconds(events[0].At), 0.7);
                Assert.Equal(100 + half / 10, Seconds(events[1].At), 0.7);
            }
        }
    }

    [Fact]
    public void Enter_and_exit_alternate_and_a_restored_walk_says_the_same()
    {
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            Watched plain = Wander(seed, restore: false);
            Assert.Equal(plain.Events, Wander(seed, restore: true).Events);
            Assert.Equal(plain.Events.Count, plain.Events.Distinct().Count());
            foreach (IGrouping<int, GeofenceEvent> group in plain.Events.OfType<GeofenceEvent>().GroupBy(static e => e.GeofenceKey))
            {
                bool inside = false;
                Instant last = Instant.Min;
                foreach (GeofenceEvent e in group)
                {
                    Assert.True(e.ConfirmedAt >= e.At);
                    if (e is GeofenceEntered) Assert.False(inside);
                    if (e is GeofenceExited or GeofenceDwelled) Assert.True(inside);
                    if (e is GeofenceCrossed) Assert.False(inside);
                    if (e is GeofenceEntered or GeofenceExited)
                    {
                        inside = e is GeofenceEntered;
                        Assert.True(e.At >= last);
                        last = e.At;
                    }
                }
                Assert.Equal(inside, plain.States.Inside.Contains(group.Key));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static Watched Wander(int seed, bool restore)
    {
        var random = new System.Random(seed);
        Geofence Around(int key) => (key % 3) switch
        {
            0 => Circle(key, Geodesy.Destination(Center, random.NextDouble() * 360, random.NextDouble() * 800), 30 + random.NextDouble() * 300),
            1 => Polygon(key, [.. Enumerable.Range(0, 8).Select(i => Geodesy.Destination(Center, i * 45, 50 + random.NextDouble() * 600))]),
            _ => Corridor(key, 50 + random.NextDouble() * 200, Geodesy.Destination(Center, random.NextDouble() * 360, 700), Geodesy.Destination(Center, random.NextDouble() * 360, 700)),
        } with
        { DwellS = key % 2 == 0 ? 60 : null };
        Watched w = new([.. Enumerable.Range(0, 12).Select(Around)]);
        GeoPoint at = Center;
        double course = 0, time = 0, speed = 5;
        for (int i = 0; i < 300; i++)
        {
            double stepS = random.Next(12) == 0 ? 60 : random.Next(1, 6);
            time += stepS;
            course += random.NextDouble() * 90 - 45;
            if (random.Next(20) == 0) speed = random.NextDouble() * 20;
            at = Geodesy.Destination(at, course, speed * stepS);
            if (Geodesy.DistanceM(at, Center) > 1200) course = Geodesy.CourseDeg(at, Center);
            GeoPoint seen = Geodesy.Destination(at, random.NextDouble() * 360, random.NextDouble() * 12);
            int kind = random.Next(40);
            if (kind == 0) w.Vague(time, seen, 150);
            else if (kind == 1) ChangeOne(w, random, Around, time);
            else if (kind == 2) w.Tick(time);
            else w.Fix(time, seen, 3 + random.Next(20), random.Next(2) == 0 ? speed : double.NaN);
            if (restore && i % 3 == 0) w.Restored();
        }
        return w;
    }

    private static void ChangeOne(Watched w, System.Random random, Func<int, Geofence> around, double time)
    {
        int key = random.Next(12);
        w.Change(key, random.Next(3) == 0 ? null : around(key), time);
    }

    private static double Gauss(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

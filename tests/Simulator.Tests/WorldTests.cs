using Tracking.Contracts;

namespace Tracking.Simulator.Tests;

public sealed class WorldTests
{
    [Fact]
    public void The_same_seed_gives_the_same_reports()
    {
        Collector one = Worlds.Run(Worlds.Small(seed: 5), TimeSpan.FromMinutes(40));
        Collector same = Worlds.Run(Worlds.Small(seed: 5), TimeSpan.FromMinutes(40));
        Collector other = Worlds.Run(Worlds.Small(seed: 6), TimeSpan.FromMinutes(40));
        Assert.True(one.Count > 1000, $"only {one.Count} reports");
        Assert.Equal(Flat(one), Flat(same));
        Assert.NotEqual(Flat(one), Flat(other));
    }

    [Fact]
    public void The_size_of_steps_does_not_change_what_happens()
    {
        World whole = Worlds.Small(), pieces = Worlds.Small();
        Collector wanted = Worlds.Run(whole, TimeSpan.FromMinutes(30));
        var found = new Collector();
        for (int s = 7; s <= 1800; s += 13) pieces.AdvanceTo(pieces.Options.Begin + TimeSpan.FromSeconds(s), found);
        pieces.AdvanceTo(pieces.Options.Begin + TimeSpan.FromMinutes(30), found);
        Assert.Equal(Flat(wanted), Flat(found));
    }

    [Fact]
    public void People_move_within_the_limits_of_physics()
    {
        World world = Worlds.Small(reps: 16);
        var sink = new Collector();
        double fastest = 0, sharpest = 0;
        var before = world.People.ToDictionary(p => p, p => (p.TruePosition, p.TrueSpeedMps, p.TrueDistanceM));
        for (int second = 1; second <= 5400; second++)
        {
            world.AdvanceTo(world.Options.Begin + TimeSpan.FromSeconds(second), sink);
            foreach (Person person in world.People)
            {
                double moved = Ellipsoid.DistanceM(before[person].TruePosition, person.TruePosition);
                fastest = Math.Max(fastest, moved);
                sharpest = Math.Max(sharpest, Math.Abs(person.TrueSpeedMps - before[person].TrueSpeedMps));
                Assert.Equal(moved, person.TrueDistanceM - before[person].TrueDistanceM, 6);
                before[person] = (person.TruePosition, person.TrueSpeedMps, person.TrueDistanceM);
            }
        }
        Assert.InRange(fastest, 8, 40);
        Assert.InRange(sharpest, 0.5, 3.5);
        Assert.True(world.People.Count(p => p.TrueDistanceM > 3000) >= 10, "most people must get somewhere in 90 minutes");
    }

    [Fact]
    public void Reported_accuracy_holds_the_true_position_about_as_often_as_it_says()
    {
        Collector sent = Worlds.Run(Worlds.Small(reps: 24), TimeSpan.FromHours(2));
        int inside = 0, all = 0;
        foreach (var (report, truth, _) in sent.Sent.Values.SelectMany(static s => s))
        {
            if (!report.HasPosition) continue;
            all++;
            if (Ellipsoid.DistanceM(report.Position, truth) <= report.AccuracyM) inside++;
        }
        Assert.InRange((double)inside / all, 0.60, 0.80);
    }

    [Fact]
    public void Tunnels_give_heartbeats_without_a_position()
    {
        Collector sent = Worlds.Run(Worlds.Small(reps: 40), TimeSpan.FromHours(2));
        Assert.Contains(sent.Sent.Values.SelectMany(static s => s), static s => !s.Report.HasPosition);
    }

    [Fact]
    public void Every_customer_can_be_reached_and_visits_are_known()
    {
        using var stream = new MemoryStream();
        var truth = new TruthLog(stream);
        World world = Worlds.Small(reps: 16);
        truth.Begin(world);
        Worlds.Run(world, TimeSpan.FromHours(6), truth);
        truth.Dispose();
        string[] lines = System.Text.Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(16, lines.Count(static l => l.Contains("\"type\":\"person\"", StringComparison.Ordinal)));
        Assert.True(lines.Count(static l => l.Contains("\"type\":\"visit\"", StringComparison.Ordinal)) > 30);
        double days = lines.Where(static l => l.Contains("\"type\":\"day\"", StringComparison.Ordinal))
            .Sum(static l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("distanceM").GetDouble());
        Assert.Equal(world.People.Sum(static p => p.TrueDistanceM), days, 0.5);
    }

    [Fact]
    public void Phones_in_shenzhen_report_offset_coordinates()
    {
        World world = World.Create(new WorldOptions { Begin = Worlds.Morning, Reps = 4, Cities = [CitySpec.Shenzhen], CheatShare = 0 });
        Collector sent = Worlds.Run(world, TimeSpan.FromMinutes(10));
        (DeviceReport report, GeoPoint truth, _) = sent.Sent.Values.First()[0];
        Assert.InRange(Ellipsoid.DistanceM(report.Position, truth), 300, 900);
    }

    private static List<DeviceReport> Flat(Collector collector) =>
        [.. collector.Sent.OrderBy(static s => s.Key, StringComparer.Ordinal).SelectMany(static s => s.Value).Select(static s => s.Report)];
}

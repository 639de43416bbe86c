using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>The recorded drives through fences, against crossings computed from the raw points alone.</summary>
public class RecordedDriveTests
{
    private const double BandM = 50;

    [Fact]
    public void Every_raw_crossing_of_fences_that_are_crossed_cleanly_gives_one_event()
    {
        List<List<Fix>> drives = Watched.Drives();
        GeoPoint[] path = [.. drives[2][180..260].Where(static (_, i) => i % 5 == 0).Select(static f =>
            new GeoPoint(Math.Round(f.Position.LatitudeDeg, 5), Math.Round(f.Position.LongitudeDeg, 5)))];
        Geofence[] fences =
        [
            Watched.Circle(1, new(48.1977, 16.3792), 250), Watched.Circle(2, new(48.2109, 16.3755), 400),
            Watched.Polygon(3, new(48.1858, 16.4519), new(48.18202, 16.4563), new(48.17676, 16.45195), new(48.18102, 16.44471)),
            Watched.Corridor(4, 160, path),
        ];
        int matched = 0;
        foreach (List<Fix> drive in drives) matched += Compare(fences, drive);
        Assert.True(matched >= 8, $"{matched} events");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Random_fences_on_the_way_too_at_every_sampling(int every)
    {
        var random = new Random(7);
        int matched = 0;
        foreach (List<Fix> whole in Watched.Drives())
        {
            List<Fix> drive = [.. whole.Where((_, i) => i % every == 0)];
            Geofence[] fences = [.. Enumerable.Range(0, 120).Select(i => RandomFence(i, drive[random.Next(drive.Count)].Position, random))];
            matched += Compare([.. fences.Where(f => IsClean(f, drive))], drive);
        }
        Assert.True(matched >= 20, $"{matched} events");
    }

    private static Geofence RandomFence(int key, GeoPoint near, Random random)
    {
        GeoPoint center = Geodesy.Destination(near, random.NextDouble() * 360, random.NextDouble() * 200);
        double size = 60 + random.NextDouble() * 500;
        return (key % 3) switch
        {
            0 => Watched.Circle(key, center, size),
            1 => Watched.Polygon(key, [.. Enumerable.Range(0, 7).Select(i =>
                Geodesy.Destination(center, i * 360 / 7.0, size * (0.7 + 0.3 * random.NextDouble())))]),
            _ => Watched.Corridor(key, size, center, Geodesy.Destination(center, random.NextDouble() * 360, size * 3)),
        };
    }

    // No turning back within the band, no stay of less than two fixes clearly inside, no long gap or jump at a crossing.
    private static bool IsClean(Geofence fence, List<Fix> drive)
    {
        double[] away = Away(fence, drive);
        int crossings = 0;
        for (int i = 0; i + 1 < drive.Count; i++)
        {
            if ((away[i] <= 0) == (away[i + 1] <= 0)) continue;
            crossings++;
            if ((drive[i + 1].FixedAt - drive[i].FixedAt).TotalSeconds > 25) return false;
            if (away[i + 1] > 0 && !PassesBand(away, i + 1)) return false;
            if (away[i + 1] <= 0 && (i + 2 >= drive.Count || away[i + 2] > 0)) return false;
        }
        return crossings > 0;
    }

    private static bool PassesBand(double[] away, int from)
    {
        for (int i = from; i < away.Length && away[i] > 0; i++)
        {
            if (away[i] > BandM + 40 && i + 2 < away.Length && away[i + 1] > BandM && away[i + 2] > BandM) return true;
        }
        return false;
    }

    private static int Compare(Geofence[] fences, List<Fix> drive)
    {
        var watched = new Watched(fences);
        foreach (Fix fix in drive) watched.Fix(fix);
        int matched = 0;
        foreach (Geofence fence in fences)
        {
            List<GeofenceEvent> found = [.. watched.Events.OfType<GeofenceEvent>().Where(e => e.GeofenceKey == fence.Key && e is not GeofenceCrossed)];
            List<(bool Entry, double Earliest, double Latest)> wanted = [.. Crossings(Away(fence, drive), drive)];
            Assert.Equal(wanted.Select(static w => w.Entry), found.Select(static e => e is GeofenceEntered));
            foreach ((GeofenceEvent e, (bool _, double earliest, double latest)) in found.Zip(wanted))
            {
                Assert.InRange(e.At.EpochMs / 1000.0, earliest, latest);
                Assert.True(e.ConfirmedAt >= e.At);
                matched++;
            }
        }
        return matched;
    }

    private static IEnumerable<(bool Entry, double Earliest, double Latest)> Crossings(double[] away, List<Fix> drive)
    {
        if (away[0] <= 0) yield return (true, drive[0].FixedAt.EpochMs / 1000.0, drive[0].FixedAt.EpochMs / 1000.0);
        for (int i = 0; i + 1 < drive.Count; i++)
        {
            if ((away[i] <= 0) == (away[i + 1] <= 0)) continue;
            double begin = drive[i].FixedAt.EpochMs / 1000.0, end = drive[i + 1].FixedAt.EpochMs / 1000.0;
            double at = begin + (end - begin) * away[i] / (away[i] - away[i + 1]);
            // This takes the distance for linear between two fixes, which it is not at corners and round shapes.
            double slack = 1 + (end - begin) / 4;
            yield return (away[i + 1] <= 0, at - slack, at + slack);
        }
    }

    private static double[] Away(Geofence fence, List<Fix> drive)
    {
        PreparedFence prepared = PreparedFence.Of(fence);
        return [.. drive.Select(f => prepared.SignedDistanceM(f.Position))];
    }
}

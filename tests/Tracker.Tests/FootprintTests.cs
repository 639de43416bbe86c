using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

[CollectionDefinition(nameof(FootprintTests), DisableParallelization = true)]
[Collection(nameof(FootprintTests))]
public class FootprintTests
{
    [Fact]
    public void A_moving_drive_allocates_nothing_per_fix()
    {
        Drive drive = Drive.From(Drive.Depot).Every(1.Seconds()).Noisy(4).For(2.Hours()).At(14);
        var run = new Run(Watched.Circle(1, Drive.Depot, 200), Watched.Circle(2, new GeoPoint(47, 12), 200));
        Fix[] fixes = [.. drive.Fixes];
        Apply(run, fixes.AsSpan(0, 2000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Apply(run, fixes.AsSpan(2000));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_drive_that_feeds_every_kind_of_mock_evidence_allocates_nothing_per_fix()
    {
        Drive drive = Drive.From(Drive.Depot).Every(2.Seconds()).Noisy(3).For(3.Hours()).At(14);
        Fix[] fixes = [.. drive.Fixes.Select(static (f, i) => f with
        {
            SpeedMps = 14 + i % 3 * 0.1f,
            CourseDeg = 90 + i % 4,
            AltitudeM = 180 + i % 5,
            AccuracyM = 4 + i % 3,
            BatteryPct = 90 - i / 200,
            Activity = i % 50 == 0 ? Activity.Driving : Activity.Still,
            Provider = LocationProvider.Gnss,
            Satellites = 9,
        })];
        var run = new Run(Watched.Circle(1, Drive.Depot, 200_000) with { SpeedLimitMps = 30 });
        Apply(run, fixes.AsSpan(0, 2000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Apply(run, fixes.AsSpan(2000));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, run.Live.MockScore);
        Assert.InRange(SnapshotBytes(run.Tracker), 500, 1024);
    }

    [Fact]
    public void A_parked_phone_allocates_nothing_per_fix()
    {
        Drive drive = Drive.From(Drive.Depot).Noisy(4).For(6.Hours()).Still();
        var run = new Run(Watched.Circle(1, Drive.Depot, 200));
        Fix[] fixes = [.. drive.Fixes];
        Apply(run, fixes.AsSpan(0, 200));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Apply(run, fixes.AsSpan(200));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_idle_tracker_with_a_fence_state_takes_less_than_one_and_a_half_kibibytes_and_its_snapshot_less_than_one()
    {
        const int Count = 3000;
        var run = new Run(Watched.Circle(1, Drive.Depot, 2_000_000));
        Fix[] fixes = [.. Drive.From(Drive.Depot).Every(5.Seconds()).Noisy(4).For(1000.Seconds()).At(3).Fixes];
        var trackers = new RepTracker[Count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            trackers[i] = new RepTracker(i, run.Context);
            foreach (ref readonly Fix fix in fixes.AsSpan()) trackers[i].Apply(fix, run.Output);
            run.Output.Clear();
        }
        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        Assert.Equal([1], trackers[^1].Live.InsideGeofences);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes:0} bytes a tracker, {SnapshotBytes(trackers[0])} bytes a snapshot");
        Assert.InRange(bytes, 300, 1536);
        Assert.InRange(SnapshotBytes(trackers[0]), 200, 1024);
        GC.KeepAlive(trackers);
    }

    private static int SnapshotBytes(RepTracker tracker)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        tracker.Save(writer);
        return writer.WrittenCount;
    }

    private static void Apply(Run run, ReadOnlySpan<Fix> fixes)
    {
        foreach (ref readonly Fix fix in fixes)
        {
            run.Tracker.Apply(fix, run.Output);
            run.Output.Clear();
        }
    }
}

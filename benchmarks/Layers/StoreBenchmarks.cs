using BenchmarkDotNet.Attributes;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Layers;

/// <summary>Checkpoints of the track store as the silo makes them, and reading a day back.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int FixesADay = 2880;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "tracking-tracks-" + Guid.NewGuid().ToString("N"));
    private SqliteTrackStore _store = null!;
    private long _sequence;
    private int _second = 1_000_000;

    /// <summary>Reps that send one fix between two checkpoints.</summary>
    [Params(1000, 20_000)]
    public int Reps { get; set; }

    // Not asynchronous: one of the toolchains does not wait for such a setup.
    [GlobalSetup]
    public void Open()
    {
        Directory.CreateDirectory(_folder);
        _store = SqliteTrackStore.Open(Path.Combine(_folder, "tracks.db"), new TrackStoreOptions(), new Metrics(), TimeProvider.System);
        Fix[] day = StoreFixes.Drive(FixesADay, secondsApart: 30);
        RepFix[] fixes = [.. Enumerable.Range(1, 100).SelectMany(rep => day.Select(fix => new RepFix(rep, new JudgedFix(fix, FixOutcome.Accepted), null)))];
        var checkpoint = new Checkpoint { Sequence = ++_sequence, Fixes = fixes, States = [], GeofenceChanges = [] };
        _store.CommitAsync(checkpoint, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One checkpoint: a fix and a snapshot of 500 bytes for each rep.</summary>
    [Benchmark]
    public async Task Checkpoint()
    {
        Fix fix = StoreFixes.At(_second++);
        var fixes = new RepFix[Reps];
        var states = new RepState[Reps];
        byte[] snapshot = new byte[500];
        for (int i = 0; i < Reps; i++)
        {
            fixes[i] = new RepFix(i + 1, new JudgedFix(fix, FixOutcome.Accepted), null);
            states[i] = new RepState(i + 1, snapshot);
        }
        await _store.CommitAsync(new Checkpoint { Sequence = ++_sequence, Fixes = fixes, States = states, GeofenceChanges = [] }, CancellationToken.None);
    }

    /// <summary>A rep's day of a fix every 30 s.</summary>
    [Benchmark]
    public async Task<int> Read_a_day()
    {
        Instant begin = StoreFixes.Begin;
        TrackPage page = await _store.ReadTrackAsync(1 + (int)(_sequence % 100), begin, begin + TimeSpan.FromDays(1), null, 100_000, CancellationToken.None);
        return page.Fixes.Count == FixesADay ? page.Fixes.Count : throw new InvalidOperationException($"{page.Fixes.Count} fixes");
    }
}

/// <summary>Fixes of a drive through a city with the noise that phones have; the same every time.</summary>
internal static class StoreFixes
{
    public static readonly Instant Begin = new(1_795_305_600_000);

    public static Fix[] Drive(int count, int secondsApart = 1) => [.. Enumerable.Range(0, count).Select(i => At(i * secondsApart))];

    public static Fix At(int second)
    {
        var random = new Random(second);
        return new Fix
        {
            FixedAt = Begin + TimeSpan.FromSeconds(second),
            ReceivedAt = Begin + TimeSpan.FromSeconds(second) + TimeSpan.FromMilliseconds(random.Next(80, 400)),
            Position = GeoPoint.FromE7(482_000_000 + (second % 5000 * 1000) + random.Next(-400, 400), 163_700_000 + (second % 7000 * 900) + random.Next(-400, 400)),
            AltitudeM = 170 + (random.Next(100) / 10f),
            SpeedMps = 11 + random.NextSingle(),
            CourseDeg = random.Next(3600) / 10f,
            AccuracyM = 3 + random.Next(6),
            BatteryPct = 80,
            Satellites = (short)random.Next(7, 14),
            Activity = Activity.Driving,
            Provider = LocationProvider.Fused,
            Traits = FixTraits.ChargingKnown,
            Protocol = Protocol.MessagePack,
        };
    }
}

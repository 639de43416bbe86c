using BenchmarkDotNet.Attributes;
using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Layers;

/// <summary>A whole turn of a rep's tracker, a fix at a time, with fences around. Targets: under 1.5 µs and 0 B a fix.</summary>
[MemoryDiagnoser]
public class TrackerBenchmarks
{
    private const int Count = 3600;
    private readonly Fix[] _moving = new Fix[Count];
    private readonly Fix[] _parked = new Fix[Count];
    private readonly TurnOutput _output = new();
    private readonly List<JudgedFix> _judged = [];
    private TrackerContext _context = null!;
    private RepTracker _movingTracker = null!;
    private RepTracker _parkedTracker = null!;
    private long _elapsedMs;

    /// <summary>How many fences of 32 vertices lie in the city of 50 km.</summary>
    [Params(0, 10_000)]
    public int Fences { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _context = new TrackerContext { Options = TrackerOptions.Default, Geofences = new GeofenceIndex(), FindRep = static _ => null };
        var frame = new LocalFrame(new GeoPoint(48.2, 16.37));
        for (int key = 1; key <= Fences; key++) _context.Geofences.Put(FenceAround(frame, key, random));
        double east = -8000, north = 0, course = 1.5;
        for (int i = 0; i < Count; i++)
        {
            if (i % 60 == 0) course += random.NextDouble() - 0.5;
            if (i == Count / 2) course += Math.PI;
            (east, north) = (east + 13 * Math.Sin(course), north + 13 * Math.Cos(course));
            _moving[i] = At(frame, east + 3 * random.NextDouble(), north + 3 * random.NextDouble(), i);
            _parked[i] = At(frame, 10 * random.NextDouble(), 10 * random.NextDouble(), i);
        }
        _movingTracker = new RepTracker(1, _context);
        _parkedTracker = new RepTracker(2, _context);
        foreach (Fix fix in _moving) _judged.Add(new JudgedFix(fix, FixOutcome.Accepted));
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int ApplyMoving() => Run(_movingTracker, _moving);

    [Benchmark(OperationsPerInvoke = Count)]
    public int ApplyParked() => Run(_parkedTracker, _parked);

    [Benchmark]
    public DayReport DeriveAnHourOfSeconds() =>
        DayReports.Derive(_judged, _moving[0].FixedAt, _moving[0].FixedAt + TimeSpan.FromDays(1), TrackerOptions.Default);

    // Every round is another hour, so that time goes on and nothing is a duplicate or late.
    private int Run(RepTracker tracker, Fix[] fixes)
    {
        _elapsedMs += Count * 1000L;
        int events = 0;
        foreach (ref readonly Fix fix in fixes.AsSpan())
        {
            Fix moved = fix with { FixedAt = new(fix.FixedAt.EpochMs + _elapsedMs), ReceivedAt = new(fix.ReceivedAt.EpochMs + _elapsedMs) };
            tracker.Apply(moved, _output);
            events += _output.Events.Count;
            _output.Clear();
        }
        return events;
    }

    private static Fix At(LocalFrame frame, double eastM, double northM, int second) => new()
    {
        FixedAt = new(1_790_000_000_000 + second * 1000L),
        ReceivedAt = new(1_790_000_000_400 + second * 1000L),
        Position = frame.ToPoint(eastM, northM).Quantised(),
        AccuracyM = 5,
        SpeedMps = 13,
        BatteryPct = 70,
    };

    private static Geofence FenceAround(LocalFrame frame, int key, Random random)
    {
        double east = (random.NextDouble() - 0.5) * 50_000, north = (random.NextDouble() - 0.5) * 50_000, radius = 50 + 250 * random.NextDouble();
        var ring = new GeoPoint[32];
        for (int i = 0; i < ring.Length; i++)
        {
            double angle = i * Math.PI / 16, r = radius * (0.7 + 0.3 * random.NextDouble());
            ring[i] = frame.ToPoint(east + r * Math.Sin(angle), north + r * Math.Cos(angle));
        }
        return new Geofence { Key = key, Id = $"f{key}", Name = $"Fence {key}", Shape = new PolygonShape([new PolygonRings(ring, [])]) };
    }
}

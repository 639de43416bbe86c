using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Layers;

/// <summary>Reps that drive about a city of 50 km full of polygons of 32 vertices, one fix a second each; the seed is fixed.</summary>
internal sealed class GeofenceCity
{
    public const int Reps = 10_000;
    public const int Seconds = 50;

    private readonly LocalFrame _frame = new(new GeoPoint(48.2, 16.37));
    private readonly Random _random = new(5);
    private readonly Fix[] _fixes = new Fix[Reps * Seconds];
    private readonly GeofenceStates[] _states = new GeofenceStates[Reps];
    private readonly Fix[] _previous = new Fix[Reps];
    private readonly TurnOutput _output = new();
    private readonly TrackerContext _context;
    private bool _hasPrevious;
    private bool _back;
    private long _elapsedMs;

    public GeofenceCity(int fences, double speedMps)
    {
        _context = new TrackerContext { Options = TrackerOptions.Default, Geofences = Index, FindRep = static _ => null };
        Geofences = new Geofence[fences];
        for (int key = 0; key < fences; key++) Index.Put(Geofences[key] = FenceOf(key));
        for (int rep = 0; rep < Reps; rep++)
        {
            _states[rep] = new GeofenceStates();
            double east = Anywhere(), north = Anywhere(), course = _random.NextDouble() * 2 * Math.PI;
            for (int second = 0; second < Seconds; second++)
            {
                course += (_random.NextDouble() - 0.5) * 0.3;
                (east, north) = (east + speedMps * Math.Sin(course), north + speedMps * Math.Cos(course));
                _fixes[second * Reps + rep] = new Fix { Position = _frame.ToPoint(east, north).Quantised(), AccuracyM = 5, SpeedMps = (float)speedMps };
            }
        }
    }

    public GeofenceIndex Index { get; } = new();

    public Geofence[] Geofences { get; }

    /// <summary>One drive of all reps, there or back in turn, so that it can go on for ever; returns the number of events.</summary>
    public int Drive()
    {
        int events = 0;
        for (int i = 0; i < Seconds; i++)
        {
            _elapsedMs += 1000;
            var at = new Instant(1_790_000_000_000 + _elapsedMs);
            ReadOnlySpan<Fix> fixes = _fixes.AsSpan((_back ? Seconds - 1 - i : i) * Reps, Reps);
            for (int rep = 0; rep < Reps; rep++)
            {
                Fix fix = fixes[rep] with { FixedAt = at };
                _states[rep].Apply(_previous[rep], _hasPrevious, fix, _context, rep, _output);
                _previous[rep] = fix;
            }
            _hasPrevious = true;
            events += _output.Events.Count;
            _output.Clear();
        }
        _back = !_back;
        return events;
    }

    /// <summary>How many fences hold the positions of the drive: the index without any state.</summary>
    public int Find(List<Geofence> found)
    {
        int count = 0;
        foreach (ref readonly Fix fix in _fixes.AsSpan())
        {
            found.Clear();
            Index.Containing(fix.Position, found);
            count += found.Count;
        }
        return count;
    }

    private double Anywhere() => (_random.NextDouble() - 0.5) * 50_000;

    private Geofence FenceOf(int key)
    {
        double east = Anywhere(), north = Anywhere(), radius = 100 + 200 * _random.NextDouble();
        var ring = new GeoPoint[32];
        for (int i = 0; i < ring.Length; i++)
        {
            double angle = i * Math.PI / 16, r = radius * (0.8 + 0.2 * _random.NextDouble());
            ring[i] = _frame.ToPoint(east + r * Math.Sin(angle), north + r * Math.Cos(angle));
        }
        return new Geofence { Key = key, Id = $"f{key}", Name = $"Fence {key}", Shape = new PolygonShape([new PolygonRings(ring, [])]) };
    }
}

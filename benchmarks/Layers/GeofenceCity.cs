using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Layers;

/// <summary>Reps that drive about a city of 50 km full of polygons of 32 vertices, one fix a second each; the seed is fixed.</summary>
internal sealed class GeofenceCity
{
    public const int Reps = 10_000;
    public const int Seconds = 50;
    private const double Size = 50_000;

    private readonly LocalFrame _frame = new(new GeoPoint(48.2, 16.37));
    private readonly Random _random = new(5);
    private readonly Fix[] _fixes = new Fix[Reps * Seconds];
    private readonly GeofenceStates[] _states = new GeofenceStates[Reps];
    private readonly Fix[] _previous = new Fix[Reps];
    private readonly Walk[] _walks = new Walk[Reps];
    private readonly double _speedMps;
    private readonly List<Passage> _passages = new(Reps);
    private readonly TrackerContext _context;
    private bool _hasPrevious;
    private long _elapsedMs;

    public GeofenceCity(int fences, double speedMps)
    {
        _context = new TrackerContext { Options = TrackerOptions.Default, Geofences = Index, FindRep = static _ => null };
        Geofences = new Geofence[fences];
        for (int key = 0; key < fences; key++) Index.Put(Geofences[key] = FenceOf(key));
        _speedMps = speedMps;
        for (int rep = 0; rep < Reps; rep++)
        {
            _states[rep] = new GeofenceStates();
            _walks[rep] = new Walk(Anywhere(), Anywhere(), _random.NextDouble() * 2 * Math.PI);
        }
    }

    public GeofenceIndex Index { get; } = new();

    public Geofence[] Geofences { get; }

    /// <summary>Makes up where all reps go next, on from where they are; at the edge of the city they turn back.</summary>
    public void Plan()
    {
        for (int rep = 0; rep < Reps; rep++)
        {
            (double east, double north, double course) = _walks[rep];
            if (Math.Max(Math.Abs(east), Math.Abs(north)) > Size / 2) course = Math.Atan2(-east, -north);
            for (int second = 0; second < Seconds; second++)
            {
                course += (_random.NextDouble() - 0.5) * 0.3;
                (east, north) = (east + _speedMps * Math.Sin(course), north + _speedMps * Math.Cos(course));
                _fixes[second * Reps + rep] = new Fix { Position = _frame.ToPoint(east, north).Quantised(), AccuracyM = 5, SpeedMps = (float)_speedMps };
            }
            _walks[rep] = new Walk(east, north, course);
        }
    }

    /// <summary>Moves all reps as planned; returns how often one entered, left or crossed a fence.</summary>
    public int Drive()
    {
        int passages = 0;
        for (int second = 0; second < Seconds; second++)
        {
            _elapsedMs += 1000;
            var at = new Instant(1_790_000_000_000 + _elapsedMs);
            ReadOnlySpan<Fix> fixes = _fixes.AsSpan(second * Reps, Reps);
            for (int rep = 0; rep < Reps; rep++)
            {
                Fix fix = fixes[rep] with { FixedAt = at };
                _states[rep].Apply(_previous[rep], _hasPrevious, fix, _context, rep, _passages);
                _previous[rep] = fix;
            }
            _hasPrevious = true;
            passages += _passages.Count;
            _passages.Clear();
        }
        return passages;
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

    private double Anywhere() => (_random.NextDouble() - 0.5) * Size;

    private readonly record struct Walk(double EastM, double NorthM, double CourseRad);

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

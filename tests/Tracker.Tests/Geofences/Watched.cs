using System.Buffers;
using System.Globalization;
using System.Xml.Linq;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>One rep's geofence states with fences around it, fed fix by fix.</summary>
internal sealed class Watched
{
    public static readonly Instant Begin = new(1_760_000_000_000);

    private readonly Dictionary<int, Rep> _reps = new() { [1] = new Rep(1, "ann", "Ann", "north/vienna", "Europe/Vienna") };
    private Fix _previous;
    private bool _hasPrevious;

    public Watched(params Geofence[] fences)
    {
        Context = new TrackerContext
        {
            Options = TrackerOptions.Default,
            Geofences = new GeofenceIndex(),
            FindRep = key => _reps.GetValueOrDefault(key),
        };
        foreach (Geofence fence in fences) Context.Geofences.Put(fence);
    }

    public TrackerContext Context { get; }

    public GeofenceStates States { get; private set; } = new();

    private readonly List<Passage> _passages = [];

    public List<TrackEvent> Events { get; } = [];

    private void Tell()
    {
        Events.AddRange(_passages.Select(static p => p.ToEvent()));
        _passages.Clear();
    }

    public List<string> Kinds => [.. Events.Select(static e => e.GetType().Name["Geofence".Length..])];

    public Watched Fix(double atS, GeoPoint position, double accuracyM = 5, double speedMps = double.NaN) =>
        Fix(new Fix
        {
            FixedAt = Begin + TimeSpan.FromSeconds(atS),
            ReceivedAt = Begin + TimeSpan.FromSeconds(atS),
            Position = position.Quantised(),
            AccuracyM = (float)accuracyM,
            SpeedMps = (float)speedMps,
        });

    public Watched Fix(in Fix fix)
    {
        States.Apply(_previous, _hasPrevious, fix, Context, 1, _passages);
        Tell();
        _previous = fix;
        _hasPrevious = true;
        return this;
    }

    public Watched Vague(double atS, GeoPoint position, double accuracyM)
    {
        var fix = new Fix { FixedAt = Begin + TimeSpan.FromSeconds(atS), Position = position.Quantised(), AccuracyM = (float)accuracyM };
        States.ApplyVague(_previous, _hasPrevious, fix, Context, 1, _passages);
        Tell();
        return this;
    }

    public Watched Tick(double atS)
    {
        States.Tick(Begin + TimeSpan.FromSeconds(atS), _previous, Context, _passages);
        Tell();
        return this;
    }

    public Watched Change(int key, Geofence? fence, double atS)
    {
        if (fence is null) Context.Geofences.Remove(key);
        else Context.Geofences.Put(fence);
        States.GeofenceChanged(new GeofenceChange(key, fence, Begin + TimeSpan.FromSeconds(atS)), _previous, _hasPrevious, Context, 1, _passages);
        Tell();
        return this;
    }

    public byte[] Saved()
    {
        var writer = new ArrayBufferWriter<byte>();
        States.Save(writer, Instant.Min);
        return writer.WrittenSpan.ToArray();
    }

    public Watched Restored()
    {
        ReadOnlySpan<byte> bytes = Saved();
        States = GeofenceStates.Load(ref bytes);
        Assert.True(bytes.IsEmpty);
        return this;
    }

    public static Geofence Circle(int key, GeoPoint center, double radiusM) =>
        new() { Key = key, Id = $"c{key}", Name = $"Circle {key}", Shape = new CircleShape(center, radiusM) };

    public static Geofence Polygon(int key, params GeoPoint[] ring) =>
        new() { Key = key, Id = $"p{key}", Name = $"Polygon {key}", Shape = new PolygonShape([new PolygonRings(ring, [])]) };

    public static Geofence Corridor(int key, double widthM, params GeoPoint[] line) =>
        new() { Key = key, Id = $"l{key}", Name = $"Corridor {key}", Shape = new CorridorShape(line, widthM) };

    /// <summary>Seconds since <see cref="Begin"/>.</summary>
    public static double Seconds(Instant at) => (at - Begin).TotalSeconds;

    /// <summary>The recorded drives: motorway, city day, walk; in the order of time, without exact repeats.</summary>
    public static List<List<Fix>> Drives()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder);
        XDocument gpx = XDocument.Load(Path.Combine(folder!, "tests", "data", "osm-vienna.gpx"));
        XNamespace ns = gpx.Root!.Name.Namespace;
        return [.. gpx.Root.Elements(ns + "trk").Select(track => track.Descendants(ns + "trkpt").Select(point => new Fix
        {
            FixedAt = Instant.TryParse(point.Element(ns + "time")!.Value, out Instant at) ? at : default,
            Position = new GeoPoint(
                double.Parse(point.Attribute("lat")!.Value, CultureInfo.InvariantCulture),
                double.Parse(point.Attribute("lon")!.Value, CultureInfo.InvariantCulture)).Quantised(),
            AccuracyM = 5,
        }).Distinct().OrderBy(static f => f.FixedAt).ToList())];
    }
}

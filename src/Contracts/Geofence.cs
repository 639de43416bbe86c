namespace Tracking.Contracts;

/// <summary>An area that trackers watch, as its owner defined it. Immutable; a change makes a new one with a higher version.</summary>
public sealed record Geofence
{
    /// <summary>Dense number, given by the registry; names the fence in memory and in snapshots.</summary>
    public int Key { get; init; }

    /// <summary>Opaque, unique; given by the owner or made by the server.</summary>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>What the area is for.</summary>
    public GeofencePurpose Purpose { get; init; }

    /// <summary>What kind of customer it is, in the organisation's own word; plans say how often a class is to be visited. Null: none.</summary>
    public string? Class { get; init; }

    /// <summary>Its shape.</summary>
    public required GeoShape Shape { get; init; }

    /// <summary>Group paths that it concerns, subtree included; with <see cref="Reps"/> also empty, it concerns everybody.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Ids of reps that it concerns.</summary>
    public IReadOnlyList<string> Reps { get; init; } = [];

    /// <summary>When it is watched; null: always.</summary>
    public WeeklySchedule? Schedule { get; init; }

    /// <summary>Seconds inside after which <c>geofenceDwelled</c> is raised; null: never.</summary>
    public double? DwellS { get; init; }

    /// <summary>Metres per second above which a rep inside speeds; null: no limit.</summary>
    public double? SpeedLimitMps { get; init; }

    /// <summary>1 when created, one more with each change.</summary>
    public long Version { get; init; } = 1;

    /// <summary>When it was created or changed last, by the server's clock; null: before that was kept.</summary>
    public Instant? ChangedAt { get; init; }

    /// <summary>Whether it is for everybody: no group and no rep is named.</summary>
    public bool ForEverybody => Groups.Count == 0 && Reps.Count == 0;

    /// <summary>Whether it concerns a rep; an unknown rep is concerned by fences for everybody.</summary>
    public bool Concerns(Rep? rep)
    {
        if (ForEverybody) return true;
        if (rep is null) return false;
        for (int i = 0; i < Reps.Count; i++)
            if (Reps[i] == rep.Id) return true;
        for (int i = 0; i < Groups.Count; i++)
            if (GroupPath.IsWithin(rep.Group, Groups[i])) return true;
        return false;
    }
}

/// <summary>What a geofence is for.</summary>
public enum GeofencePurpose : byte
{
    /// <summary>Not said.</summary>
    Other,
    /// <summary>A customer's premises: dwelling there is a visit.</summary>
    Customer,
    /// <summary>An office or depot.</summary>
    Office,
    /// <summary>The area in which its reps work.</summary>
    WorkArea,
    /// <summary>An area to stay out of.</summary>
    Forbidden,
    /// <summary>A rep's home.</summary>
    Home,
    /// <summary>A route to keep to.</summary>
    Route,
}

/// <summary>The shape of a geofence on the WGS-84 ellipsoid.</summary>
public abstract record GeoShape;

/// <summary>A geodesic disc.</summary>
/// <param name="Center">Its centre.</param>
/// <param name="RadiusM">Metres, above 0.</param>
public sealed record CircleShape(GeoPoint Center, double RadiusM) : GeoShape;

/// <summary>A line with a width.</summary>
/// <param name="Line">At least two points.</param>
/// <param name="WidthM">Full width in metres, above 0; half of it to each side, round at the ends.</param>
public sealed record CorridorShape(IReadOnlyList<GeoPoint> Line, double WidthM) : GeoShape;

/// <summary>One or more polygons with holes.</summary>
/// <param name="Polygons">At least one.</param>
public sealed record PolygonShape(IReadOnlyList<PolygonRings> Polygons) : GeoShape;

/// <summary>A polygon.</summary>
/// <param name="Outer">At least three points, first not repeated at the end; either direction. Edges are the short way round.</param>
/// <param name="Holes">Rings of the same form.</param>
public sealed record PolygonRings(IReadOnlyList<GeoPoint> Outer, IReadOnlyList<IReadOnlyList<GeoPoint>> Holes);

/// <summary>Hours of the week in a time zone.</summary>
/// <param name="TimeZone">IANA name, such as <c>Asia/Shanghai</c>.</param>
/// <param name="Windows">Not overlapping; a window that ends at or before its begin runs over midnight.</param>
public sealed record WeeklySchedule(string TimeZone, IReadOnlyList<WeeklyWindow> Windows);

/// <summary>One window of a weekly schedule.</summary>
/// <param name="Day">The day on which it begins.</param>
/// <param name="Begin">Local time of day.</param>
/// <param name="End">Local time of day, exclusive.</param>
public sealed record WeeklyWindow(DayOfWeek Day, TimeOnly Begin, TimeOnly End);

/// <summary>A geofence that was created, changed or deleted.</summary>
/// <param name="Key">Which.</param>
/// <param name="Geofence">What it is from now on; null: deleted.</param>
/// <param name="At">When, by the server's clock.</param>
public sealed record GeofenceChange(int Key, Geofence? Geofence, Instant At);

namespace Tracking.LiveMap;

/// <summary>The parameters of the live map, the reading API and the console.</summary>
public sealed record LiveMapOptions
{
    /// <summary>Time between two live frames, 20 ms to 10 s.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How many connections the hub takes; more are refused with 503.</summary>
    public int MaxViewers { get; init; } = 10_000;

    /// <summary>How many alert streams (SSE) may be open; more are refused with 503.</summary>
    public int MaxStreams { get; init; } = 10_000;

    /// <summary>Time between two comment lines of an idle alert stream.</summary>
    public TimeSpan StreamHeartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes of the body of a geofence import.</summary>
    public long MaxImportBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of any other body.</summary>
    public long MaxBodyBytes { get; init; } = 4L << 20;

    /// <summary>Whether geofences can be changed at this node: not where there are no trackers to bring the change to.</summary>
    public bool TakesGeofences { get; init; } = true;

    /// <summary>How long after the end of a rep's day planned visits that nobody made are told: phones that were offline bring theirs later.</summary>
    public TimeSpan MissedVisitsAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often in a row a customer must be missed for a warning.</summary>
    public int RepeatedlyMissed { get; init; } = 3;

    /// <summary>The console's language when the browser's is none of its own: <c>en</c> or <c>zh</c>.</summary>
    public string Language { get; init; } = "en";

    /// <summary>What the console draws below the reps; empty: the embedded world map only.</summary>
    public IReadOnlyList<BasemapSource> Basemaps { get; init; } = [];

    /// <summary>Where the console opens when there is no rep to show; null: the world.</summary>
    public MapView? InitialView { get; init; }

    /// <summary>Says what is wrong, naming the key and the value; null: nothing is.</summary>
    public string? Validate()
    {
        if (Tick < TimeSpan.FromMilliseconds(20) || Tick > TimeSpan.FromSeconds(10))
            return $"LiveMap:Tick must lie between 20 ms and 10 s, but is {Tick}";
        if (MaxViewers < 1) return $"LiveMap:MaxViewers must be at least 1, but is {MaxViewers}";
        if (MaxStreams < 1) return $"LiveMap:MaxStreams must be at least 1, but is {MaxStreams}";
        if (StreamHeartbeat < TimeSpan.FromMilliseconds(50)) return $"LiveMap:StreamHeartbeat must be at least 50 ms, but is {StreamHeartbeat}";
        if (MissedVisitsAfter < TimeSpan.Zero || MissedVisitsAfter > TimeSpan.FromDays(1)) return $"LiveMap:MissedVisitsAfter must lie between 0 and 1 day, but is {MissedVisitsAfter}";
        if (RepeatedlyMissed < 1) return $"LiveMap:RepeatedlyMissed must be at least 1, but is {RepeatedlyMissed}";
        if (Language is not ("en" or "zh")) return $"LiveMap:Language must be en or zh, but is {Language}";
        foreach (BasemapSource source in Basemaps)
            if (source.Problem is { } problem) return problem;
        return null;
    }
}

/// <summary>A raster or vector source of the console's basemap.</summary>
/// <param name="Name">For people.</param>
/// <param name="Kind"><c>xyz</c> (raster tiles) or <c>pmtiles</c> (one file, vector).</param>
/// <param name="Url">Absolute, or a path on this server; <c>{z}</c>, <c>{x}</c> and <c>{y}</c> stand for the tile.</param>
/// <param name="Attribution">What its licence wants to be shown.</param>
public sealed record BasemapSource(string Name, string Kind, string Url, string Attribution)
{
    internal string? Problem =>
        Kind is not ("xyz" or "pmtiles") ? $"LiveMap:Basemaps: the kind must be xyz or pmtiles, but is {Kind}"
        : Url.StartsWith('/') || Origin is not null ? null
        : $"LiveMap:Basemaps: the URL must be http, https or a path, but is {Url}";

    /// <summary>Scheme and host for the content security policy, any subdomain for <c>{s}</c>; null for a path on this server.</summary>
    internal string? Origin =>
        Uri.TryCreate(Url.Replace("{s}", Subdomain, StringComparison.Ordinal), UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            ? uri.GetLeftPart(UriPartial.Authority).Replace(Subdomain, "*", StringComparison.Ordinal) : null;

    private const string Subdomain = "any-subdomain";
}

/// <summary>A view of the map.</summary>
/// <param name="Latitude">Degrees.</param>
/// <param name="Longitude">Degrees.</param>
/// <param name="Zoom">0 (the world) to 20.</param>
public sealed record MapView(double Latitude, double Longitude, double Zoom);

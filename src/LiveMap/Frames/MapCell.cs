using Tracking.Contracts;

namespace Tracking.LiveMap.Frames;

/// <summary>A cell of the map: a Web Mercator tile <c>Z/X/Y</c>.</summary>
/// <param name="Z">0 (the world) to <see cref="FinestZ"/>.</param>
/// <param name="X">Eastwards from 180° west.</param>
/// <param name="Y">Southwards from about 85° north; what lies beyond is in the outermost cells.</param>
internal readonly record struct MapCell(int Z, int X, int Y)
{
    /// <summary>The finest zoom of cells.</summary>
    public const int FinestZ = 14;

    private const double MaxLatitudeDeg = 85.051128779;

    /// <summary>The finest cell of a point.</summary>
    public static MapCell Of(int latitudeE7, int longitudeE7)
    {
        int size = 1 << FinestZ;
        return new(FinestZ, Math.Clamp((int)(XOf(longitudeE7 / 1e7) * size), 0, size - 1), Math.Clamp((int)(YOf(latitudeE7 / 1e7) * size), 0, size - 1));
    }

    /// <summary>The cell of a coarser zoom around this one.</summary>
    public MapCell At(int z) => new(z, X >> (Z - z), Y >> (Z - z));

    /// <summary>The cells of a zoom that a viewport touches; null when they are more than <paramref name="limit"/>.</summary>
    public static List<MapCell>? Covering(in Viewport viewport, int z, int limit)
    {
        int size = 1 << z;
        int west = Column(viewport.West, size), east = Column(viewport.East, size);
        int north = Math.Clamp((int)(YOf(viewport.North) * size), 0, size - 1), south = Math.Clamp((int)(YOf(viewport.South) * size), 0, size - 1);
        // Beyond the antimeridian the columns go on at 0.
        int columns = viewport.SpansWorld ? size : west <= east && viewport.West <= viewport.East ? east - west + 1 : size - west + east + 1;
        columns = Math.Min(columns, size);
        if ((long)columns * (south - north + 1) > limit) return null;
        List<MapCell> cells = [];
        for (int y = north; y <= south; y++)
            for (int i = 0; i < columns; i++) cells.Add(new(z, viewport.SpansWorld ? i : (west + i) % size, y));
        return cells;
    }

    private static int Column(double longitudeDeg, int size) => Math.Clamp((int)(XOf(longitudeDeg) * size), 0, size - 1);

    private static double XOf(double longitudeDeg) => (longitudeDeg + 180) / 360;

    /// <summary>Mercator's northing, 0 at the top and 1 at the bottom of the square world.</summary>
    private static double YOf(double latitudeDeg)
    {
        double sin = Math.Sin(Math.Clamp(latitudeDeg, -MaxLatitudeDeg, MaxLatitudeDeg) * Math.PI / 180);
        return 0.5 - Math.Log((1 + sin) / (1 - sin)) / (4 * Math.PI);
    }
}

/// <summary>A part of the map that somebody looks at, degrees. West above east crosses the antimeridian.</summary>
internal readonly record struct Viewport(double West, double South, double East, double North)
{
    /// <summary>Whether every longitude is in it.</summary>
    public bool SpansWorld { get; init; }

    /// <summary>Reads bounds as maps give them: longitudes may run beyond ±180 when the view is far panned or wide.</summary>
    public static bool TryRead(IReadOnlyList<double>? bounds, out Viewport viewport)
    {
        viewport = default;
        if (bounds is not [double west, double south, double east, double north]) return false;
        if (!double.IsFinite(west) || !double.IsFinite(south) || !double.IsFinite(east) || !double.IsFinite(north)) return false;
        if (south > north || south < -90 || north > 90 || Math.Abs(west) > 1080 || Math.Abs(east) > 1080) return false;
        viewport = new(Wrap(west), south, Wrap(east), north) { SpansWorld = east - west >= 360 };
        return true;
    }

    /// <summary>Whether a point lies in it.</summary>
    public bool Contains(GeoPoint point) =>
        point.LatitudeDeg >= South && point.LatitudeDeg <= North
        && (SpansWorld || (West <= East
            ? point.LongitudeDeg >= West && point.LongitudeDeg <= East
            : point.LongitudeDeg >= West || point.LongitudeDeg <= East));

    private static double Wrap(double longitudeDeg)
    {
        double wrapped = (longitudeDeg + 180) % 360;
        return wrapped < 0 ? wrapped + 180 : longitudeDeg == 180 ? 180 : wrapped - 180;
    }
}

using Tracking.Contracts;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Reports;

/// <summary>What happened in a cell of the map.</summary>
internal sealed class CellUse
{
    private readonly HashSet<int> _reps = [];

    /// <summary>Fixes in it.</summary>
    public int Fixes { get; private set; }

    /// <summary>How often somebody came in.</summary>
    public int Visits { get; private set; }

    /// <summary>Milliseconds spent in it.</summary>
    public long SpentMs { get; private set; }

    /// <summary>How many reps were there.</summary>
    public int Reps => _reps.Count;

    /// <summary>Notes a fix and the time until the next one.</summary>
    public void Add(int repKey, bool cameIn, long spentMs)
    {
        _reps.Add(repKey);
        Fixes++;
        SpentMs += spentMs;
        if (cameIn) Visits++;
    }
}

/// <summary>Counts tracks in cells of the map: the time until the next fix belongs to the cell of a fix, unless it is a gap.</summary>
/// <param name="zoom">0 to <see cref="MapCell.FinestZ"/>.</param>
/// <param name="longestStep">Silence beyond which nothing is concluded.</param>
internal sealed class Coverage(int zoom, TimeSpan longestStep)
{
    private readonly Dictionary<MapCell, CellUse> _cells = [];

    /// <summary>The cells that anybody visited, from north-west, row by row.</summary>
    public IEnumerable<KeyValuePair<MapCell, CellUse>> Cells => _cells.OrderBy(static c => c.Key.Y).ThenBy(static c => c.Key.X);

    /// <summary>How many cells were visited.</summary>
    public int Count => _cells.Count;

    /// <summary>Adds a track, in order; accepted and late fixes count.</summary>
    public void Add(int repKey, IReadOnlyList<JudgedFix> fixes)
    {
        MapCell? before = null;
        List<Fix> track = [.. fixes.Where(static j => j.Outcome is FixOutcome.Accepted or FixOutcome.Late).Select(static j => j.Fix)];
        for (int i = 0; i < track.Count; i++)
        {
            MapCell cell = MapCell.Of(track[i].Position.LatitudeE7, track[i].Position.LongitudeE7).At(zoom);
            TimeSpan step = i + 1 < track.Count ? track[i + 1].FixedAt - track[i].FixedAt : TimeSpan.Zero;
            if (!_cells.TryGetValue(cell, out CellUse? use)) _cells.Add(cell, use = new CellUse());
            use.Add(repKey, cell != before, step <= longestStep ? (long)step.TotalMilliseconds : 0);
            before = step <= longestStep ? cell : null;
        }
    }

    /// <summary>The edges of a cell, degrees.</summary>
    public static (double West, double South, double East, double North) BoundsOf(MapCell cell)
    {
        double size = 1 << cell.Z;
        return ((cell.X / size * 360) - 180, LatitudeOf((cell.Y + 1) / size), ((cell.X + 1) / size * 360) - 180, LatitudeOf(cell.Y / size));
    }

    // The inverse of Mercator's northing, 0 at the top and 1 at the bottom of the square world.
    private static double LatitudeOf(double northing) => Math.Atan(Math.Sinh(Math.PI * (1 - (2 * northing)))) * 180 / Math.PI;
}

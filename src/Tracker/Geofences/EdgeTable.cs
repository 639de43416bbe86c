using NetTopologySuite.Algorithm;

namespace Tracking.Tracker;

/// <summary>
/// Edges in the plane of longitude (x, lifted: it may exceed 180) and latitude (y), in horizontal slabs, so that a
/// question about a point reads the edges at its height only. Immutable.
/// </summary>
internal sealed class EdgeTable
{
    /// <summary>Doubles per edge: x1, y1, x2, y2.</summary>
    public const int Stride = 4;

    // Shewchuk, "Adaptive precision floating-point arithmetic" (1997): beyond this the sign of the determinant is certain.
    private const double SignBound = 3.3306690738754716e-16;

    private readonly double[] _edges;
    private readonly int[] _starts;
    private readonly int _slabs;
    private readonly double _slabsPerDeg;

    /// <summary>Arranges edges given as four doubles each.</summary>
    public EdgeTable(ReadOnlySpan<double> edges)
    {
        MinX = MinY = double.PositiveInfinity;
        MaxX = MaxY = double.NegativeInfinity;
        for (int i = 0; i < edges.Length; i += 2)
        {
            MinX = Math.Min(MinX, edges[i]);
            MaxX = Math.Max(MaxX, edges[i]);
            MinY = Math.Min(MinY, edges[i + 1]);
            MaxY = Math.Max(MaxY, edges[i + 1]);
        }
        Count = edges.Length / Stride;
        _slabs = MaxY > MinY ? Math.Clamp(Count / 4, 1, 4096) : 1;
        _slabsPerDeg = MaxY > MinY ? _slabs / (MaxY - MinY) : 0;
        _starts = new int[_slabs + 1];
        _edges = Arrange(edges);
    }

    /// <summary>How many edges there are.</summary>
    public int Count { get; }

    public double MinX { get; }

    public double MaxX { get; }

    public double MinY { get; }

    public double MaxY { get; }

    /// <summary>
    /// Whether a ray to the east meets an odd number of edges. Exact: an edge is met by the rule that NetTopologySuite's
    /// ray counter uses, with the sign of the determinant made certain where doubles leave it open.
    /// </summary>
    public bool Parity(double x, double y)
    {
        if (!(y >= MinY && y <= MaxY)) return false;
        int slab = SlabOf(y);
        bool inside = false;
        ReadOnlySpan<double> edges = Slab(slab);
        for (int i = 0; i + 3 < edges.Length; i += Stride)
        {
            double y1 = edges[i + 1], y2 = edges[i + 3];
            if ((y1 > y) == (y2 > y)) continue;
            double x1 = edges[i], x2 = edges[i + 2];
            double left = (x1 - x) * (y2 - y), right = (y1 - y) * (x2 - x);
            double det = left - right;
            if (Math.Abs(det) <= SignBound * (Math.Abs(left) + Math.Abs(right)))
                det = CGAlgorithmsDD.OrientationIndex(x1, y1, x2, y2, x, y);
            inside ^= (det > 0) == (y2 > y1) && det != 0;
        }
        return inside;
    }

    /// <summary>Distance to the nearest edge in a plane around the point, at most <paramref name="limitM"/>.</summary>
    /// <param name="x">Longitude, lifted.</param>
    /// <param name="y">Latitude.</param>
    /// <param name="eastM">Metres of one degree of longitude at the point.</param>
    /// <param name="northM">Metres of one degree of latitude at the point.</param>
    /// <param name="limitM">The search ends here.</param>
    public double NearestM(double x, double y, double eastM, double northM, double limitM)
    {
        int middle = SlabOf(Math.Clamp(y, MinY, MaxY));
        double best2 = Nearest2(Slab(middle), x, y, eastM, northM, limitM * limitM);
        double slabDeg = _slabsPerDeg > 0 ? 1 / _slabsPerDeg : 0;
        for (int up = middle + 1; up < _slabs; up++)
        {
            double gapM = (MinY + up * slabDeg - y) * northM * (1 - 1e-9);
            if (gapM > 0 && gapM * gapM >= best2) break;
            best2 = Nearest2(Slab(up), x, y, eastM, northM, best2);
        }
        for (int down = middle - 1; down >= 0; down--)
        {
            double gapM = (y - (MinY + (down + 1) * slabDeg)) * northM * (1 - 1e-9);
            if (gapM > 0 && gapM * gapM >= best2) break;
            best2 = Nearest2(Slab(down), x, y, eastM, northM, best2);
        }
        return Math.Sqrt(best2);
    }

    /// <summary>Where a segment first and last meets an edge, as parts of its length; false when it meets none.</summary>
    public bool Meets(double xa, double ya, double xb, double yb, out double first, out double last)
    {
        first = double.PositiveInfinity;
        last = double.NegativeInfinity;
        double low = Math.Min(ya, yb), high = Math.Max(ya, yb);
        if (high < MinY || low > MaxY || Math.Max(xa, xb) < MinX || Math.Min(xa, xb) > MaxX) return false;
        double dx = xb - xa, dy = yb - ya;
        int end = _starts[SlabOf(Math.Min(high, MaxY)) + 1];
        for (int e = _starts[SlabOf(Math.Max(low, MinY))]; e < end; e++)
        {
            ReadOnlySpan<double> edge = _edges.AsSpan(e * Stride, Stride);
            double ex = edge[2] - edge[0], ey = edge[3] - edge[1];
            double cross = dx * ey - dy * ex;
            if (cross == 0) continue;
            double ax = edge[0] - xa, ay = edge[1] - ya;
            double along = (ax * ey - ay * ex) / cross, on = (ax * dy - ay * dx) / cross;
            if (along is < 0 or > 1 || on is < 0 or > 1) continue;
            first = Math.Min(first, along);
            last = Math.Max(last, along);
        }
        return first <= last;
    }

    /// <summary>Every edge at least once: one that runs through several slabs stands in each.</summary>
    public ReadOnlySpan<double> All => _edges;

    /// <summary>Every edge that reaches into a range of latitudes, and others.</summary>
    public ReadOnlySpan<double> Near(double low, double high)
    {
        if (high < MinY || low > MaxY) return [];
        int begin = _starts[SlabOf(Math.Max(low, MinY))], end = _starts[SlabOf(Math.Min(high, MaxY)) + 1];
        return _edges.AsSpan(begin * Stride, (end - begin) * Stride);
    }

    private ReadOnlySpan<double> Slab(int slab)
    {
        int start = _starts[slab];
        return _edges.AsSpan(start * Stride, (_starts[slab + 1] - start) * Stride);
    }

    private int SlabOf(double y) => Math.Min((int)((y - MinY) * _slabsPerDeg), _slabs - 1);

    private double[] Arrange(ReadOnlySpan<double> edges)
    {
        for (int i = 0; i < edges.Length; i += Stride)
        {
            int high = SlabOf(Math.Max(edges[i + 1], edges[i + 3]));
            for (int slab = SlabOf(Math.Min(edges[i + 1], edges[i + 3])); slab <= high; slab++) _starts[slab + 1]++;
        }
        for (int slab = 0; slab < _slabs; slab++) _starts[slab + 1] += _starts[slab];
        int[] next = _starts.AsSpan(0, _slabs).ToArray();
        double[] arranged = new double[_starts[_slabs] * Stride];
        for (int i = 0; i < edges.Length; i += Stride)
        {
            int high = SlabOf(Math.Max(edges[i + 1], edges[i + 3]));
            for (int slab = SlabOf(Math.Min(edges[i + 1], edges[i + 3])); slab <= high; slab++)
                edges.Slice(i, Stride).CopyTo(arranged.AsSpan(next[slab]++ * Stride));
        }
        return arranged;
    }

    private static double Nearest2(ReadOnlySpan<double> edges, double x, double y, double eastM, double northM, double best2)
    {
        for (int i = 0; i + 3 < edges.Length; i += Stride)
        {
            double ax = (edges[i] - x) * eastM, ay = (edges[i + 1] - y) * northM;
            double dx = (edges[i + 2] - edges[i]) * eastM, dy = (edges[i + 3] - edges[i + 1]) * northM;
            double length2 = dx * dx + dy * dy;
            double part = length2 > 0 ? Math.Clamp(-(ax * dx + ay * dy) / length2, 0, 1) : 0;
            double px = ax + part * dx, py = ay + part * dy;
            best2 = Math.Min(best2, px * px + py * py);
        }
        return best2;
    }
}

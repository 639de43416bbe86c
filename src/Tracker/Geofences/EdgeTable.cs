using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NetTopologySuite.Algorithm;

namespace Tracking.Tracker;

/// <summary>
/// Edges in the plane of longitude (x, lifted: it may exceed 180) and latitude (y), in horizontal slabs, so that a
/// question about a point reads the edges at its height only, four at a time. Immutable.
/// </summary>
internal sealed class EdgeTable
{
    /// <summary>Doubles per edge in the constructor's input: x1, y1, x2, y2.</summary>
    public const int Stride = 4;

    // Four edges lie side by side: four x1, four y1, four x2, four y2.
    private const int Lanes = 4;
    private const int BlockSize = Lanes * Stride;

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
        _slabs = MaxY > MinY ? Math.Clamp(Count / 8, 1, 4096) : 1;
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
        int met = 0;
        foreach (ref readonly Block block in Slab(SlabOf(y)))
        {
            Vector256<double> up1 = Vector256.GreaterThan(block.Y1, Vector256.Create(y)), up2 = Vector256.GreaterThan(block.Y2, Vector256.Create(y));
            Vector256<double> spans = up1 ^ up2;
            if (spans == Vector256<double>.Zero) continue;
            Vector256<double> left = (block.X1 - Vector256.Create(x)) * (block.Y2 - Vector256.Create(y));
            Vector256<double> right = (block.Y1 - Vector256.Create(y)) * (block.X2 - Vector256.Create(x));
            Vector256<double> det = left - right;
            Vector256<double> bound = Vector256.Create(SignBound) * (Vector256.Abs(left) + Vector256.Abs(right));
            uint open = (Vector256.LessThanOrEqual(Vector256.Abs(det), bound) & spans).ExtractMostSignificantBits();
            // An edge that spans the height goes up or down; the point is to its west when it lies on the matching side.
            uint hits = (~(Vector256.GreaterThan(det, Vector256<double>.Zero) ^ up2) & spans).ExtractMostSignificantBits() & ~open;
            met += BitOperations.PopCount(hits);
            for (; open != 0; open &= open - 1) met += Crosses(block, BitOperations.TrailingZeroCount(open), x, y) ? 1 : 0;
        }
        return (met & 1) != 0;
    }

    private static bool Crosses(in Block block, int lane, double x, double y)
    {
        Edge edge = block[lane];
        int det = CGAlgorithmsDD.OrientationIndex(edge.X1, edge.Y1, edge.X2, edge.Y2, x, y);
        return det > 0 == edge.Y2 > edge.Y1 && det != 0;
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
        foreach (Edge edge in Near(low, high))
        {
            double ex = edge.X2 - edge.X1, ey = edge.Y2 - edge.Y1;
            double cross = dx * ey - dy * ex;
            if (cross == 0) continue;
            double ax = edge.X1 - xa, ay = edge.Y1 - ya;
            double along = (ax * ey - ay * ex) / cross, on = (ax * dy - ay * dx) / cross;
            if (along is < 0 or > 1 || on is < 0 or > 1) continue;
            first = Math.Min(first, along);
            last = Math.Max(last, along);
        }
        return first <= last;
    }

    /// <summary>Every edge at least once: one that runs through several slabs stands in each; among them are some of no length.</summary>
    public Edges All => new(Blocks);

    /// <summary>Every edge that reaches into a range of latitudes, and others.</summary>
    public Edges Near(double low, double high)
    {
        if (high < MinY || low > MaxY) return default;
        return new Edges(Blocks[_starts[SlabOf(Math.Max(low, MinY))].._starts[SlabOf(Math.Min(high, MaxY)) + 1]]);
    }

    private ReadOnlySpan<Block> Blocks => MemoryMarshal.Cast<double, Block>(_edges);

    private ReadOnlySpan<Block> Slab(int slab) => Blocks[_starts[slab].._starts[slab + 1]];

    private int SlabOf(double y) => Math.Min((int)((y - MinY) * _slabsPerDeg), _slabs - 1);

    private double[] Arrange(ReadOnlySpan<double> edges)
    {
        int[] counts = new int[_slabs];
        for (int i = 0; i < edges.Length; i += Stride)
        {
            (int low, int high) = SlabsOf(edges.Slice(i, Stride));
            for (int slab = low; slab <= high; slab++) counts[slab]++;
        }
        for (int slab = 0; slab < _slabs; slab++) _starts[slab + 1] = _starts[slab] + (counts[slab] + Lanes - 1) / Lanes;
        double[] arranged = new double[_starts[_slabs] * BlockSize];
        Array.Clear(counts);
        for (int i = 0; i < edges.Length; i += Stride)
        {
            (int low, int high) = SlabsOf(edges.Slice(i, Stride));
            for (int slab = low; slab <= high; slab++) Place(edges.Slice(i, Stride), arranged.AsSpan(_starts[slab] * BlockSize), counts[slab]++);
        }
        return Fill(arranged, counts);
    }

    private (int Low, int High) SlabsOf(ReadOnlySpan<double> edge) =>
        (SlabOf(Math.Min(edge[1], edge[3])), SlabOf(Math.Max(edge[1], edge[3])));

    private static void Place(ReadOnlySpan<double> edge, Span<double> slab, int index)
    {
        Span<double> block = slab[(index / Lanes * BlockSize)..];
        for (int part = 0; part < Stride; part++) block[part * Lanes + index % Lanes] = edge[part];
    }

    // What is left of a slab's last block becomes edges of no length at the end of a real one: they are crossed by nothing.
    private double[] Fill(double[] arranged, int[] counts)
    {
        Span<double> point = stackalloc double[Stride];
        for (int slab = 0; slab < _slabs; slab++)
        {
            int room = (_starts[slab + 1] - _starts[slab]) * Lanes;
            if (counts[slab] == room) continue;
            Edge first = Slab(arranged, slab)[0][0];
            (point[0], point[1], point[2], point[3]) = (first.X1, first.Y1, first.X1, first.Y1);
            for (int index = counts[slab]; index < room; index++) Place(point, arranged.AsSpan(_starts[slab] * BlockSize), index);
        }
        return arranged;
    }

    private ReadOnlySpan<Block> Slab(double[] arranged, int slab) =>
        MemoryMarshal.Cast<double, Block>(arranged.AsSpan())[_starts[slab].._starts[slab + 1]];

    private static double Nearest2(ReadOnlySpan<Block> blocks, double x, double y, double eastM, double northM, double best2)
    {
        Vector256<double> px = Vector256.Create(x), py = Vector256.Create(y), east = Vector256.Create(eastM), north = Vector256.Create(northM);
        Vector256<double> best = Vector256.Create(best2);
        foreach (ref readonly Block block in blocks)
        {
            Vector256<double> ax = (block.X1 - px) * east, ay = (block.Y1 - py) * north;
            Vector256<double> dx = (block.X2 - block.X1) * east, dy = (block.Y2 - block.Y1) * north;
            Vector256<double> length2 = Vector256.Max(dx * dx + dy * dy, Vector256.Create(double.Epsilon));
            Vector256<double> part = Vector256.Clamp(-(ax * dx + ay * dy) / length2, Vector256<double>.Zero, Vector256<double>.One);
            ax += part * dx;
            ay += part * dy;
            best = Vector256.Min(best, ax * ax + ay * ay);
        }
        return Math.Min(Math.Min(best[0], best[1]), Math.Min(best[2], best[3]));
    }

    /// <summary>One edge.</summary>
    internal readonly record struct Edge(double X1, double Y1, double X2, double Y2);

    /// <summary>Four edges as they lie in memory.</summary>
    internal readonly struct Block
    {
        public readonly Vector256<double> X1, Y1, X2, Y2;

        public Edge this[int lane] => new(X1[lane], Y1[lane], X2[lane], Y2[lane]);
    }

    /// <summary>Goes through edges one by one.</summary>
    internal ref struct Edges(ReadOnlySpan<Block> blocks)
    {
        private readonly ReadOnlySpan<Block> _blocks = blocks;
        private int _at = -1;

        public readonly Edges GetEnumerator() => new(_blocks);

        public bool MoveNext() => ++_at < _blocks.Length * Lanes;

        public readonly Edge Current => _blocks[_at / Lanes][_at % Lanes];
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The edges of a small polygon as single-precision offsets from its middle, eight side by side: a few cache lines instead of
/// dozens. Distances are off by less than a millimetre; on which side a point lies is told only where that is certain.
/// </summary>
internal sealed class CompactEdges
{
    private const int MostEdges = 32, Lanes = 8, Stride = EdgeTable.Stride;

    // Half a degree of arc of single precision: offsets of up to 5 km keep distances true to a millimetre.
    private const double LargestDeg = 0.05;

    // In the object itself: whoever asks a fence waits for memory once.
    private readonly double _x;
    private readonly double _y;
    private readonly float _reach;
    private readonly int _vectors;
    private Vectors _edges;

    private CompactEdges(int vectors, double x, double y, float reach) => (_vectors, _x, _y, _reach) = (vectors, x, y, reach);

    [InlineArray(MostEdges / Lanes * Stride)]
    private struct Vectors
    {
        private Vector256<float> _first;
    }

    private ReadOnlySpan<Vector256<float>> Edges => ((ReadOnlySpan<Vector256<float>>)_edges)[.._vectors];

    /// <summary>Arranges edges given as four doubles each; null: they are too many or reach too far.</summary>
    public static CompactEdges? Of(ReadOnlySpan<double> edges, FenceBox box)
    {
        double reach = Math.Max(box.East - box.West, box.North - box.South) / 2;
        int count = edges.Length / Stride;
        if (count is 0 or > MostEdges || !(reach <= LargestDeg)) return null;
        double x = (box.West + box.East) / 2, y = (box.South + box.North) / 2;
        var compact = new CompactEdges((count + Lanes - 1) / Lanes * Stride, x, y, (float)reach);
        Span<Vector256<float>> blocks = compact._edges;
        // Lanes without an edge hold no number, which every comparison denies.
        blocks.Fill(Vector256.Create(float.NaN));
        for (int i = 0; i < edges.Length; i++)
        {
            int edge = i / Stride, part = i % Stride;
            ref Vector256<float> block = ref blocks[edge / Lanes * Stride + part];
            block = block.WithElement(edge % Lanes, (float)(edges[i] - (part % 2 == 0 ? x : y)));
        }
        return compact;
    }

    /// <summary>Whether an odd number of edges encloses a point; null: rounding might decide.</summary>
    public bool? Encloses(GeoPoint point)
    {
        float px = OffsetX(point), py = (float)(point.LatitudeDeg - _y);
        // Offsets and their differences are rounded by a few units of 2^-24; these bounds are several times that.
        float nearHeight = _reach * 2.4e-7f, nearLine = _reach * _reach * 2e-6f;
        if (Math.Abs(px) > _reach * 1.001f || Math.Abs(py) > _reach * 1.001f) return false;
        Vector256<float> unsure = Vector256<float>.Zero, pointX = Vector256.Create(px), pointY = Vector256.Create(py);
        int met = 0;
        ReadOnlySpan<Vector256<float>> edges = Edges;
        for (int i = 0; i + Stride <= edges.Length; i += Stride)
        {
            Vector256<float> x1 = edges[i] - pointX, y1 = edges[i + 1] - pointY, x2 = edges[i + 2] - pointX, y2 = edges[i + 3] - pointY;
            Vector256<float> up2 = Vector256.GreaterThan(y2, Vector256<float>.Zero);
            Vector256<float> spans = Vector256.GreaterThan(y1, Vector256<float>.Zero) ^ up2;
            Vector256<float> det = x1 * y2 - y1 * x2;
            unsure |= Vector256.LessThanOrEqual(Vector256.Min(Vector256.Abs(y1), Vector256.Abs(y2)), Vector256.Create(nearHeight))
                | (spans & Vector256.LessThanOrEqual(Vector256.Abs(det), Vector256.Create(nearLine)));
            met += BitOperations.PopCount((~(Vector256.GreaterThan(det, Vector256<float>.Zero) ^ up2) & spans).ExtractMostSignificantBits());
        }
        return unsure == Vector256<float>.Zero || unsure.ExtractMostSignificantBits() == 0 ? (met & 1) != 0 : null;
    }

    // To the turn that is nearest to the polygon.
    private float OffsetX(GeoPoint point) => (float)Wgs84.WrapDeg(point.LongitudeDeg - _x);

    /// <summary>Distance to the nearest edge in a plane around the point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="eastM">Metres of one degree of longitude at the point.</param>
    /// <param name="northM">Metres of one degree of latitude at the point.</param>
    public double NearestM(GeoPoint point, double eastM, double northM)
    {
        Vector256<float> pointX = Vector256.Create(OffsetX(point)), pointY = Vector256.Create((float)(point.LatitudeDeg - _y));
        Vector256<float> east = Vector256.Create((float)eastM), north = Vector256.Create((float)northM);
        Vector256<float> best = Vector256.Create(float.MaxValue);
        ReadOnlySpan<Vector256<float>> edges = Edges;
        for (int i = 0; i + Stride <= edges.Length; i += Stride)
        {
            Vector256<float> ax = (edges[i] - pointX) * east, ay = (edges[i + 1] - pointY) * north;
            Vector256<float> dx = (edges[i + 2] - edges[i]) * east, dy = (edges[i + 3] - edges[i + 1]) * north;
            Vector256<float> length2 = Vector256.Max(dx * dx + dy * dy, Vector256.Create(1e-30f));
            Vector256<float> part = Vector256.Clamp(-(ax * dx + ay * dy) / length2, Vector256<float>.Zero, Vector256<float>.One);
            ax += part * dx;
            ay += part * dy;
            Vector256<float> away2 = ax * ax + ay * ay;
            best = Vector256.ConditionalSelect(Vector256.LessThan(away2, best), away2, best);
        }
        float least = float.MaxValue;
        for (int lane = 0; lane < Lanes; lane++) least = Math.Min(least, best[lane]);
        return Math.Sqrt(least);
    }
}

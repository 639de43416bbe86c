using System.Numerics;
using System.Runtime.Intrinsics;

namespace Tracking.Tracker;

/// <summary>
/// The edges of a small polygon as single-precision offsets from its middle, eight side by side: a few cache lines instead of
/// dozens. Distances are off by less than a millimetre; on which side a point lies is told only where that is certain.
/// </summary>
internal sealed class CompactEdges
{
    private const int MostEdges = 64, Lanes = 8, Stride = EdgeTable.Stride;

    // Half a degree of arc of single precision: offsets of up to 5 km keep distances true to a millimetre.
    private const double LargestDeg = 0.05;

    private readonly Vector256<float>[] _edges;
    private readonly double _x;
    private readonly double _y;
    private readonly float _reach;

    private CompactEdges(Vector256<float>[] edges, double x, double y, float reach) => (_edges, _x, _y, _reach) = (edges, x, y, reach);

    /// <summary>Arranges edges given as four doubles each; null: they are too many or reach too far.</summary>
    public static CompactEdges? Of(ReadOnlySpan<double> edges, FenceBox box)
    {
        double reach = Math.Max(box.East - box.West, box.North - box.South) / 2;
        int count = edges.Length / Stride;
        if (count is 0 or > MostEdges || !(reach <= LargestDeg)) return null;
        double x = (box.West + box.East) / 2, y = (box.South + box.North) / 2;
        var blocks = new Vector256<float>[(count + Lanes - 1) / Lanes * Stride];
        // Lanes without an edge hold no number, which every comparison denies.
        Array.Fill(blocks, Vector256.Create(float.NaN));
        for (int i = 0; i < edges.Length; i++)
        {
            int edge = i / Stride, part = i % Stride;
            ref Vector256<float> block = ref blocks[edge / Lanes * Stride + part];
            block = block.WithElement(edge % Lanes, (float)(edges[i] - (part % 2 == 0 ? x : y)));
        }
        return new CompactEdges(blocks, x, y, (float)reach);
    }

    /// <summary>Whether an odd number of edges encloses a point; null: rounding might decide.</summary>
    public bool? Encloses(double x, double y)
    {
        float px = (float)(x - _x), py = (float)(y - _y);
        // Offsets and their differences are rounded by a few units of 2^-24; these bounds are several times that.
        float nearHeight = _reach * 2.4e-7f, nearLine = _reach * _reach * 2e-6f;
        if (Math.Abs(px) > _reach * 1.001f || Math.Abs(py) > _reach * 1.001f) return false;
        Vector256<float> unsure = Vector256<float>.Zero, pointX = Vector256.Create(px), pointY = Vector256.Create(py);
        int met = 0;
        for (int i = 0; i + Stride <= _edges.Length; i += Stride)
        {
            Vector256<float> x1 = _edges[i] - pointX, y1 = _edges[i + 1] - pointY, x2 = _edges[i + 2] - pointX, y2 = _edges[i + 3] - pointY;
            Vector256<float> up2 = Vector256.GreaterThan(y2, Vector256<float>.Zero);
            Vector256<float> spans = Vector256.GreaterThan(y1, Vector256<float>.Zero) ^ up2;
            Vector256<float> det = x1 * y2 - y1 * x2;
            unsure |= Vector256.LessThanOrEqual(Vector256.Min(Vector256.Abs(y1), Vector256.Abs(y2)), Vector256.Create(nearHeight))
                | (spans & Vector256.LessThanOrEqual(Vector256.Abs(det), Vector256.Create(nearLine)));
            met += BitOperations.PopCount((~(Vector256.GreaterThan(det, Vector256<float>.Zero) ^ up2) & spans).ExtractMostSignificantBits());
        }
        return unsure == Vector256<float>.Zero || unsure.ExtractMostSignificantBits() == 0 ? (met & 1) != 0 : null;
    }

    /// <summary>Distance to the nearest edge in a plane around the point.</summary>
    /// <param name="x">Longitude, lifted.</param>
    /// <param name="y">Latitude.</param>
    /// <param name="eastM">Metres of one degree of longitude at the point.</param>
    /// <param name="northM">Metres of one degree of latitude at the point.</param>
    public double NearestM(double x, double y, double eastM, double northM)
    {
        Vector256<float> pointX = Vector256.Create((float)(x - _x)), pointY = Vector256.Create((float)(y - _y));
        Vector256<float> east = Vector256.Create((float)eastM), north = Vector256.Create((float)northM);
        Vector256<float> best = Vector256.Create(float.MaxValue);
        for (int i = 0; i + Stride <= _edges.Length; i += Stride)
        {
            Vector256<float> ax = (_edges[i] - pointX) * east, ay = (_edges[i + 1] - pointY) * north;
            Vector256<float> dx = (_edges[i + 2] - _edges[i]) * east, dy = (_edges[i + 3] - _edges[i + 1]) * north;
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

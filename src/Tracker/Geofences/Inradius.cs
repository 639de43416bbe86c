using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The radius of the largest disc in a shape, by the quadtree search of Mapbox' polylabel: a square can hold no better
/// point than the distance at its middle plus half its diagonal.
/// </summary>
internal static class Inradius
{
    private const double EnoughM = 500;
    private const int MaxSquares = 1000;

    /// <summary>Metres, to 5 % or 1 m; 500 stands for more.</summary>
    public static double OfM(PreparedFence fence)
    {
        FenceBox box = fence.Box;
        var squares = new PriorityQueue<Square, double>();
        LocalFrame frame = new(new((box.South + box.North) / 2, Wgs84.WrapDeg((box.West + box.East) / 2)));
        double width = (box.East - box.West) * frame.EastMPerDeg, height = (box.North - box.South) * frame.NorthMPerDeg;
        double size = Math.Max(1, Math.Min(width, height)), best = 0;
        // A long box is cut into squares first, but not into more than the search may look at.
        size = Math.Max(size, Math.Max(width, height) / 64);
        for (double east = -width / 2 + size / 2; east < width / 2 + size / 2; east += size)
        {
            for (double north = -height / 2 + size / 2; north < height / 2 + size / 2; north += size)
                Look(fence, frame, new(east, north, size / 2), squares, ref best);
        }
        for (int i = 0; i < MaxSquares && best < EnoughM && squares.TryDequeue(out Square square, out double negated); i++)
        {
            if (-negated <= best * 1.05 + 1) break;
            double half = square.HalfM / 2;
            for (int quarter = 0; quarter < 4; quarter++)
            {
                Look(fence, frame, new(square.EastM + ((quarter & 1) == 0 ? -half : half),
                    square.NorthM + ((quarter & 2) == 0 ? -half : half), half), squares, ref best);
            }
        }
        return Math.Min(best, EnoughM);
    }

    private static void Look(PreparedFence fence, LocalFrame frame, Square square, PriorityQueue<Square, double> squares, ref double best)
    {
        GeoPoint middle = frame.ToPoint(square.EastM, square.NorthM);
        double depth = middle.IsValid ? -fence.SignedDistanceM(middle) : -PreparedFence.ReachM;
        best = Math.Max(best, depth);
        double bound = depth + square.HalfM * Math.Sqrt(2);
        if (bound > best) squares.Enqueue(square, -bound);
    }

    private readonly record struct Square(double EastM, double NorthM, double HalfM);
}

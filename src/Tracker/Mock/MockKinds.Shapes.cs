using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Fix after fix on one line to within 5 cm: no receiver is that good, and no street. Only for devices that tell a speed.</summary>
internal sealed class StraightMotionKind : IMockKind
{
    private const double LeastStepM = 2.5, OffM = 0.05, OffPart = 2e-5, SparseS = 5, SparseM = 30;
    private const int Fixes = 12, SparseCount = 3;

    public string Name => "straightMotion";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || view.MovedM < LeastStepM || memory.Trail is not { HasBefore: true } trail) return default;
        // Drawn and edited tracks are straight too, but have no speeds; rounded ones lie on a lattice.
        if (float.IsNaN(view.Fix.SpeedMps) || CoarseCoordinatesKind.IsCoarse(view.Fix.Position, 100)) return default;
        var frame = new LocalFrame(view.Previous.Position);
        (double eastIn, double northIn) = frame.ToMetres(trail.Before);
        (double eastOut, double northOut) = frame.ToMetres(view.Fix.Position);
        double east = eastOut - eastIn, north = northOut - northIn, chordM = Math.Sqrt(east * east + north * north);
        double cameM = Math.Sqrt(eastIn * eastIn + northIn * northIn);
        if (cameM < LeastStepM) return default;
        // How far the previous fix lies from the line between its neighbours; turning back on the spot is not on one line.
        double offM = chordM < LeastStepM ? double.MaxValue : Math.Abs(eastIn * north - northIn * east) / chordM;
        if (offM > OffM + OffPart * chordM)
        {
            trail.StraightRun = MockTrail.Down(trail.StraightRun, 2);
            return default;
        }
        // Neighbouring seconds share their error; fixes far apart do not, and say more.
        bool sparse = view.ElapsedS >= SparseS && view.MovedM >= SparseM && cameM >= SparseM;
        for (int i = sparse ? SparseCount : 1; i > 0; i--) trail.StraightRun = MockTrail.Up(trail.StraightRun);
        return trail.StraightRun < Fixes ? default : new(sparse ? 0.3 : 0.4 * view.Share, trail.StraightRun, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) =>
        new("It moves along lines that are straight to a few centimetres, which no satellite receiver does.", "移动轨迹的直线误差仅几厘米，真实卫星定位不可能如此。");
}

/// <summary>Fix after fix on one circle: the centre of the bend does not move.</summary>
internal sealed class PeriodicMotionKind : IMockKind
{
    private const double LeastStepM = 2.5, MostRadiusM = 2000, LeastTurnSin = 0.02;
    private const int Fixes = 8;

    public string Name => "periodicMotion";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || view.MovedM < LeastStepM || memory.Trail is not { HasBefore: true } trail) return default;
        var frame = new LocalFrame(view.Previous.Position);
        (double ax, double ay) = frame.ToMetres(trail.Before);
        (double bx, double by) = frame.ToMetres(view.Fix.Position);
        double a2 = ax * ax + ay * ay, b2 = bx * bx + by * by, cross = ax * by - ay * bx;
        // The circle through three points, the middle one of which is the origin.
        if (a2 < LeastStepM * LeastStepM || Math.Abs(cross) < LeastTurnSin * Math.Sqrt(a2 * b2)) return Lose(trail);
        double x = (by * a2 - ay * b2) / (2 * cross), y = (ax * b2 - bx * a2) / (2 * cross);
        double radiusM = Math.Sqrt(x * x + y * y);
        if (radiusM > MostRadiusM) return Lose(trail);
        GeoPoint centre = frame.ToPoint(x, y).Quantised();
        bool same = trail.RoundRun > 0 && Geodesy.DistanceM(centre, trail.Centre) < 0.5 + 0.01 * radiusM;
        trail.RoundRun = same ? MockTrail.Up(trail.RoundRun) : (byte)1;
        trail.Centre = centre;
        return trail.RoundRun < Fixes ? default : new(0.4 * view.Share, radiusM, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    private static MockFinding Lose(MockTrail trail)
    {
        trail.RoundRun = 0;
        return default;
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"It moves on a perfect circle with a radius of {finding.Value:0} m."),
        string.Create(CultureInfo.InvariantCulture, $"移动轨迹是半径 {finding.Value:0} 米的完美圆形。"));
}

/// <summary>
/// Coordinates with four decimals or fewer, fix after fix, although they claim to be better than that lattice. A device that
/// always rounds is honest about it: alone it decides only after the device has given finer ones.
/// </summary>
internal sealed class CoarseCoordinatesKind : IMockKind
{
    private const int LatticeE7 = 1000, Fixes = 6, FineFixes = 20;
    private const double ClaimedAccuracyM = 30;

    public string Name => "coarseCoordinates";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public static bool IsCoarse(GeoPoint point, int latticeE7) => point.LatitudeE7 % latticeE7 == 0 && point.LongitudeE7 % latticeE7 == 0;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { } trail || view.Fix.Position == view.Previous.Position) return default;
        if (!IsCoarse(view.Fix.Position, LatticeE7))
        {
            trail.FineSeen = MockTrail.Up(trail.FineSeen);
            trail.CoarseRun = 0;
            return default;
        }
        trail.CoarseRun = MockTrail.Up(trail.CoarseRun);
        if (trail.CoarseRun < Fixes || trail.FineSeen < FineFixes || !(view.Fix.AccuracyM <= ClaimedAccuracyM)) return default;
        return new(Math.Max(0.05, 0.4 * view.Share), trail.CoarseRun, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"The last {finding.Value:0} positions have four decimals or fewer; before, the device gave finer ones."),
        string.Create(CultureInfo.InvariantCulture, $"最近 {finding.Value:0} 个坐标只有四位或更少的小数，而此前设备给出的坐标更精细。"));
}

/// <summary>Today's way repeats an earlier one to the last digit.</summary>
internal sealed class ReplayedTrackKind : IMockKind
{
    private const double MovingM = 10;
    private const int Matches = 4;

    public string Name => "replayedTrack";

    public bool IsOneStory => true;

    public double Most => 1;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || view.MovedM < MovingM || memory.Trail is not { } trail) return default;
        // Where coordinates are rounded, the same street gives the same ones again.
        if (CoarseCoordinatesKind.IsCoarse(view.Fix.Position, 100)) return default;
        int matches = trail.Sketch.Add(view.Fix.Position, view.Fix.FixedAt, view.ElapsedS);
        return matches < Matches ? default : new(matches == Matches ? 0.5 : 0.75, matches, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        "The way repeats an earlier one to the last digit, position by position.", "轨迹与之前的一段轨迹逐点完全相同，疑似回放。");
}

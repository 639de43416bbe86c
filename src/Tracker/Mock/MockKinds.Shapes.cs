using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Fix after fix on one line to within centimetres: no receiver is that good, and no street. Between fixes that are far apart
/// each one is weighed by how seldom chance would put it there, given what the device claims to be off by: a test by
/// cumulative sums (Page: Continuous inspection schemes, 1954). Only for devices that tell a speed.
/// </summary>
internal sealed class StraightMotionKind : IMockKind
{
    private const double LeastStepM = 2.5, OffPart = 2e-5, SparseS = 5, SparseM = 30;

    // Off the line by rounding to seven decimals, to six, and what near fixes were always allowed.
    private const double FineOffM = 0.02, RoundedOffM = 0.12, DenseOffM = 0.05;

    // A claimed radius of 68 % is 1.51 σ; neighbours share two thirds of their error.
    private const double OwnErrorPart = 0.35 / 1.51, LeastClaimM = 3, StraightShare = 0.4;
    private const double StepsPerNat = 8;
    private const int Enough = 96, DenseUp = 8, DenseDown = 16, SparseDown = 4;

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
        bool sparse = view.ElapsedS >= SparseS && view.MovedM >= SparseM && cameM >= SparseM;
        double mayM = (!sparse ? DenseOffM : CoarseCoordinatesKind.IsCoarse(view.Fix.Position, 10) ? RoundedOffM : FineOffM) + OffPart * chordM;
        if (offM > mayM)
        {
            trail.StraightRun = MockTrail.Down(trail.StraightRun, sparse ? SparseDown : DenseDown);
            return default;
        }
        trail.StraightRun = (byte)Math.Min(byte.MaxValue, trail.StraightRun + (sparse ? Gain(view, mayM) : DenseUp));
        return trail.StraightRun < Enough ? default : new(sparse ? 0.3 : 0.4 * view.Share, trail.StraightRun, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    // How much likelier it is on a drawn line than by chance, as a logarithm.
    private static int Gain(in MockView view, double mayM)
    {
        double claimedM = Math.Max(LeastClaimM, Math.Max(view.Previous.AccuracyM, view.Fix.AccuracyM));
        double chance = 2 * mayM / (Math.Sqrt(2 * Math.PI) * OwnErrorPart * claimedM);
        return double.IsNaN(chance) ? 0 : (int)Math.Max(0, StepsPerNat * Math.Log(StraightShare / chance));
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
    private const int Follows = 12, Certain = 16;

    public string Name => "replayedTrack";

    public bool IsOneStory => true;

    public double Most => 1;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || view.MovedM < MovingM || memory.Trail is not { } trail) return default;
        // Where coordinates are rounded, the same street gives the same ones again.
        if (CoarseCoordinatesKind.IsCoarse(view.Fix.Position, 100)) return default;
        int follows = trail.Sketch.Add(view.Fix.Position, view.Fix.FixedAt, view.ElapsedS);
        return follows < Follows ? default : new(follows < Certain ? 0.5 : 0.75, follows, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        "The way repeats an earlier one to the last digit, position by position.", "轨迹与之前的一段轨迹逐点完全相同，疑似回放。");
}

/// <summary>
/// Step after step of the same length to the last centimetre, in the same time: what apps do that walk by joystick or along a
/// drawn way at one speed. Nobody walks or drives like that, and no receiver measures it.
/// </summary>
internal sealed class SteadyMotionKind : IMockKind
{
    private const double LeastStepM = 0.8, SameM = 0.03, MostStepS = 60;
    private const int Fixes = 20, OffCount = 3;

    public string Name => "steadyMotion";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { } trail || CoarseCoordinatesKind.IsCoarse(view.Fix.Position, 10)) return default;
        // Drawn tracks have no speeds, and may be honest.
        if (view.MovedM < LeastStepM || view.ElapsedS > MostStepS || float.IsNaN(view.Fix.SpeedMps)) return default;
        double expectedM = trail.StepMps * view.ElapsedS;
        bool same = Math.Abs(view.MovedM - expectedM) <= SameM;
        trail.StepMps = (float)(view.MovedM / view.ElapsedS);
        if (!same)
        {
            trail.SteadyRun = MockTrail.Down(trail.SteadyRun, OffCount);
            return default;
        }
        trail.SteadyRun = MockTrail.Up(trail.SteadyRun);
        return trail.SteadyRun < Fixes ? default : new(0.4 * view.Share, view.MovedM, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"Step after step it moved {finding.Value:0.00} m, the same to the centimetre, as no person or vehicle does."),
        string.Create(CultureInfo.InvariantCulture, $"每一步都恰好移动 {finding.Value:0.00} 米，误差不到厘米，人和车辆都做不到。"));
}

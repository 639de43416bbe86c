using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// What the device reports as its speed, added up over legs of half a minute, against where it went. Counts only once the
/// device has shown that it can tell a speed, and only between fixes that claim 20 m or better.
/// </summary>
internal sealed class ReportedSpeedKind : IMockKind
{
    internal const double PreciseM = 20;
    private const double Factor = 1.6, MostIntervalS = 35;
    private const int Legs = 4, LegCount = 3;

    public string Name => "reportedSpeed";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { SpeedShown: true, Leg.IsDone: true } trail) return default;
        ref readonly MockLeg leg = ref trail.Leg;
        if (!leg.HasSpeed || leg.ElapsedS > MostIntervalS * leg.Fixes || !(leg.AccuracyM <= PreciseM) || !view.IsPrecise(PreciseM)) return default;
        double wentM = Geodesy.DistanceM(leg.From, view.Fix.Position), slackM = 2 * leg.AccuracyM + 10 + leg.UnseenM;
        if (wentM > Factor * leg.ReportedM + slackM || leg.ReportedM > Factor * leg.PathM + slackM)
        {
            trail.SpeedRun = (byte)Math.Min(byte.MaxValue, trail.SpeedRun + LegCount);
            if (trail.SpeedRun < Legs * LegCount) return default;
            double share = Math.Min(leg.ElapsedS, 30) / 30;
            return new(0.4 * share, wentM / Math.Max(1, leg.ReportedM), leg.FromAt, view.Fix.FixedAt);
        }
        // On the way it agrees; at rest it proves little.
        trail.SpeedRun = wentM > 2 * slackM ? (byte)0 : MockTrail.Down(trail.SpeedRun, 1);
        return default;
    }

    public LocalText Explain(in MockFinding finding) => finding.Value > 1
        ? new("Again and again it went much farther than the speed that it reported allows.", "多次出现实际位移远大于所上报速度的情况。")
        : new("Again and again it reported a speed at which it did not move.", "多次上报了速度，位置却没有相应移动。");
}

/// <summary>The course that the device reports against the direction in which it went.</summary>
internal sealed class ReportedCourseKind : IMockKind
{
    private const double LeastM = 40, OffDeg = 65;
    private const int Legs = 5;

    public string Name => "reportedCourse";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { Leg.IsDone: true } trail) return default;
        ref readonly MockLeg leg = ref trail.Leg;
        if (!leg.HasCourse || leg.ElapsedS > 60 || !(leg.AccuracyM <= ReportedSpeedKind.PreciseM)) return default;
        (double east, double north) = new LocalFrame(leg.From).ToMetres(view.Fix.Position);
        double wentM = Math.Sqrt(east * east + north * north), toldM = Math.Sqrt(leg.EastM * leg.EastM + leg.NorthM * leg.NorthM);
        if (wentM < LeastM + 2 * leg.AccuracyM || toldM < 0.3 * wentM) return default;
        double offDeg = Math.Acos(Math.Clamp((east * leg.EastM + north * leg.NorthM) / (wentM * toldM), -1, 1)) / Wgs84.RadPerDeg;
        if (offDeg < OffDeg)
        {
            // Turns between sparse fixes are off now and then; a wrong course is right now and then.
            trail.CourseRun = MockTrail.Down(trail.CourseRun, leg.Fixes > 2 ? 1 : 2);
            return default;
        }
        trail.CourseRun = MockTrail.Up(trail.CourseRun);
        return trail.CourseRun < Legs ? default : new(0.4 * Math.Min(leg.ElapsedS, 30) / 30, offDeg, leg.FromAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"The course that it reports is off by {finding.Value:0}° from where it went."),
        string.Create(CultureInfo.InvariantCulture, $"上报的航向与实际移动方向相差 {finding.Value:0}°。"));
}

/// <summary>Accuracy, altitude and speed are the same to the last bit, fix after fix, while the position moves.</summary>
internal sealed class FrozenSensorsKind : IMockKind
{
    private const double MovingM = 4;
    private const int Fixes = 8;

    public string Name => "frozenSensors";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || view.MovedM < MovingM || memory.Trail is not { } trail) return default;
        ref readonly Fix fix = ref view.Fix, before = ref view.Previous;
        if (fix.AccuracyM != before.AccuracyM || fix.AltitudeM != before.AltitudeM || fix.SpeedMps != before.SpeedMps || fix.SpeedMps == 0)
        {
            // NaN equals nothing, so what is unknown is not frozen.
            trail.FrozenRun = 0;
            return default;
        }
        trail.FrozenRun = MockTrail.Up(trail.FrozenRun);
        if (trail.FrozenRun < Fixes || !view.IsPrecise(ReportedSpeedKind.PreciseM)) return default;
        return new(0.4 * view.Share, trail.FrozenRun, before.FixedAt, fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"Accuracy, altitude and speed stayed exactly the same over {finding.Value:0} fixes while it moved."),
        string.Create(CultureInfo.InvariantCulture, $"移动过程中，精度、海拔和速度在连续 {finding.Value:0} 次定位中完全不变。"));
}

/// <summary>
/// The position drives while steps and activity say still. Activity recognition wakes up late and takes smooth rides for
/// rest, so only what
/// each ride has beyond its first two minutes counts, at the speed of streets, and any sign of activity forgives all of it.
/// </summary>
internal sealed class StillActivityKind : IMockKind
{
    private const double LeastMps = 2, StreetMps = 20, LateS = 120, SilentS = 150;

    public string Name => "stillActivity";

    public bool IsOneStory => true;

    public double Most => 0.8;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { } trail) return default;
        if (view.Fix.Activity != Activity.Still)
        {
            trail.StillS = trail.SilentS = 0;
            return default;
        }
        ref readonly MockLeg leg = ref trail.Leg;
        if (!leg.IsDone) return default;
        double wentM = Geodesy.DistanceM(leg.From, view.Fix.Position);
        if (!leg.IsStill || !(leg.AccuracyM <= ReportedSpeedKind.PreciseM) || wentM < LeastMps * leg.ElapsedS + 2 * leg.AccuracyM || wentM > StreetMps * leg.ElapsedS)
        {
            trail.StillS = (float)Math.Max(0, trail.StillS - leg.ElapsedS);
            return default;
        }
        trail.StillS += (float)leg.ElapsedS;
        if (trail.StillS < LateS) return default;
        trail.SilentS += (float)leg.ElapsedS;
        return trail.SilentS < SilentS ? default : new(0.25 * Math.Min(leg.ElapsedS, 30) / 30, trail.SilentS, leg.FromAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"The position travelled on and on, {finding.Value / 60:0} minutes too long, while the phone's motion sensors said that it lay still."),
        string.Create(CultureInfo.InvariantCulture, $"定位持续移动（超出合理时间 {finding.Value / 60:0} 分钟），但手机运动传感器始终显示静止。"));
}

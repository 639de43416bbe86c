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
    private const int Legs = 5, LegCount = 3;

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
/// rest, so only what lies beyond four and a half minutes at the speed of streets counts, halts left out; any sign of activity forgives all
/// of it, and a device that has never shown any is not believed to have a sensor.
/// </summary>
internal sealed class StillActivityKind : IMockKind
{
    private const double LeastMps = 2, StreetMps = 20, LateS = 270;

    public string Name => "stillActivity";

    public bool IsOneStory => true;

    public double Most => 0.8;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { } trail) return default;
        if (view.Fix.Activity != Activity.Still)
        {
            trail.ActivityShown |= view.Fix.Activity != Activity.Unknown;
            trail.StillS = 0;
            return default;
        }
        ref readonly MockLeg leg = ref trail.Leg;
        if (!leg.IsDone || !trail.ActivityShown || !leg.IsStill || !(leg.AccuracyM <= ReportedSpeedKind.PreciseM)) return default;
        double wentM = Geodesy.DistanceM(leg.From, view.Fix.Position);
        if (wentM < LeastMps * leg.ElapsedS + 2 * leg.AccuracyM || wentM > StreetMps * leg.ElapsedS) return default;
        trail.StillS += (float)leg.ElapsedS;
        return trail.StillS < LateS ? default : new(0.25 * Math.Min(leg.ElapsedS, 30) / 30, trail.StillS, leg.FromAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"The position travelled for {finding.Value / 60:0} minutes in all while the phone's motion sensors said that it lay still."),
        string.Create(CultureInfo.InvariantCulture, $"定位累计移动了 {finding.Value / 60:0} 分钟，但手机运动传感器始终显示静止。"));
}

/// <summary>It claims to be located by satellites and to use none of them, after it has shown that it counts them.</summary>
internal sealed class NoSatellitesKind : IMockKind
{
    private const double MovingM = 4;
    private const int Fixes = 8, Shown = 20, Needed = 3;

    public string Name => "satellitesMissing";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        ref readonly Fix fix = ref view.Fix;
        if (!view.IsStep || memory.Trail is not { } trail || fix.Provider != LocationProvider.Gnss || fix.Satellites < 0) return default;
        if (fix.Satellites > Needed)
        {
            trail.SatellitesShown = MockTrail.Up(trail.SatellitesShown);
            trail.WithoutRun = 0;
            return default;
        }
        if (fix.Satellites > 0 || view.MovedM < MovingM || trail.SatellitesShown < Shown || !view.IsPrecise(ReportedSpeedKind.PreciseM)) return default;
        trail.WithoutRun = MockTrail.Up(trail.WithoutRun);
        return trail.WithoutRun < Fixes ? default : new(Math.Max(0.05, 0.4 * view.Share), trail.WithoutRun, view.Previous.FixedAt, fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"{finding.Value:0} positions claim to come from satellites but use none; before, the device counted them."),
        string.Create(CultureInfo.InvariantCulture, $"{finding.Value:0} 个定位声称来自卫星却未使用任何卫星，而此前设备会上报卫星数。"));
}

/// <summary>
/// Its rests were never quite still, and now they are, place after place, to the last digit, although each fix was measured anew.
/// Receivers may hold a position at rest, but then they always do; any jitter at rest clears it.
/// </summary>
internal sealed class NoJitterKind : IMockKind
{
    private const double RestMps = 0.5, LeftM = 20;
    private const int Shown = 8, MostHere = 20, Enough = 60;

    public string Name => "noJitter";

    public bool IsOneStory => true;

    public double Most => 0.8;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!view.IsStep || memory.Trail is not { } trail) return default;
        if (view.MovedM > LeftM) trail.QuietHere = 0;
        ref readonly Fix fix = ref view.Fix, before = ref view.Previous;
        // A cached position comes with the accuracy that it had.
        bool isRest = fix.SpeedMps < RestMps && before.SpeedMps < RestMps && view.IsPrecise(ReportedSpeedKind.PreciseM) && fix.AccuracyM != before.AccuracyM;
        if (!isRest || fix.Provider != LocationProvider.Gnss || before.Provider != LocationProvider.Gnss) return default;
        if (view.MovedM > 0)
        {
            trail.JitterSeen = MockTrail.Up(trail.JitterSeen);
            trail.QuietRun = trail.QuietHere = 0;
            return default;
        }
        if (trail.QuietHere < MostHere) (trail.QuietHere, trail.QuietRun) = (MockTrail.Up(trail.QuietHere), MockTrail.Up(trail.QuietRun));
        if (trail.JitterSeen < Shown || trail.QuietRun < Enough) return default;
        return new(0.25 * view.Share, trail.QuietRun, before.FixedAt, fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding) => new(
        "At rest its position used to waver; now it stands still to the last digit at place after place, although each fix is measured anew.",
        "此前静止时定位会有抖动，现在在多个地点静止时坐标却一位不差，尽管每次都是新的定位。");
}

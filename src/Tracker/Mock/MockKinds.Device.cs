using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The clock of a device that was right suddenly is off by minutes to hours and stays so. A wrong time zone, daylight
/// saving, a battery that was out and a year that rolled over are no deceit: whole quarters of an hour and more than two
/// days do not count, nor do fixes that were buffered, which catch up.
/// </summary>
internal sealed class ClockSkewKind : IMockKind
{
    private const int RightWithinS = 120, LeastS = 300, MostS = 172_800, QuarterS = 900, QuarterSlackS = 15, SameWithinS = 3;
    private const int InTime = 20, Fixes = 6;

    public string Name => "clockSkew";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        ref readonly Fix fix = ref view.Fix;
        ref ClockMemory clock = ref memory.Clock;
        double offS = (fix.FixedAt.EpochMs - fix.ReceivedAt.EpochMs) / 1000.0;
        if (Math.Abs(offS) <= RightWithinS)
        {
            clock.InTime = MockTrail.Up(clock.InTime);
            clock.Run = 0;
            return default;
        }
        bool counts = view.Outcome is FixOutcome.Future or FixOutcome.Late && Math.Abs(offS) is > LeastS and < MostS && !IsQuarter(offS);
        if (!counts || clock.InTime < InTime || (fix.Traits & FixTraits.Buffered) != 0)
        {
            clock.Run = 0;
            return default;
        }
        double elapsedS = (fix.ReceivedAt.EpochMs - clock.HeardAt.EpochMs) / 1000.0;
        bool goesOn = clock.Run > 0 && Math.Abs(offS - clock.OffS) <= SameWithinS && elapsedS >= 0.5;
        clock.Run = goesOn ? MockTrail.Up(clock.Run) : (byte)1;
        if (!goesOn) clock.OffS = (int)offS;
        clock.HeardAt = fix.ReceivedAt;
        return clock.Run < Fixes ? default : new(0.3 * Math.Min(elapsedS, 30) / 30, offS / 60, fix.FixedAt);
    }

    private static bool IsQuarter(double offS)
    {
        double rest = Math.Abs(offS) % QuarterS;
        return Math.Min(rest, QuarterS - rest) <= QuarterSlackS;
    }

    public LocalText Explain(in MockFinding finding)
    {
        double minutes = Math.Abs(finding.Value);
        return finding.Value > 0
            ? new(string.Create(CultureInfo.InvariantCulture, $"Its clock was right and is now {minutes:0} minutes ahead."),
                string.Create(CultureInfo.InvariantCulture, $"设备时钟原本正确，现在快了 {minutes:0} 分钟。"))
            : new(string.Create(CultureInfo.InvariantCulture, $"Its clock was right and is now {minutes:0} minutes behind."),
                string.Create(CultureInfo.InvariantCulture, $"设备时钟原本正确，现在慢了 {minutes:0} 分钟。"));
    }
}

/// <summary>Two devices of one rep report from two places at the same time.</summary>
internal sealed class DevicesApartKind : IMockKind
{
    private const double ApartM = 500, TravelMps = 40, PreciseM = 50;
    private static readonly TimeSpan Meanwhile = TimeSpan.FromMinutes(3);

    public string Name => "devicesApart";

    public bool IsOneStory => true;

    public double Most => 0.8;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        ref readonly Fix fix = ref view.Fix, other = ref view.Previous;
        if (!view.IsOtherDevice || view.Outcome == FixOutcome.Late || !(fix.AccuracyM <= PreciseM) || !(other.AccuracyM <= PreciseM)) return default;
        TimeSpan between = fix.ReceivedAt - other.ReceivedAt;
        if (between > Meanwhile) return default;
        double apartM = Geodesy.DistanceM(fix.Position, other.Position);
        bool apart = apartM > ApartM + TravelMps * between.TotalSeconds + other.AccuracyM + fix.AccuracyM;
        return apart ? new(0.1, apartM, other.FixedAt, fix.FixedAt) : default;
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"Two devices of this person report from places {finding.Value / 1000:N1} km apart at the same time."),
        string.Create(CultureInfo.InvariantCulture, $"此人的两台设备同时出现在相距 {finding.Value / 1000:N1} 公里的两处。"));
}

/// <summary>Evidence that the device tells in an event rather than by its fixes.</summary>
internal interface IToldKind : IMockKind
{
    /// <summary>The event that tells it.</summary>
    DeviceEventKind Told { get; }

    /// <summary>What it adds.</summary>
    double Weight { get; }
}

/// <summary>The device reports that an app that mocks positions is selected.</summary>
internal sealed class MockAppKind : IToldKind
{
    public string Name => "mockApp";

    public bool IsOneStory => true;

    public double Most => 0.8;

    public DeviceEventKind Told => DeviceEventKind.MockAppFound;

    public double Weight => 0.8;

    public MockFinding Weigh(in MockView view, ref MockMemory memory) => default;

    public LocalText Explain(in MockFinding finding) => new("The device reports that an app for mock locations is active.", "设备报告模拟定位应用正在使用。");
}

/// <summary>The device reports that it is an emulator.</summary>
internal sealed class EmulatorKind : IToldKind
{
    public string Name => "emulator";

    public bool IsOneStory => true;

    public double Most => 0.9;

    public DeviceEventKind Told => DeviceEventKind.EmulatorFound;

    public double Weight => 0.9;

    public MockFinding Weigh(in MockView view, ref MockMemory memory) => default;

    public LocalText Explain(in MockFinding finding) => new("The tracking app runs in an emulator, not on a phone.", "定位应用运行在模拟器中，而不是手机上。");
}

/// <summary>The device reports that it is rooted: many people do that for honest reasons, so it only adds.</summary>
internal sealed class RootKind : IToldKind
{
    public string Name => "root";

    public bool IsOneStory => true;

    public double Most => 0.3;

    public DeviceEventKind Told => DeviceEventKind.RootFound;

    public double Weight => 0.3;

    public MockFinding Weigh(in MockView view, ref MockMemory memory) => default;

    public LocalText Explain(in MockFinding finding) => new("The phone is rooted, so that positions can be changed unseen.", "手机已被 root，定位可能被暗中篡改。");
}

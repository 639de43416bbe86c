using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>One kind of evidence of mocking. Has no state of its own; what it must remember lies in <see cref="MockMemory"/>.</summary>
internal interface IMockKind
{
    /// <summary>camelCase, as in <see cref="Evidence.Kind"/>.</summary>
    string Name { get; }

    /// <summary>Whether findings that follow each other are one story, which begins with the first fix of the first.</summary>
    bool IsOneStory { get; }

    /// <summary>What the kind may add to the score at the most, 0 to 1.</summary>
    double Most { get; }

    /// <summary>What a fix adds; weight 0: nothing.</summary>
    MockFinding Weigh(in MockView view, ref MockMemory memory);

    /// <summary>The finding in words.</summary>
    LocalText Explain(in MockFinding finding);
}

/// <summary>The device itself says that the position comes from a mock provider: decides alone.</summary>
internal sealed class DeviceFlagKind : IMockKind
{
    public string Name => "deviceFlag";

    public bool IsOneStory => true;

    public double Most => 1;

    public MockFinding Weigh(in MockView view, ref MockMemory memory) => view.Fix.IsMock ? new(1, 1, view.Fix.FixedAt) : default;

    public LocalText Explain(in MockFinding finding) =>
        new("The device itself reports that a mock location provider is in use.", "设备自身报告正在使用模拟定位。");
}

/// <summary>
/// Two accepted fixes between which nobody travels that fast. Trains and planes are faster than a car, and a phone may
/// start from a cached position, so one jump alone opens no case; a second one within four hours weighs more.
/// </summary>
internal sealed class ImpossibleSpeedKind : IMockKind
{
    internal const double JumpMinimumM = 1000;
    private const double AirlinerMps = 340, PreciseM = 25;
    private const int UnbrokenFixes = 5;
    private static readonly TimeSpan SecondWithin = TimeSpan.FromHours(4), StaysFor = TimeSpan.FromMinutes(3);

    public string Name => "impossibleSpeed";

    public bool IsOneStory => false;

    public double Most => 1;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (!IsJump(view)) return WeighStay(view, ref memory);
        double speedMps = Admission.ImpliedSpeedMps(view.Previous, view.Fix, view.Admission);
        double weight = speedMps > AirlinerMps ? 0.5 : 0.15;
        // Wi-Fi that has moved house takes phones along, there and back; satellites do not.
        if (memory.Jump is { } before && view.Fix.FixedAt - before.ToAt <= SecondWithin && IsPrecise(view.Previous)) weight += 0.55;
        return new(weight, speedMps, view.Previous.FixedAt, view.Fix.FixedAt);
    }

    // From a cached position, out of a tunnel or off a plane there is no unbroken way, fix by fix, to where the jump begins; and
    // a glitch does not last. What stays there is neither.
    private static MockFinding WeighStay(in MockView view, ref MockMemory memory)
    {
        if (memory.Jump is not { Stays: true } jump || view.Outcome != FixOutcome.Accepted || view.Fix.FixedAt - jump.ToAt < StaysFor) return default;
        memory.Jump = jump with { Stays = false };
        return new(0.75, Geodesy.DistanceM(jump.From, view.Fix.Position) / Math.Max(1, (jump.ToAt - jump.FromAt).TotalSeconds), jump.FromAt, jump.ToAt);
    }

    /// <summary>Whether a jump ends precisely and begins on a way that was followed precisely, fix by fix, or is faster than a plane from where satellites placed it last.</summary>
    internal static bool IsUnbroken(in MockView view, in MockMemory memory) =>
        IsPrecise(view.Fix) && memory.Trail is { } trail
        && ((IsPrecise(view.Previous) && trail.UnbrokenRun > UnbrokenFixes) || IsFasterThanPlanes(trail, view.Fix));

    // Where satellites placed it before, whatever Wi-Fi said meanwhile.
    private static bool IsFasterThanPlanes(MockTrail trail, in Fix fix) =>
        trail.SkyAt != Instant.Min && fix.FixedAt > trail.SkyAt
        && Geodesy.DistanceM(trail.Sky, fix.Position) - JumpMinimumM > AirlinerMps * (fix.FixedAt - trail.SkyAt).TotalSeconds;

    internal static bool IsPrecise(in Fix away) => away.AccuracyM <= PreciseM && away.Provider != LocationProvider.Network;

    /// <summary>Whether an accepted fix is impossibly far from the accepted one before it.</summary>
    internal static bool IsJump(in MockView view) =>
        view.Outcome == FixOutcome.Accepted && view.HasPrevious
        && Admission.IsImpossible(view.Previous, view.Fix, view.Admission) && view.UnexplainedM >= JumpMinimumM;

    public LocalText Explain(in MockFinding finding)
    {
        double kmh = finding.Value * 3.6;
        return new(string.Create(CultureInfo.InvariantCulture, $"Between two fixes it would have moved at {kmh:N0} km/h."),
            string.Create(CultureInfo.InvariantCulture, $"两次定位之间的移动速度相当于 {kmh:N0} km/h。"));
    }
}

/// <summary>An impossible jump away and one back to where it began; or, weaker, a single fix far away.</summary>
internal sealed class ThereAndBackKind : IMockKind
{
    private const double BackWithinM = 1000;
    private const double ClaimedAccuracyM = 50;
    private static readonly TimeSpan Memory = TimeSpan.FromHours(2);

    public string Name => "thereAndBack";

    public bool IsOneStory => false;

    public double Most => 1;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (view.Outcome == FixOutcome.Spike) return WeighSpike(view);
        if (!ImpossibleSpeedKind.IsJump(view)) return default;
        MockJump? before = memory.Jump;
        memory.Jump = new MockJump(view.Previous.Position, view.Previous.FixedAt, view.Fix.FixedAt, ImpossibleSpeedKind.IsUnbroken(view, memory));
        if (before is null || view.Fix.FixedAt - before.ToAt > Memory) return default;
        if (Geodesy.DistanceM(before.From, view.Fix.Position) > BackWithinM) return default;
        double awayM = Geodesy.DistanceM(view.Previous.Position, view.Fix.Position);
        return new(0, 0.5, (float)awayM, before.FromAt, before.ToAt, view.Fix.FixedAt);
    }

    private static MockFinding WeighSpike(in MockView view)
    {
        if (!view.CameBack || !view.HasPrevious) return default;
        if (!(view.Fix.AccuracyM <= ClaimedAccuracyM) || view.UnexplainedM < ImpossibleSpeedKind.JumpMinimumM) return default;
        return new(0.2, Geodesy.DistanceM(view.Previous.Position, view.Fix.Position), view.Previous.FixedAt, view.Fix.FixedAt);
    }

    public LocalText Explain(in MockFinding finding)
    {
        double km = finding.Value / 1000;
        return new(string.Create(CultureInfo.InvariantCulture, $"It jumped {km:N1} km away and back at once."),
            string.Create(CultureInfo.InvariantCulture, $"位置瞬间跳到 {km:N1} 公里外又跳回。"));
    }
}

/// <summary>
/// Coordinates that repeat to the last bit while the device claims to move. A parked phone repeats a cached position
/// honestly, so without a claim of movement only a satellite receiver that never jitters says anything, and that little.
/// </summary>
internal sealed class IdenticalCoordinatesKind : IMockKind
{
    private const double MovingAboveMps = 1, ClaimedAccuracyM = 20, MovingAccuracyM = 50, WeakCap = 0.3;
    private const int MovingRepeats = 5, StillRepeats = 20;
    private static readonly TimeSpan MovingFor = TimeSpan.FromMinutes(1), StillFor = TimeSpan.FromMinutes(10);

    public string Name => "identicalCoordinates";

    public bool IsOneStory => true;

    public double Most => 1;

    public MockFinding Weigh(in MockView view, ref MockMemory memory)
    {
        if (view.Outcome != FixOutcome.Accepted || !view.HasPrevious) return default;
        ref readonly Fix fix = ref view.Fix;
        if (fix.Position != view.Previous.Position)
        {
            memory.Repeats = 0;
            return default;
        }
        if (fix.FixedAt == view.Previous.FixedAt) return default;
        if (memory.Repeats == 0) memory.RepeatsSince = view.Previous.FixedAt;
        if (memory.Repeats < ushort.MaxValue) memory.Repeats++;
        return new(WeightOf(fix, memory), memory.Repeats, memory.RepeatsSince, fix.FixedAt);
    }

    private static double WeightOf(in Fix fix, in MockMemory memory)
    {
        TimeSpan lasted = fix.FixedAt - memory.RepeatsSince;
        bool precise = fix.AccuracyM <= ClaimedAccuracyM && fix.Provider != LocationProvider.Network;
        if (fix.SpeedMps > MovingAboveMps) return fix.AccuracyM <= MovingAccuracyM && fix.Provider != LocationProvider.Network && memory.Repeats >= MovingRepeats && lasted >= MovingFor ? 0.2 : 0;
        bool jittersAlways = fix.Provider == LocationProvider.Gnss && fix.Satellites > 3;
        bool first = memory.Repeats == StillRepeats;
        return jittersAlways && precise && first && lasted >= StillFor ? WeakCap : 0;
    }

    public LocalText Explain(in MockFinding finding) => new(
        string.Create(CultureInfo.InvariantCulture, $"The coordinates were the same to the last digit in {finding.Value:0} fixes in a row."),
        string.Create(CultureInfo.InvariantCulture, $"连续 {finding.Value:0} 次定位的坐标完全相同。"));
}

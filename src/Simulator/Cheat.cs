using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>Ways to deceive the tracking.</summary>
public enum CheatKind
{
    /// <summary>Honest.</summary>
    None,
    /// <summary>A mock app moves the phone while its owner sits; the phone says so.</summary>
    MockFlag,
    /// <summary>Far away for a moment, and back.</summary>
    Teleport,
    /// <summary>An earlier recording is played again.</summary>
    Replay,
    /// <summary>Bit-identical coordinates while time goes on.</summary>
    Frozen,
    /// <summary>The phone stays, its owner goes.</summary>
    PhoneLeft,
    /// <summary>Faster than anything on the street.</summary>
    TooFast,
    /// <summary>A mock app moves along streets and leaves the speed at 0.</summary>
    NoSpeed,
    /// <summary>A mock app moves along streets and claims a walker's speed all the time.</summary>
    WrongSpeed,
    /// <summary>A mock app moves along streets and leaves the course at north.</summary>
    FixedCourse,
    /// <summary>A mock app moves along streets with accuracy, altitude and speed from its settings.</summary>
    FrozenSensors,
    /// <summary>A mock app goes straight from point to point at one speed.</summary>
    StraightRoute,
    /// <summary>A mock app follows the middle of the street without any error.</summary>
    CleanRoute,
    /// <summary>A joystick app walks in a circle.</summary>
    Circle,
    /// <summary>A mock app with coordinates of four decimals.</summary>
    Lattice,
    /// <summary>Pinned to a place kilometres away, with the app's own little jitter.</summary>
    Pinned,
    /// <summary>A good mock app moves along streets, with errors; the phone lies still and its sensors say so.</summary>
    StillActivity,
    /// <summary>The phone's clock is put back.</summary>
    ClockBack,
    /// <summary>The phone's clock is put forward.</summary>
    ClockAhead,
    /// <summary>The recording of the day before is played at the same time of day.</summary>
    ReplayYesterday,
    /// <summary>An earlier recording is played at three times its pace.</summary>
    FastForward,
}

/// <summary>A cheat and when it happens.</summary>
/// <param name="Kind">Which.</param>
/// <param name="From">First instant.</param>
/// <param name="To">Last instant, exclusive.</param>
public readonly record struct CheatWindow(CheatKind Kind, Instant From, Instant To)
{
    /// <summary>Whether it is under way.</summary>
    public bool Covers(Instant instant) => Kind != CheatKind.None && instant >= From && instant < To;

    /// <summary>Whether the phone seems to travel while its owner stays where he is.</summary>
    internal bool OwnerSits => Kind is CheatKind.MockFlag or CheatKind.NoSpeed or CheatKind.WrongSpeed or CheatKind.FixedCourse
        or CheatKind.FrozenSensors or CheatKind.CleanRoute or CheatKind.Lattice or CheatKind.StillActivity;

    /// <summary>Whether positions come from an app in place of the receiver, and look like it: from satellites, everywhere.</summary>
    internal bool FromApp => Kind is CheatKind.StraightRoute or CheatKind.Circle or CheatKind.Pinned || (OwnerSits && Kind != CheatKind.MockFlag);
}

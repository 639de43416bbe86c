namespace Tracking.Contracts;

/// <summary>
/// One report of a device: where it was, when, and what else it knew. Units are converted and coordinates brought to
/// WGS-84 before a fix is made. An unknown number is <see cref="float.NaN"/>.
/// </summary>
public readonly record struct Fix
{
    /// <summary>A fix in which everything optional is unknown.</summary>
    public Fix() { }

    /// <summary>When the position was true, by the device's clock.</summary>
    public Instant FixedAt { get; init; }

    /// <summary>When the server received it, by the server's clock.</summary>
    public Instant ReceivedAt { get; init; }

    /// <summary>Where, on the 1e-7 degree grid; meaningless when <see cref="HasPosition"/> is false.</summary>
    public GeoPoint Position { get; init; }

    /// <summary>Metres above the ellipsoid or the sea, as the device has it; NaN: unknown.</summary>
    public float AltitudeM { get; init; } = float.NaN;

    /// <summary>Metres per second, not negative; NaN: unknown.</summary>
    public float SpeedMps { get; init; } = float.NaN;

    /// <summary>Direction of movement, degrees clockwise from north, 0 to below 360; NaN: unknown.</summary>
    public float CourseDeg { get; init; } = float.NaN;

    /// <summary>Radius in metres that holds the true position with 68 %; NaN: unknown.</summary>
    public float AccuracyM { get; init; } = float.NaN;

    /// <summary>0 to 100; NaN: unknown.</summary>
    public float BatteryPct { get; init; } = float.NaN;

    /// <summary>Satellites used, -1: unknown.</summary>
    public short Satellites { get; init; } = -1;

    /// <summary>What the device says it is doing.</summary>
    public Activity Activity { get; init; }

    /// <summary>What located the device.</summary>
    public LocationProvider Provider { get; init; }

    /// <summary>An alarm that the person or the device raised.</summary>
    public DeviceAlarm Alarm { get; init; }

    /// <summary>Yes-and-no properties; see <see cref="FixTraits"/>.</summary>
    public FixTraits Traits { get; init; }

    /// <summary>By which protocol it came.</summary>
    public Protocol Protocol { get; init; }

    /// <summary>64-bit hash of the idempotency key that the device gave; 0: none.</summary>
    public ulong IdempotencyHash { get; init; }

    /// <summary>False for a heartbeat: the device is alive but has no position.</summary>
    public bool HasPosition => (Traits & FixTraits.NoPosition) == 0;

    /// <summary>True when the device itself says that the position is mocked.</summary>
    public bool IsMock => (Traits & FixTraits.Mock) != 0;
}

/// <summary>Yes-and-no properties of a fix.</summary>
[Flags]
public enum FixTraits : byte
{
    /// <summary>None holds.</summary>
    None = 0,
    /// <summary>A heartbeat without a position.</summary>
    NoPosition = 1,
    /// <summary>The device says that the position comes from a mock provider.</summary>
    Mock = 2,
    /// <summary>The device says whether it is charging.</summary>
    ChargingKnown = 4,
    /// <summary>It is charging; only with <see cref="ChargingKnown"/>.</summary>
    Charging = 8,
    /// <summary>The device itself calls the position invalid (OsmAnd <c>valid=false</c>).</summary>
    DeclaredInvalid = 16,
    /// <summary>Buffered by the device while it was offline, by its own word.</summary>
    Buffered = 32,
}

/// <summary>Movement as the device's activity recognition has it.</summary>
public enum Activity : byte
{
    /// <summary>Not told.</summary>
    Unknown,
    /// <summary>Still.</summary>
    Still,
    /// <summary>Walking.</summary>
    Walking,
    /// <summary>Running.</summary>
    Running,
    /// <summary>On a bicycle.</summary>
    Cycling,
    /// <summary>In a vehicle.</summary>
    Driving,
}

/// <summary>What located the device.</summary>
public enum LocationProvider : byte
{
    /// <summary>Not told.</summary>
    Unknown,
    /// <summary>Satellites.</summary>
    Gnss,
    /// <summary>The phone's fused provider.</summary>
    Fused,
    /// <summary>Wi-Fi or cell towers.</summary>
    Network,
    /// <summary>Passive or another source.</summary>
    Other,
}

/// <summary>An alarm that came with a fix.</summary>
public enum DeviceAlarm : byte
{
    /// <summary>None.</summary>
    None,
    /// <summary>The person asks for help.</summary>
    Sos,
    /// <summary>The battery is low.</summary>
    LowBattery,
    /// <summary>The device sees jamming.</summary>
    Jamming,
    /// <summary>Any other; its name is among the attributes.</summary>
    Other,
}

/// <summary>By which protocol a fix came.</summary>
public enum Protocol : byte
{
    /// <summary>Our JSON on <c>/v1/fixes</c>.</summary>
    Json,
    /// <summary>Our MessagePack on <c>/v1/fixes</c>.</summary>
    MessagePack,
    /// <summary>OsmAnd or Traccar Client.</summary>
    OsmAnd,
    /// <summary>OwnTracks, HTTP mode.</summary>
    OwnTracks,
    /// <summary>Overland.</summary>
    Overland,
    /// <summary>Our sealed datagrams.</summary>
    Udp,
    /// <summary>Read from a file by <c>tracking import</c>.</summary>
    Import,
}

/// <summary>The one outcome that admission gives every fix.</summary>
public enum FixOutcome : byte
{
    /// <summary>Part of the track; every rule sees it.</summary>
    Accepted,
    /// <summary>Known already; counted, nothing else.</summary>
    Duplicate,
    /// <summary>Older than the newest accepted fix; changes history only.</summary>
    Late,
    /// <summary>Ahead of our clock; flagged, kept out of live state.</summary>
    Future,
    /// <summary>Too vague; moves the marker only.</summary>
    Inaccurate,
    /// <summary>Impossibly far from both neighbours; flagged, kept out of everything.</summary>
    Spike,
    /// <summary>No usable position or time; quarantined.</summary>
    Unusable,
    /// <summary>Of a time at which the rep was off duty; counted, and nothing else unless the configuration wants it kept.</summary>
    OffDuty,
}

/// <summary>A fix with the outcome that the tracker gave it.</summary>
/// <param name="Fix">The fix.</param>
/// <param name="Outcome">Its outcome; never <see cref="FixOutcome.Unusable"/>, which ends before the journal.</param>
public readonly record struct JudgedFix(Fix Fix, FixOutcome Outcome);

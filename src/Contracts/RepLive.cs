namespace Tracking.Contracts;

/// <summary>Whether a rep is heard from.</summary>
public enum SignalStatus : byte
{
    /// <summary>Fixes come as expected.</summary>
    Live,
    /// <summary>Overdue by some intervals.</summary>
    Stale,
    /// <summary>Given up.</summary>
    Lost,
    /// <summary>Not working, so not tracked.</summary>
    OffDuty,
}

/// <summary>Whether a rep moves.</summary>
public enum Motion : byte
{
    /// <summary>Not known yet.</summary>
    Unknown,
    /// <summary>On the way.</summary>
    Moving,
    /// <summary>At a stop.</summary>
    Stopped,
}

/// <summary>A rep as the live map shows it: the newest position and what the tracker makes of it.</summary>
public readonly record struct RepLive
{
    /// <summary>Nothing known.</summary>
    public RepLive() { }

    /// <summary>Which rep.</summary>
    public int RepKey { get; init; }

    /// <summary>Heard from or not.</summary>
    public SignalStatus Status { get; init; }

    /// <summary>Moving or not.</summary>
    public Motion Motion { get; init; }

    /// <summary>Whether there is a position at all.</summary>
    public bool HasPosition { get; init; }

    /// <summary>When the position was true.</summary>
    public Instant FixedAt { get; init; }

    /// <summary>When anything was last received from the device, heartbeats included.</summary>
    public Instant HeardAt { get; init; }

    /// <summary>Where.</summary>
    public GeoPoint Position { get; init; }

    /// <summary>Metres; NaN: unknown.</summary>
    public float AccuracyM { get; init; } = float.NaN;

    /// <summary>Metres per second; NaN: unknown.</summary>
    public float SpeedMps { get; init; } = float.NaN;

    /// <summary>Degrees; NaN: unknown.</summary>
    public float CourseDeg { get; init; } = float.NaN;

    /// <summary>0 to 100; NaN: unknown.</summary>
    public float BatteryPct { get; init; } = float.NaN;

    /// <summary>Evidence of mocking, 0 to 1.</summary>
    public float MockScore { get; init; }

    /// <summary>Keys of the geofences that the rep is inside; never null, replaced when it changes.</summary>
    public IReadOnlyList<int> InsideGeofences { get; init; } = [];
}

/// <summary>Takes the newest state of reps: the live map of this node, or a relay to others.</summary>
public interface ILiveSink
{
    /// <summary>Hands over a rep's newest state. Never blocks; called from many threads, in order per rep.</summary>
    void Publish(in RepLive live);
}

namespace Tracking.Contracts;

/// <summary>Something that a tracker decided about its rep.</summary>
public abstract record TrackEvent
{
    /// <summary>When it happened, interpolated where that can be done.</summary>
    public required Instant At { get; init; }

    /// <summary>The instant that proved it: the confirming fix, or the moment at which time alone decided. Never before <see cref="At"/>.</summary>
    public required Instant ConfirmedAt { get; init; }

    /// <summary>Where, as far as known.</summary>
    public GeoPoint? Position { get; init; }

    /// <summary>True when it corrects history rather than telling news.</summary>
    public bool Late { get; init; }
}

/// <summary>The rep has come to a halt; <see cref="TrackEvent.At"/> is back-dated to the first fix of the stop.</summary>
public sealed record StopBegan : TrackEvent;

/// <summary>The rep has left where it stood.</summary>
public sealed record StopEnded : TrackEvent;

/// <summary>What made a geofence event when it was not movement.</summary>
public enum GeofenceReason : byte
{
    /// <summary>The rep moved.</summary>
    Movement,
    /// <summary>The fence was created, changed or deleted.</summary>
    FenceChanged,
    /// <summary>The fence's schedule opened or closed.</summary>
    Schedule,
    /// <summary>The rep's shift has ended; it is watched no more.</summary>
    ShiftEnded,
}

/// <summary>An event at a geofence.</summary>
public abstract record GeofenceEvent : TrackEvent
{
    /// <summary>Which geofence.</summary>
    public required int GeofenceKey { get; init; }

    /// <summary>Why.</summary>
    public GeofenceReason Reason { get; init; }
}

/// <summary>The rep is inside.</summary>
public sealed record GeofenceEntered : GeofenceEvent;

/// <summary>The rep is outside again.</summary>
public sealed record GeofenceExited : GeofenceEvent
{
    /// <summary>When it had entered.</summary>
    public required Instant EnteredAt { get; init; }
}

/// <summary>The rep passed right through between two fixes; <see cref="TrackEvent.At"/> is the way in.</summary>
public sealed record GeofenceCrossed : GeofenceEvent
{
    /// <summary>The way out.</summary>
    public required Instant LeftAt { get; init; }
}

/// <summary>The rep has been inside for the fence's dwell time.</summary>
public sealed record GeofenceDwelled : GeofenceEvent
{
    /// <summary>When it had entered.</summary>
    public required Instant EnteredAt { get; init; }
}

/// <summary>One piece of evidence for or against something, in a person's words.</summary>
/// <param name="Kind">Its kind, camelCase: <c>deviceFlag</c>, <c>impossibleSpeed</c>, <c>thereAndBack</c>, <c>identicalCoordinates</c>…</param>
/// <param name="Weight">What it adds to the score, 0 to 1.</param>
/// <param name="Text">The explanation.</param>
/// <param name="FixedAt">The fixes that it rests on.</param>
public sealed record Evidence(string Kind, double Weight, LocalText Text, IReadOnlyList<Instant> FixedAt);

/// <summary>A text in the languages of the product.</summary>
/// <param name="En">English.</param>
/// <param name="Zh">Simplified Chinese.</param>
public sealed record LocalText(string En, string Zh);

/// <summary>The positions are probably mocked: a case is open.</summary>
public sealed record MockSuspected : TrackEvent
{
    /// <summary>0 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>On what it rests, the heaviest first.</summary>
    public required IReadOnlyList<Evidence> Evidence { get; init; }
}

/// <summary>The case is closed.</summary>
public sealed record MockCleared : TrackEvent
{
    /// <summary>When the case was opened.</summary>
    public required Instant SuspectedAt { get; init; }
}

/// <summary>Nothing is heard from the rep any more.</summary>
public sealed record SignalLost : TrackEvent
{
    /// <summary>Why, camelCase; <c>unknown</c> where nothing tells.</summary>
    public required string Reason { get; init; }

    /// <summary>On what the reason rests.</summary>
    public required IReadOnlyList<Evidence> Evidence { get; init; }
}

/// <summary>The rep is heard again.</summary>
public sealed record SignalRestored : TrackEvent
{
    /// <summary>When it had been lost.</summary>
    public required Instant LostAt { get; init; }

    /// <summary>The reason as it looks now.</summary>
    public required string Reason { get; init; }

    /// <summary>On what the reason rests.</summary>
    public required IReadOnlyList<Evidence> Evidence { get; init; }

    /// <summary>What the device's return changed in the reason; null: nothing.</summary>
    public string? Reconciled { get; init; }
}

/// <summary>The person asks for help.</summary>
public sealed record SosRaised : TrackEvent;

/// <summary>A stay at a customer's that has ended; <see cref="TrackEvent.At"/> is its end.</summary>
public abstract record VisitEvent : GeofenceEvent
{
    /// <summary>When it began.</summary>
    public required Instant BeganAt { get; init; }
}

/// <summary>It was long enough, and nothing speaks against it.</summary>
public sealed record VisitVerified : VisitEvent;

/// <summary>It was too short to be a visit.</summary>
public sealed record VisitTooShort : VisitEvent;

/// <summary>It was long enough, but a mock case was open when it ended.</summary>
public sealed record VisitDoubted : VisitEvent;

/// <summary>The rep is too fast; <see cref="TrackEvent.At"/> is when that began.</summary>
public sealed record SpeedExceeded : TrackEvent
{
    /// <summary>Metres per second that are allowed.</summary>
    public required double LimitMps { get; init; }

    /// <summary>The highest speed until it was told, metres per second.</summary>
    public required double SpeedMps { get; init; }

    /// <summary>The geofence whose limit it is; null: the limit for everybody.</summary>
    public int? GeofenceKey { get; init; }
}

/// <summary>The battery runs out.</summary>
public sealed record BatteryLow : TrackEvent
{
    /// <summary>0 to 100.</summary>
    public required double BatteryPct { get; init; }
}

/// <summary>What began or ended a shift.</summary>
public enum ShiftCause : byte
{
    /// <summary>Its hours.</summary>
    Schedule,
    /// <summary>A check-in.</summary>
    CheckIn,
    /// <summary>The shift, or the rep's time zone or group, was changed.</summary>
    Change,
}

/// <summary>The rep is on duty, or no longer.</summary>
public abstract record ShiftEvent : TrackEvent
{
    /// <summary>Which shift; null: none concerns the rep any more.</summary>
    public required string? ShiftId { get; init; }

    /// <summary>What made it so.</summary>
    public required ShiftCause Cause { get; init; }

    /// <summary>When it was due by the shift's hours; null: they name no time near.</summary>
    public Instant? ScheduledAt { get; init; }
}

/// <summary>The rep is on duty.</summary>
public sealed record ShiftBegan : ShiftEvent;

/// <summary>The rep is off duty.</summary>
public sealed record ShiftEnded : ShiftEvent;

/// <summary>Why a check-in is refused.</summary>
public enum CheckInFault : byte
{
    /// <summary>The newest fix lies outside of the customer's geofence.</summary>
    Outside,
    /// <summary>There is no fix of about that time.</summary>
    NotFresh,
    /// <summary>The newest fix is too vague.</summary>
    Inaccurate,
    /// <summary>A mock case is open.</summary>
    Mocked,
    /// <summary>The rep is off duty.</summary>
    OffDuty,
    /// <summary>The geofence is gone.</summary>
    NoGeofence,
    /// <summary>The geofence is no customer's.</summary>
    NotACustomer,
    /// <summary>No shift concerns the rep.</summary>
    NoShift,
    /// <summary>The rep was on duty already.</summary>
    OnDutyAlready,
}

/// <summary>The verdict on a check-in.</summary>
public abstract record CheckInEvent : TrackEvent
{
    /// <summary>What for.</summary>
    public required CheckInAction Action { get; init; }

    /// <summary>At which customer's geofence; null: none.</summary>
    public int? GeofenceKey { get; init; }

    /// <summary>What the rep wrote; empty: nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>The fix that it was judged by; null: none.</summary>
    public Instant? FixedAt { get; init; }

    /// <summary>Metres, of that fix; NaN: unknown.</summary>
    public double AccuracyM { get; init; } = double.NaN;

    /// <summary>Metres from that fix to the geofence's boundary; 0: inside; NaN: unknown.</summary>
    public double DistanceM { get; init; } = double.NaN;
}

/// <summary>The check-in is believed.</summary>
public sealed record CheckInAccepted : CheckInEvent;

/// <summary>It is not.</summary>
public sealed record CheckInRefused : CheckInEvent
{
    /// <summary>Every condition that failed.</summary>
    public required IReadOnlyList<CheckInFault> Failed { get; init; }
}

/// <summary>The rep has been standing for long where it has no work; <see cref="TrackEvent.At"/> is when it became too long.</summary>
public sealed record LongStop : TrackEvent
{
    /// <summary>When the stop began.</summary>
    public required Instant BeganAt { get; init; }
}

/// <summary>The rep has been outside of its work area for long; <see cref="TrackEvent.At"/> is when it left.</summary>
public sealed record OffArea : TrackEvent;

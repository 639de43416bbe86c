using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracking.Contracts;

/// <summary>What subscribers get: an event worth a person's attention.</summary>
public sealed record Alert
{
    /// <summary>Derived from rep, kind, fence and instant, so that a replay makes the same one.</summary>
    public required string Id { get; init; }

    /// <summary>Place in the alert log; grows by one or more with each alert; 0 before it is written.</summary>
    public long Cursor { get; init; }

    /// <summary>camelCase, see <see cref="AlertKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>info</c>, <c>warning</c> or <c>critical</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>Whom it concerns.</summary>
    public required string RepId { get; init; }

    /// <summary>When it happened.</summary>
    public required Instant At { get; init; }

    /// <summary>What proved it.</summary>
    public required Instant ConfirmedAt { get; init; }

    /// <summary>True when it corrects history.</summary>
    public bool Late { get; init; }

    /// <summary>Ids of the alerts whose place this one takes: they no longer count. Null: none.</summary>
    public IReadOnlyList<string>? Supersedes { get; init; }

    /// <summary>True when what <see cref="Supersedes"/> names did not happen, and nothing stands in its place.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Retracted { get; init; }

    /// <summary>The geofence, where one is concerned.</summary>
    public string? GeofenceId { get; init; }

    /// <summary>Where, as far as known.</summary>
    public AlertPosition? Position { get; init; }

    /// <summary>A sentence for people.</summary>
    public required LocalText Text { get; init; }

    /// <summary>What belongs to the kind, as a JSON object; empty where nothing does.</summary>
    public JsonElement Data { get; init; } = NoData;

    private static readonly JsonElement NoData = JsonElement.Parse("{}");
}

/// <summary>A position in an alert.</summary>
/// <param name="Latitude">Degrees.</param>
/// <param name="Longitude">Degrees.</param>
public sealed record AlertPosition(double Latitude, double Longitude);

/// <summary>The kinds of alert.</summary>
public static class AlertKind
{
#pragma warning disable CS1591 // the names say it; docs/alerts.md explains each
    public const string GeofenceEntered = "geofenceEntered";
    public const string GeofenceExited = "geofenceExited";
    public const string GeofenceCrossed = "geofenceCrossed";
    public const string GeofenceDwelled = "geofenceDwelled";
    public const string MockSuspected = "mockSuspected";
    public const string MockCleared = "mockCleared";
    public const string SignalLost = "signalLost";
    public const string SignalRestored = "signalRestored";
    public const string Sos = "sos";
    public const string VisitVerified = "visitVerified";
    public const string VisitTooShort = "visitTooShort";
    public const string VisitDoubted = "visitDoubted";
    public const string VisitMissed = "visitMissed";
    public const string Overspeed = "overspeed";
    public const string BatteryLow = "batteryLow";
    public const string ShiftBegan = "shiftBegan";
    public const string ShiftEnded = "shiftEnded";
    public const string CheckInAccepted = "checkInAccepted";
    public const string CheckInRefused = "checkInRefused";
    public const string LongStop = "longStop";
    public const string OffArea = "offArea";
#pragma warning restore CS1591
}

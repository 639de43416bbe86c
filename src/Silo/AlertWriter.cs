using Tracking.Contracts;

namespace Tracking.Silo;

/// <summary>
/// Makes alerts of a tracker's events. The id is derived from rep, kind, fence and instant, so a replay makes the same one;
/// names are those of the moment. Safe from many threads.
/// </summary>
/// <param name="findRep">Finds a rep by key.</param>
/// <param name="findFence">Finds a geofence as the trackers know it, one that was just deleted included.</param>
internal sealed class AlertWriter(Func<int, Rep?> findRep, Func<int, Geofence?> findFence)
{
    /// <summary>The alert of an event; null for one that is nobody's news, such as the beginning of a stop.</summary>
    /// <param name="repKey">Whose event.</param>
    /// <param name="told">The event.</param>
    public Alert? Write(int repKey, TrackEvent told)
    {
        if (KindOf(told) is not { } kind) return null;
        Rep? rep = findRep(repKey);
        string repId = rep?.Id ?? FormattableString.Invariant($"#{repKey}");
        int? fenceKey = told is GeofenceEvent at ? at.GeofenceKey : (told as SpeedExceeded)?.GeofenceKey ?? (told as CheckInEvent)?.GeofenceKey;
        Geofence? fence = fenceKey is int key ? findFence(key) ?? Unknown(key) : null;
        return new Alert
        {
            // Somebody may check in and out, or begin and end, at the same instant by the same clock.
            Id = AlertId.Of(repId, told is CheckInEvent { Action: var action } ? $"{kind} {CheckInJson.WordOf(action)}" : kind, fence?.Id, told.At),
            Kind = kind,
            Severity = SeverityOf(told, fence),
            RepId = repId,
            At = told.At,
            ConfirmedAt = told.ConfirmedAt,
            Late = told.Late,
            GeofenceId = fence?.Id,
            Position = told.Position is { } position ? new AlertPosition(position.LatitudeDeg, position.LongitudeDeg) : null,
            Text = AlertText.Of(told, string.IsNullOrWhiteSpace(rep?.Name) ? repId : rep.Name, fence),
            Data = AlertData.Of(told),
        };
    }

    private static string? KindOf(TrackEvent told) => told switch
    {
        GeofenceEntered => AlertKind.GeofenceEntered,
        GeofenceExited => AlertKind.GeofenceExited,
        GeofenceCrossed => AlertKind.GeofenceCrossed,
        GeofenceDwelled => AlertKind.GeofenceDwelled,
        MockSuspected => AlertKind.MockSuspected,
        MockCleared => AlertKind.MockCleared,
        SignalLost => AlertKind.SignalLost,
        SignalRestored => AlertKind.SignalRestored,
        SosRaised => AlertKind.Sos,
        VisitVerified => AlertKind.VisitVerified,
        VisitTooShort => AlertKind.VisitTooShort,
        VisitDoubted => AlertKind.VisitDoubted,
        SpeedExceeded => AlertKind.Overspeed,
        BatteryLow => AlertKind.BatteryLow,
        ShiftBegan => AlertKind.ShiftBegan,
        ShiftEnded => AlertKind.ShiftEnded,
        CheckInAccepted => AlertKind.CheckInAccepted,
        CheckInRefused => AlertKind.CheckInRefused,
        LongStop => AlertKind.LongStop,
        OffArea => AlertKind.OffArea,
        _ => null,
    };

    private static string SeverityOf(TrackEvent told, Geofence? fence) => told switch
    {
        SosRaised => "critical",
        MockSuspected or SignalLost or SpeedExceeded or VisitDoubted or CheckInRefused or LongStop or OffArea => "warning",
        GeofenceEntered or GeofenceCrossed or GeofenceDwelled when fence?.Purpose == GeofencePurpose.Forbidden => "warning",
        _ => "info",
    };

    private static Geofence Unknown(int key)
    {
        string id = FormattableString.Invariant($"#{key}");
        return new Geofence { Key = key, Id = id, Name = id, Shape = new CircleShape(default, 1) };
    }
}

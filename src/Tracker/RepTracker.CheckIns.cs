using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>Check-ins: whoever says to be at a customer's must be there, by a fresh and precise fix that nobody doubts.</content>
public sealed partial class RepTracker
{
    private LastCheckIn? _lastCheckIn;

    /// <summary>The newest check-in, so that one that is sent again is not judged again.</summary>
    private sealed record LastCheckIn(CheckInAction Action, Instant At, int GeofenceKey);

    /// <summary>Takes a check-in and tells the verdict.</summary>
    public void Apply(in CheckIn checkIn, TurnOutput output)
    {
        Tick(checkIn.ReceivedAt, output);
        Instant at = Earlier(checkIn.At, checkIn.ReceivedAt);
        var asked = new LastCheckIn(checkIn.Action, checkIn.At, checkIn.GeofenceKey);
        if (asked == _lastCheckIn) return;
        _lastCheckIn = asked;
        bool isOffDuty = IsOffDutyAt(at, checkIn.ReceivedAt);
        if (checkIn.Action is CheckInAction.ShiftStart or CheckInAction.ShiftEnd) TakeShiftCheckIn(checkIn, at, output);
        else TakeVisitCheckIn(checkIn, at, isOffDuty, output);
        if (IsOnDuty) _signal.Hear(new DeviceEvent { At = at, ReceivedAt = checkIn.ReceivedAt }, Options.Signal, MarkerPoint, output.Events);
    }

    private void TakeShiftCheckIn(in CheckIn checkIn, Instant at, TurnOutput output)
    {
        bool isBegin = checkIn.Action == CheckInAction.ShiftStart;
        CheckInFault? fault = _duty is null ? CheckInFault.NoShift
            : isBegin ? _duty.TryBegin(at, Options.Duty.MaxShift) ? null : CheckInFault.OnDutyAlready
            : _duty.TryEnd(at) ? null : CheckInFault.OffDuty;
        if (fault is { } failed)
        {
            output.Events.Add(new CheckInRefused { At = at, ConfirmedAt = checkIn.ReceivedAt, Action = checkIn.Action, Note = checkIn.Note, Failed = [failed] });
            return;
        }
        output.Events.Add(new CheckInAccepted { At = at, ConfirmedAt = checkIn.ReceivedAt, Action = checkIn.Action, Note = checkIn.Note });
        if (_duty!.Look(checkIn.ReceivedAt, at)) Switch(at, checkIn.ReceivedAt, ShiftCause.CheckIn, _duty.ScheduledAt(at, isBegin), output);
    }

    private void TakeVisitCheckIn(in CheckIn checkIn, Instant at, bool isOffDuty, TurnOutput output)
    {
        var failed = new List<CheckInFault>();
        if (isOffDuty) failed.Add(CheckInFault.OffDuty);
        PreparedFence? fence = _context.Geofences.Get(checkIn.GeofenceKey);
        if (fence is null) failed.Add(CheckInFault.NoGeofence);
        else if (fence.Definition.Purpose != GeofencePurpose.Customer) failed.Add(CheckInFault.NotACustomer);

        // Nothing of where the rep is off duty goes into a verdict.
        bool isVague = _vague is not null && (!_hasNewest || _vague.FixedAt > _newest.FixedAt), hasFix = !isOffDuty && (isVague || _hasNewest);
        Instant fixedAt = isVague ? _vague!.FixedAt : _newest.FixedAt;
        GeoPoint position = isVague ? _vague!.Position : _newest.Position;
        float accuracyM = isVague ? _vague!.AccuracyM : _newest.AccuracyM;
        double distanceM = double.NaN;
        if (!hasFix || (at - fixedAt).Duration() > Options.Duty.CheckInFreshness) failed.Add(CheckInFault.NotFresh);
        if (hasFix && accuracyM > Options.Duty.CheckInAccuracyM) failed.Add(CheckInFault.Inaccurate);
        if (hasFix && fence is not null)
        {
            distanceM = fence.Contains(position) ? 0 : fence.DistanceM(position);
            if (distanceM > 0 && !IsInside(fence.Key)) failed.Add(CheckInFault.Outside);
        }
        if (_mock.IsOpen) failed.Add(CheckInFault.Mocked);

        Instant? by = hasFix ? fixedAt : null;
        GeoPoint? where = hasFix ? position : null;
        double precisionM = hasFix ? accuracyM : double.NaN;
        // A fence that is gone has no name any more.
        int? key = fence?.Key;
        output.Events.Add(failed.Count == 0
            ? new CheckInAccepted { At = at, ConfirmedAt = checkIn.ReceivedAt, Position = where, Action = checkIn.Action, GeofenceKey = key, Note = checkIn.Note, FixedAt = by, AccuracyM = precisionM, DistanceM = distanceM }
            : new CheckInRefused { At = at, ConfirmedAt = checkIn.ReceivedAt, Position = where, Action = checkIn.Action, GeofenceKey = key, Note = checkIn.Note, FixedAt = by, AccuracyM = precisionM, DistanceM = distanceM, Failed = failed });
    }

    private bool IsInside(int geofenceKey)
    {
        IReadOnlyList<int> inside = _fences.Inside;
        for (int i = 0; i < inside.Count; i++)
            if (inside[i] == geofenceKey) return true;
        return false;
    }

    private void SaveCheckIn(SnapshotWriter snapshot)
    {
        snapshot.Bool(_lastCheckIn is not null);
        if (_lastCheckIn is null) return;
        snapshot.Byte((byte)_lastCheckIn.Action);
        snapshot.Time(_lastCheckIn.At);
        snapshot.Int(_lastCheckIn.GeofenceKey);
    }

    private void LoadCheckIn(ref SnapshotReader reader)
    {
        if (reader.Bool()) _lastCheckIn = new LastCheckIn((CheckInAction)reader.Count((int)CheckInAction.ShiftEnd), reader.Time(), (int)reader.Int());
    }
}

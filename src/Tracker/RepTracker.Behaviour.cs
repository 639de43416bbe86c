using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>Visits, speed and battery.</content>
public sealed partial class RepTracker
{
    private Behaviour _behaviour;

    // The lowest limit of the fences around the rep and of the one for everybody.
    private SpeedLimit LimitHere()
    {
        var limit = new SpeedLimit(Options.Behaviour.SpeedLimitMps, null);
        IReadOnlyList<int> inside = _fences.Inside;
        for (int i = 0; i < inside.Count; i++)
        {
            if (_context.Geofences.Get(inside[i])?.Definition is not { SpeedLimitMps: double mps } fence) continue;
            if (limit.Mps is not double before || mps < before) limit = new(mps, fence.Key);
        }
        return limit;
    }

    // Standing for long is told of reps with a shift only: whoever has none is at home at night as well.
    private void WatchPlaces(in Fix fix, TurnOutput output)
    {
        bool isWatched = _duty is not null && _stops.Motion == Motion.Stopped, hasArea = _context.Geofences.HasWorkArea(RepKey, _context.FindRep);
        bool isAtWork = false, isInArea = false;
        IReadOnlyList<int> inside = isWatched || hasArea ? _fences.Inside : [];
        for (int i = 0; i < inside.Count; i++)
        {
            GeofencePurpose? purpose = _context.Geofences.Get(inside[i])?.Definition.Purpose;
            isInArea |= purpose == GeofencePurpose.WorkArea;
            isAtWork |= purpose is GeofencePurpose.Customer or GeofencePurpose.Office or GeofencePurpose.Home;
        }
        _behaviour.ApplyStop(isWatched && !isAtWork && !isInArea ? _stops.StopBeganAt : null, fix, Options.Behaviour, output.Events);
        _behaviour.ApplyArea(hasArea && !isInArea, fix, Options.Behaviour, output.Events);
    }

    private void HearBattery(in Fix fix, TurnOutput output)
    {
        if (float.IsNaN(fix.BatteryPct) || (_hasNewest && fix.FixedAt < _newest.FixedAt)) return;
        bool charging = (fix.Traits & FixTraits.Charging) != 0;
        _behaviour.HearBattery(fix.BatteryPct, charging, fix.FixedAt, MarkerPoint, Options.Behaviour, output.Events);
    }

    // A device that says low without a level is believed.
    private void HearBattery(in DeviceEvent told, TurnOutput output)
    {
        if (_hasNewest && told.At < _newest.FixedAt) return;
        bool isTold = told.Kind == DeviceEventKind.BatteryLow && float.IsNaN(told.BatteryPct);
        float levelPct = isTold ? Math.Min((float)Options.Behaviour.BatteryLowPct, _signal.BatteryPct) : told.BatteryPct;
        if (isTold && float.IsNaN(levelPct)) levelPct = (float)Options.Behaviour.BatteryLowPct;
        _behaviour.HearBattery(levelPct, told.Charging == true, told.At, MarkerPoint, Options.Behaviour, output.Events);
    }

    // What the rep did at geofences is told; a dwell at a customer's that has ended is a visit.
    private void TellPassages(TurnOutput output)
    {
        int count = output.Passages.Count;
        if (count == 0) return;
        for (int i = 0; i < count; i++)
        {
            Passage passage = output.Passages[i];
            if (passage.Kind == PassageKind.Exited) TellVisit(passage, output.Events);
        }
        output.TellPassages();
    }

    private void TellVisit(in Passage exit, List<TrackEvent> events)
    {
        if (_context.Geofences.Get(exit.GeofenceKey)?.Definition.Purpose != GeofencePurpose.Customer) return;
        TimeSpan stayed = exit.At - exit.Other;
        GeoPoint? position = exit.HasPosition ? exit.Position : null;
        if (stayed >= Options.Behaviour.VisitMinimum)
        {
            events.Add(_mock.IsOpen
                ? new VisitDoubted { At = exit.At, ConfirmedAt = exit.ConfirmedAt, Position = position, GeofenceKey = exit.GeofenceKey, Reason = exit.Reason, BeganAt = exit.Other }
                : new VisitVerified { At = exit.At, ConfirmedAt = exit.ConfirmedAt, Position = position, GeofenceKey = exit.GeofenceKey, Reason = exit.Reason, BeganAt = exit.Other });
        }
        else if (stayed >= Options.Behaviour.VisitNoticed && exit.Reason == GeofenceReason.Movement)
        {
            events.Add(new VisitTooShort { At = exit.At, ConfirmedAt = exit.ConfirmedAt, Position = position, GeofenceKey = exit.GeofenceKey, Reason = exit.Reason, BeganAt = exit.Other });
        }
    }
}

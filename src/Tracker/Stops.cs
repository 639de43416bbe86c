using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What a rep did for a while.</summary>
internal enum IntervalKind : byte
{
    /// <summary>On the way.</summary>
    Trip,
    /// <summary>Stayed around one place.</summary>
    Stop,
    /// <summary>Nothing is known.</summary>
    Gap,
}

/// <summary>A part of a track; the next one begins where it ends.</summary>
internal readonly record struct TrackInterval(IntervalKind Kind, Instant BeganAt, Instant EndedAt);

/// <summary>
/// Divides a track into stops, trips and gaps as it comes in, in bounded memory. Live state takes the events, reports take
/// the intervals, from the same code. A stop is told as ended when the way since then makes a trip; one that turns back
/// before goes on as if nothing had happened, so that told events are never taken back.
/// </summary>
internal struct Stops
{
    private const double ChordM = 25;
    private const int SettledWeight = 2048;

    private enum Phase : byte { Nothing, Moving, Stopped }

    private Phase _phase;
    private bool _stopUntold;
    private bool _afterStop;
    private bool _out;
    private bool _farOut;
    private ushort _anchorWeight;
    private Instant _began;
    private Instant _stopBegan;
    private Instant _insideAt;
    private GeoPoint _anchor;
    private GeoPoint _chord;
    private double _pathM;
    private StopWindow _window;

    public readonly Motion Motion => _phase switch
    {
        Phase.Stopped when !_farOut => Motion.Stopped,
        Phase.Nothing => Motion.Unknown,
        _ when _farOut || _stopUntold || _afterStop || _pathM > 0 => Motion.Moving,
        _ => Motion.Unknown,
    };

    /// <summary>When the stop began, while the rep is at one.</summary>
    public readonly Instant StopBeganAt => _stopBegan;

    /// <summary>Takes an accepted fix.</summary>
    /// <param name="fix">The fix, not earlier than <paramref name="last"/>.</param>
    /// <param name="last">The accepted fix before it; read from the second one on.</param>
    /// <param name="options">Parameters.</param>
    /// <param name="events">Takes what is told; null: nobody listens.</param>
    /// <param name="intervals">Takes what is closed; null: nobody reads.</param>
    public void Apply(in Fix fix, in Fix last, StopOptions options, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        var frame = new LocalFrame(fix.Position);
        if (_phase == Phase.Nothing) Restart(fix);
        else if (fix.FixedAt - last.FixedAt > options.GapMinimum) ApplyAfterGap(fix, last, frame, options, events, intervals);
        else if (_phase == Phase.Stopped) ApplyStopped(fix, last, frame, options, events, intervals);
        else ApplyMoving(fix, frame, options, events, intervals);
    }

    /// <summary>Closes what is open at the last fix; for reports only.</summary>
    public readonly void Finish(in Fix last, StopOptions options, List<TrackInterval> intervals)
    {
        if (_phase != Phase.Nothing) CloseIntervals(last, options, intervals);
    }

    private void Restart(in Fix fix)
    {
        _phase = Phase.Moving;
        _stopUntold = _afterStop = _out = _farOut = false;
        _began = fix.FixedAt;
        _chord = fix.Position;
        _pathM = 0;
        _window.Clear();
        _window.Add(fix.FixedAt, fix.Position);
    }

    private void ApplyAfterGap(in Fix fix, in Fix last, in LocalFrame frame, StopOptions options, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        if ((_phase == Phase.Stopped || _stopUntold) && IsInside(fix, frame, options))
        {
            StayOn(fix);
            return;
        }
        if (_phase == Phase.Stopped || _stopUntold) TellEnded(_farOut ? _insideAt : last.FixedAt, fix.FixedAt, events);
        if (intervals is not null)
        {
            CloseIntervals(last, options, intervals);
            intervals.Add(new(IntervalKind.Gap, last.FixedAt, fix.FixedAt));
        }
        Restart(fix);
    }

    private void ApplyStopped(in Fix fix, in Fix last, in LocalFrame frame, StopOptions options, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        if (IsInside(fix, frame, options))
        {
            // One fix elsewhere in between is a trip only if there was time for one.
            if (_farOut && fix.FixedAt - _insideAt >= options.StopMinimum) ReturnFromAfar(fix, last, events, intervals);
            else StayOn(fix);
        }
        else if (!_out)
        {
            _out = true;
            _farOut = MetresTo(_anchor, frame) >= options.SureLeaveM;
        }
        else
        {
            Leave(last);
            _window.Add(fix.FixedAt, fix.Position);
            TellWhenTrip(fix, frame, options, events, intervals);
        }
    }

    private void StayOn(in Fix fix)
    {
        _phase = Phase.Stopped;
        _stopUntold = _out = _farOut = false;
        _insideAt = fix.FixedAt;
        if (_anchorWeight >= SettledWeight) return;
        _window.Add(fix.FixedAt, fix.Position);
        int weight = _window.TotalWeight;
        if (weight < _anchorWeight * 1.25) return;
        _anchor = _window.Median();
        _anchorWeight = (ushort)weight;
    }

    private void Leave(in Fix last)
    {
        _phase = Phase.Moving;
        _stopUntold = true;
        _out = _farOut = false;
        _began = _insideAt;
        _chord = _anchor;
        _pathM = 0;
        _window.Clear();
        _window.Add(last.FixedAt, last.Position);
    }

    private void ReturnFromAfar(in Fix fix, in Fix last, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        Leave(last);
        EndStop(fix.FixedAt, events, intervals);
        _pathM = Geodesy.DistanceM(_anchor, last.Position);
        _chord = last.Position;
        _window.Add(fix.FixedAt, fix.Position);
    }

    private void ApplyMoving(in Fix fix, in LocalFrame frame, StopOptions options, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        if (_stopUntold && IsInside(fix, frame, options))
        {
            _window.Clear();
            StayOn(fix);
            return;
        }
        DropWhatIsPast(fix, frame, options);
        _window.Add(fix.FixedAt, fix.Position);
        if (_stopUntold) TellWhenTrip(fix, frame, options, events, intervals);
        if (FindStop(fix.FixedAt, options) is GeoPoint anchor) BeginStop(fix, anchor, options, events, intervals);
    }

    // A wild fix in the middle moves nothing: when this one is back where the fix before it was, it is taken out.
    // Otherwise whatever is too far from the newest sample to lie in one circle with it cannot be part of a stop to come.
    private void DropWhatIsPast(in Fix fix, in LocalFrame frame, StopOptions options)
    {
        double radiusM = options.StopRadiusM;
        if (_window.Count >= 2 && MetresTo(_window.Newest, frame) > radiusM && MetresTo(_window.BeforeNewest, frame) <= radiusM
            && fix.FixedAt - _window.TimeOf(_window.Count - 2) < options.StopMinimum)
        {
            _window.RemoveNewest();
            return;
        }
        int keep = _window.FirstWithin(new LocalFrame(_window.Newest), 2 * radiusM);
        if (keep > 0) Pass(Math.Min(keep, _window.Count - 1));
    }

    private void Pass(int count)
    {
        for (int i = 0; i < count; i++)
        {
            GeoPoint point = _window.PointOf(i);
            double metres = Geodesy.DistanceM(_chord, point);
            if (metres < ChordM) continue;
            _pathM += metres;
            _chord = point;
        }
        _window.RemoveFirst(count);
    }

    // The anchor of a stop, if all samples lie around one and have done so for long enough.
    private GeoPoint? FindStop(Instant now, StopOptions options)
    {
        while (_window.Count > 0 && now - _window.FirstAt >= options.StopMinimum)
        {
            GeoPoint median = _window.Median();
            int keep = _window.FirstWithin(new LocalFrame(median), options.StopRadiusM);
            if (keep == 0) return median;
            if (keep == _window.Count) return null;
            Pass(keep);
        }
        return null;
    }

    private void BeginStop(in Fix fix, GeoPoint anchor, StopOptions options, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        Instant began = _window.FirstAt;
        double tripM = _pathM + Geodesy.DistanceM(_chord, _window.First);
        bool folded = tripM < options.TripMinimumM;
        _phase = Phase.Stopped;
        _anchor = anchor;
        _anchorWeight = (ushort)_window.TotalWeight;
        _insideAt = fix.FixedAt;
        if (_stopUntold && folded)
        {
            _stopUntold = false;
            return;
        }
        if (_stopUntold) EndStop(fix.FixedAt, events, intervals);
        if (folded && !_afterStop) began = _began;
        else intervals?.Add(new(IntervalKind.Trip, _began, began));
        _stopBegan = began;
        _afterStop = false;
        events?.Add(new StopBegan { At = began, ConfirmedAt = fix.FixedAt, Position = anchor });
    }

    private void TellWhenTrip(in Fix fix, in LocalFrame frame, StopOptions options, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        if (_pathM + MetresTo(_chord, frame) >= options.TripMinimumM) EndStop(fix.FixedAt, events, intervals);
    }

    private void EndStop(Instant confirmedAt, List<TrackEvent>? events, List<TrackInterval>? intervals)
    {
        TellEnded(_began, confirmedAt, events);
        intervals?.Add(new(IntervalKind.Stop, _stopBegan, _began));
        _stopUntold = false;
        _afterStop = true;
    }

    private readonly void TellEnded(Instant at, Instant confirmedAt, List<TrackEvent>? events) =>
        events?.Add(new StopEnded { At = at, ConfirmedAt = confirmedAt, Position = _anchor });

    // A short piece between gaps is no trip; it is shown as staying where it was.
    private readonly void CloseIntervals(in Fix last, StopOptions options, List<TrackInterval> intervals)
    {
        if (_phase == Phase.Stopped && _farOut)
        {
            intervals.Add(new(IntervalKind.Stop, _stopBegan, _insideAt));
            intervals.Add(new(IntervalKind.Trip, _insideAt, last.FixedAt));
        }
        else if (_phase == Phase.Stopped || _stopUntold)
        {
            intervals.Add(new(IntervalKind.Stop, _stopBegan, last.FixedAt));
        }
        else
        {
            double tripM = _pathM + Geodesy.DistanceM(_chord, last.Position);
            intervals.Add(new(tripM >= options.TripMinimumM || _afterStop ? IntervalKind.Trip : IntervalKind.Stop, _began, last.FixedAt));
        }
    }

    private readonly bool IsInside(in Fix fix, in LocalFrame frame, StopOptions options)
    {
        double accuracyM = float.IsNaN(fix.AccuracyM) ? 0 : fix.AccuracyM;
        return MetresTo(_anchor, frame) <= options.StopRadiusM + accuracyM;
    }

    private static double MetresTo(GeoPoint point, in LocalFrame frame)
    {
        (double east, double north) = frame.ToMetres(point);
        return Math.Sqrt(east * east + north * north);
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte((byte)_phase);
        if (_phase == Phase.Nothing) return;
        writer.Byte((byte)((_stopUntold ? 1 : 0) | (_afterStop ? 2 : 0) | (_out ? 4 : 0) | (_farOut ? 8 : 0)));
        writer.UInt(_anchorWeight);
        writer.Time(_began);
        writer.Time(_stopBegan);
        writer.Time(_insideAt);
        writer.Point(_anchor);
        writer.Point(_chord);
        writer.Double(_pathM);
        _window.Save(writer);
    }

    public void Load(ref SnapshotReader reader)
    {
        _phase = (Phase)reader.Count((int)Phase.Stopped);
        if (_phase == Phase.Nothing) return;
        int flags = reader.Count(15);
        (_stopUntold, _afterStop, _out, _farOut) = ((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0);
        _anchorWeight = (ushort)reader.Count(ushort.MaxValue);
        _began = reader.Time();
        _stopBegan = reader.Time();
        _insideAt = reader.Time();
        _anchor = reader.Point();
        _chord = reader.Point();
        _pathM = reader.Double();
        _window.Load(ref reader);
    }
}

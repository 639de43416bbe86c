using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Whether a rep is heard from. Learns the interval in which it reports, and tells by the server's clock when it is
/// overdue (stale) and when it is given up (lost). Heartbeats count as heard.
/// </summary>
internal partial struct Signal
{
    private const double MinIntervalS = 1, MaxIntervalS = 3600;

    // The wide fields first, so that little room is left between them.
    private Instant _heardAt;
    private Instant _newestFixedAt;
    private Instant _batteryAt;
    private Instant _levelSince;
    private Instant _conditionAt;
    private Instant _dueFrom;
    private float _intervalS;
    private float _batteryPct;
    private float _batteryBeforePct;
    private float _drainPctPerHour;
    private bool _heard;
    private bool _announced;
    private bool _charging;
    private byte _learnt;
    private byte _positionless;
    private SignalStatus _status;
    private SilenceReason _reason;
    private Conditions _conditions;

    public Signal()
    {
        _batteryPct = float.NaN;
        _batteryBeforePct = float.NaN;
        _status = SignalStatus.Live;
    }

    public readonly SignalStatus Status => _status;

    public readonly Instant HeardAt => _heardAt;

    public readonly float BatteryPct => _batteryPct;

    /// <summary>The interval in which the rep reports, seconds, as far as it is known.</summary>
    public readonly double IntervalS(SignalOptions options) => _learnt == 0 ? options.FirstInterval.TotalSeconds : _intervalS;

    /// <summary>How long a silence is believed to mean nothing worse than waiting.</summary>
    public readonly TimeSpan LostAfter(SignalOptions options) =>
        Longer(options.LostMinimum, options.LostIntervals * IntervalS(options));

    /// <summary>When time alone changes the status next.</summary>
    public readonly Instant NextTickAt(SignalOptions options)
    {
        if (!_heard) return Instant.Max;
        return _status switch
        {
            SignalStatus.Live => SilentSince + Longer(options.StaleMinimum, options.StaleIntervals * IntervalS(options)),
            SignalStatus.Stale => SilentSince + LostAfter(options),
            _ => Instant.Max,
        };
    }

    /// <summary>Changes the status as of an instant that <see cref="NextTickAt"/> named.</summary>
    /// <param name="now">That instant.</param>
    /// <param name="options">Parameters.</param>
    /// <param name="neighbours">What is known of the neighbours; null: nothing.</param>
    /// <param name="repKey">Whose signal it is.</param>
    /// <param name="position">Where the rep was seen last.</param>
    /// <param name="events">Takes what is told.</param>
    public void Tick(
        Instant now, SignalOptions options, Func<int, GeoPoint, double>? neighbours, int repKey, in GeoPoint? position, List<TrackEvent> events)
    {
        if (now < NextTickAt(options)) return;
        if (_status == SignalStatus.Live)
        {
            _status = SignalStatus.Stale;
            return;
        }
        _status = SignalStatus.Lost;
        Instant lostAt = SilentSince + LostAfter(options);
        _announced = _newestFixedAt == default || _heardAt - _newestFixedAt <= options.ImportAge;
        if (!_announced) return;
        double neighboursLost = position is GeoPoint at && neighbours is { } ask ? ask(repKey, at) : 0;
        List<Evidence> evidence = SilenceEvidence(options);
        _reason = ReasonOfLoss(lostAt, neighboursLost, evidence);
        events.Add(new SignalLost { At = lostAt, ConfirmedAt = lostAt, Position = position, Reason = NameOf(_reason), Evidence = evidence });
    }

    /// <summary>Takes any sign of life. Time until it was received must have been ticked through.</summary>
    public void Hear(in Fix fix, SignalOptions options, in GeoPoint? position, List<TrackEvent> events)
    {
        if (_status == SignalStatus.Lost && _announced) events.Add(RestoredBy(fix, options, position));
        Learn(fix.ReceivedAt);
        HearLife(fix.ReceivedAt);
        HearCondition(fix);
        bool newest = fix.FixedAt >= _newestFixedAt || _newestFixedAt == default;
        if (newest && fix.FixedAt - fix.ReceivedAt <= TimeSpan.FromMinutes(5)) _newestFixedAt = fix.FixedAt;
        if (newest) HearBattery(fix);
    }

    /// <summary>Takes what the device says about itself; all but the end of its connection is a sign of life.</summary>
    public void Hear(in DeviceEvent told, SignalOptions options, in GeoPoint? position, List<TrackEvent> events)
    {
        Note(told);
        if (told.Kind == DeviceEventKind.ConnectionLost) return;
        if (_status == SignalStatus.Lost && _announced) events.Add(RestoredBy(told, options, position));
        if (told.Kind == DeviceEventKind.Heartbeat) Learn(told.ReceivedAt);
        HearLife(told.ReceivedAt);
        if (told.At < _batteryAt) return;
        if (told.Charging is bool charging) _charging = charging;
        if (!float.IsNaN(told.BatteryPct)) HearLevel(told.BatteryPct, told.At);
    }

    /// <summary>Nothing is expected any more: the shift has ended.</summary>
    public void Rest() => _status = SignalStatus.OffDuty;

    /// <summary>Something is expected from now on.</summary>
    public void Resume(Instant at) => (_status, _dueFrom, _heard) = (SignalStatus.Live, at, true);

    // Silence before the shift means nothing.
    private readonly Instant SilentSince => _dueFrom > _heardAt ? _dueFrom : _heardAt;

    private void HearLife(Instant receivedAt)
    {
        if (_status != SignalStatus.OffDuty) _status = SignalStatus.Live;
        _heard = true;
        if (receivedAt > _heardAt) _heardAt = receivedAt;
    }

    // A running median: a step up for a longer interval, one down for a shorter one, in proportion, bigger at first.
    // Fixes that come together are one sign of life.
    private void Learn(Instant receivedAt)
    {
        double intervalS = (receivedAt.EpochMs - SilentSince.EpochMs) / 1000.0;
        if (!_heard || intervalS < 0.5) return;
        intervalS = Math.Clamp(intervalS, MinIntervalS, MaxIntervalS);
        if (_learnt == 0) _intervalS = (float)intervalS;
        double step = _learnt < 8 ? 1.5 : 1.1;
        _intervalS = (float)(intervalS > _intervalS ? Math.Min(intervalS, _intervalS * step) : Math.Max(intervalS, _intervalS / step));
        if (_learnt < 8) _learnt++;
    }

    private void HearBattery(in Fix fix)
    {
        if ((fix.Traits & FixTraits.ChargingKnown) != 0) _charging = (fix.Traits & FixTraits.Charging) != 0;
        if (!float.IsNaN(fix.BatteryPct)) HearLevel(fix.BatteryPct, fix.FixedAt);
    }

    // How quickly it drains is taken from one level to the next, smoothed; charging starts anew.
    private void HearLevel(float levelPct, Instant at)
    {
        if (levelPct != _batteryPct)
        {
            double hours = (at - _levelSince).TotalHours;
            if (levelPct > _batteryPct || float.IsNaN(_batteryPct)) _drainPctPerHour = 0;
            else if (hours is > 0 and < 6) _drainPctPerHour += (float)(((_batteryPct - levelPct) / hours - _drainPctPerHour) * (_drainPctPerHour == 0 ? 1 : 0.3));
            _batteryBeforePct = _batteryPct;
            _levelSince = at;
        }
        _batteryPct = levelPct;
        _batteryAt = at;
    }

    private static TimeSpan Longer(TimeSpan minimum, double seconds) =>
        minimum.TotalSeconds >= seconds ? minimum : TimeSpan.FromMilliseconds(Math.Ceiling(seconds * 1000));

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Bool(_heard);
        writer.Time(_heardAt);
        writer.Time(_newestFixedAt);
        writer.Float(_intervalS);
        writer.Byte(_learnt);
        writer.Byte((byte)_status);
        writer.Bool(_announced);
        writer.Float(_batteryPct);
        writer.Float(_batteryBeforePct);
        writer.Time(_batteryAt);
        writer.Bool(_charging);
        writer.Time(_levelSince);
        writer.Float(_drainPctPerHour);
        writer.Byte((byte)_reason);
        writer.Byte((byte)_conditions);
        writer.Byte(_positionless);
        if (_conditions != 0) writer.Time(_conditionAt);
        writer.Time(_dueFrom);
    }

    public void Load(ref SnapshotReader reader)
    {
        _heard = reader.Bool();
        _heardAt = reader.Time();
        _newestFixedAt = reader.Time();
        _intervalS = reader.Float();
        _learnt = reader.Byte();
        _status = (SignalStatus)reader.Byte();
        _announced = reader.Bool();
        _batteryPct = reader.Float();
        _batteryBeforePct = reader.Float();
        _batteryAt = reader.Time();
        _charging = reader.Bool();
        _levelSince = reader.Time();
        _drainPctPerHour = reader.Float();
        _reason = (SilenceReason)reader.Count((int)SilenceReason.AreaOutage);
        _conditions = (Conditions)reader.Byte();
        _positionless = reader.Byte();
        if (_conditions != 0) _conditionAt = reader.Time();
        _dueFrom = reader.Time();
    }
}

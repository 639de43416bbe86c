using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What a dispatcher wants to know of how somebody works: too fast for a while, and a battery that runs out.</summary>
internal struct Behaviour
{
    private const double LongestStepS = 60;
    private bool _speedTold;
    private bool _isFast;
    private Instant _fastSince;
    private float _fastestMps;
    private bool _batteryTold;
    private bool _stopTold;
    private bool _isOffArea;
    private bool _areaTold;
    private Instant _offAreaSince;

    /// <summary>Takes an accepted fix.</summary>
    public void Apply(in Fix fix, in Fix previous, bool hasPrevious, in SpeedLimit limit, BehaviourOptions options, List<TrackEvent> events)
    {
        double speedMps = SpeedOf(fix, previous, hasPrevious);
        if (limit.Mps is not double most || !(speedMps > most * (1 + options.OverspeedTolerance)))
        {
            _isFast = _speedTold = false;
            return;
        }
        if (!_isFast) (_isFast, _fastSince, _fastestMps) = (true, fix.FixedAt, 0);
        _fastestMps = Math.Max(_fastestMps, (float)speedMps);
        if (_speedTold || fix.FixedAt - _fastSince < options.OverspeedMinimum) return;
        _speedTold = true;
        events.Add(new SpeedExceeded
        {
            At = _fastSince,
            ConfirmedAt = fix.FixedAt,
            Position = fix.Position,
            LimitMps = most,
            SpeedMps = _fastestMps,
            GeofenceKey = limit.GeofenceKey,
        });
    }

    /// <summary>Takes where a stop that is open began; null: the rep moves, or stands where it has work.</summary>
    public void ApplyStop(Instant? beganAt, in Fix fix, BehaviourOptions options, List<TrackEvent> events)
    {
        if (beganAt is not { } began)
        {
            _stopTold = false;
            return;
        }
        if (_stopTold || fix.FixedAt - began < options.LongStopMinimum) return;
        _stopTold = true;
        events.Add(new LongStop { At = began + options.LongStopMinimum, ConfirmedAt = fix.FixedAt, Position = fix.Position, BeganAt = began });
    }

    /// <summary>Takes whether a rep that has a work area is outside of it.</summary>
    public void ApplyArea(bool isOutside, in Fix fix, BehaviourOptions options, List<TrackEvent> events)
    {
        if (!isOutside)
        {
            _isOffArea = _areaTold = false;
            return;
        }
        if (!_isOffArea) (_isOffArea, _offAreaSince) = (true, fix.FixedAt);
        if (_areaTold || fix.FixedAt - _offAreaSince < options.OffAreaMinimum) return;
        _areaTold = true;
        events.Add(new OffArea { At = _offAreaSince, ConfirmedAt = fix.FixedAt, Position = fix.Position });
    }

    /// <summary>The shift has ended: what was going on has, too. A battery stays as low as it is.</summary>
    public void Rest() => (_speedTold, _isFast, _stopTold, _isOffArea, _areaTold) = (false, false, false, false, false);

    // What the device measured; without that, what lies between two fixes less what their accuracies explain. A reported speed
    // that the way does not confirm is not held against anybody.
    private static double SpeedOf(in Fix fix, in Fix previous, bool hasPrevious)
    {
        if (!hasPrevious) return double.NaN;
        double elapsedS = (fix.FixedAt - previous.FixedAt).TotalSeconds;
        if (elapsedS is <= 0 or > LongestStepS) return double.NaN;
        double slackM = Known(fix.AccuracyM) + Known(previous.AccuracyM), metres = Geodesy.DistanceM(previous.Position, fix.Position);
        if (float.IsNaN(fix.SpeedMps)) return Math.Max(0, metres - slackM) / elapsedS;
        return Math.Min(fix.SpeedMps, (metres + slackM) / elapsedS);
    }

    private static double Known(float accuracyM) => float.IsNaN(accuracyM) ? 10 : accuracyM;

    /// <summary>Takes a battery level, newest first heard.</summary>
    public void HearBattery(float levelPct, bool charging, Instant at, in GeoPoint? position, BehaviourOptions options, List<TrackEvent> events)
    {
        if (float.IsNaN(levelPct)) return;
        if (charging || levelPct >= options.BatteryLowPct + options.BatteryBackPct) _batteryTold = false;
        if (_batteryTold || charging || levelPct > options.BatteryLowPct) return;
        _batteryTold = true;
        events.Add(new BatteryLow { At = at, ConfirmedAt = at, Position = position, BatteryPct = levelPct });
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte((byte)((_speedTold ? 1 : 0) | (_isFast ? 2 : 0) | (_batteryTold ? 4 : 0) | (_stopTold ? 8 : 0) | (_isOffArea ? 16 : 0) | (_areaTold ? 32 : 0)));
        if (_isOffArea) writer.Time(_offAreaSince);
        if (!_isFast) return;
        writer.Time(_fastSince);
        writer.Float(_fastestMps);
    }

    public void Load(ref SnapshotReader reader)
    {
        int flags = reader.Count(63);
        (_speedTold, _isFast, _batteryTold) = ((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
        (_stopTold, _isOffArea, _areaTold) = ((flags & 8) != 0, (flags & 16) != 0, (flags & 32) != 0);
        if (_isOffArea) _offAreaSince = reader.Time();
        if (!_isFast) return;
        _fastSince = reader.Time();
        _fastestMps = reader.Float();
    }
}

/// <summary>How fast a rep may be.</summary>
/// <param name="Mps">Metres per second; null: nobody minds.</param>
/// <param name="GeofenceKey">The fence that says so; null: the limit for everybody.</param>
internal readonly record struct SpeedLimit(double? Mps, int? GeofenceKey);

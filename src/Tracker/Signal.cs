using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Whether a rep is heard from. Learns the interval in which it reports, and tells by the server's clock when it is
/// overdue (stale) and when it is given up (lost). Heartbeats count as heard.
/// </summary>
internal struct Signal
{
    private const double MinIntervalS = 1, MaxIntervalS = 3600;
    private const double BatteryDeadPct = 5, BatteryFadingPct = 15;
    private static readonly TimeSpan BufferedLag = TimeSpan.FromMinutes(2);

    private bool _heard;
    private Instant _heardAt;
    private Instant _newestFixedAt;
    private float _intervalS;
    private byte _learnt;
    private SignalStatus _status;
    private bool _announced;
    private float _batteryPct;
    private float _batteryBeforePct;
    private Instant _batteryAt;
    private bool _charging;

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
            SignalStatus.Live => _heardAt + Longer(options.StaleMinimum, options.StaleIntervals * IntervalS(options)),
            SignalStatus.Stale => _heardAt + LostAfter(options),
            _ => Instant.Max,
        };
    }

    /// <summary>Changes the status as of an instant that <see cref="NextTickAt"/> named.</summary>
    public void Tick(Instant now, SignalOptions options, in GeoPoint? position, List<TrackEvent> events)
    {
        if (now < NextTickAt(options)) return;
        if (_status == SignalStatus.Live)
        {
            _status = SignalStatus.Stale;
            return;
        }
        _status = SignalStatus.Lost;
        Instant lostAt = _heardAt + LostAfter(options);
        _announced = _heardAt - _newestFixedAt <= options.ImportAge;
        if (!_announced) return;
        (string reason, List<Evidence> evidence) = ReasonOfLoss(options);
        events.Add(new SignalLost { At = lostAt, ConfirmedAt = lostAt, Position = position, Reason = reason, Evidence = evidence });
    }

    /// <summary>Takes any sign of life. Time until it was received must have been ticked through.</summary>
    public void Hear(in Fix fix, SignalOptions options, in GeoPoint? position, List<TrackEvent> events)
    {
        if (_status == SignalStatus.Lost && _announced) events.Add(Restored(fix, options, position));
        Learn(fix.ReceivedAt);
        _status = SignalStatus.Live;
        _heard = true;
        if (fix.ReceivedAt > _heardAt) _heardAt = fix.ReceivedAt;
        bool newest = fix.FixedAt >= _newestFixedAt || _newestFixedAt == default;
        if (newest && fix.FixedAt - fix.ReceivedAt <= TimeSpan.FromMinutes(5)) _newestFixedAt = fix.FixedAt;
        if (newest) HearBattery(fix);
    }

    // A running median: a step up for a longer interval, one down for a shorter one, in proportion, bigger at first.
    // Fixes that come together are one sign of life.
    private void Learn(Instant receivedAt)
    {
        double intervalS = (receivedAt.EpochMs - _heardAt.EpochMs) / 1000.0;
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
        if (float.IsNaN(fix.BatteryPct)) return;
        if (fix.BatteryPct != _batteryPct) _batteryBeforePct = _batteryPct;
        _batteryPct = fix.BatteryPct;
        _batteryAt = fix.FixedAt;
    }

    private readonly bool BatteryLooksDead =>
        !_charging && (_batteryPct <= BatteryDeadPct || (_batteryPct <= BatteryFadingPct && _batteryPct < _batteryBeforePct));

    private readonly (string Reason, List<Evidence> Evidence) ReasonOfLoss(SignalOptions options)
    {
        double minutes = LostAfter(options).TotalMinutes;
        List<Evidence> evidence =
        [
            new("silence", 1, Text($"Nothing was heard for {minutes:0.#} minutes; it usually reports every {IntervalS(options):0} s.",
                $"已有 {minutes:0.#} 分钟没有收到数据；通常每 {IntervalS(options):0} 秒上报一次。"), [_newestFixedAt]),
        ];
        if (float.IsNaN(_batteryPct)) return ("unknown", evidence);
        bool dead = BatteryLooksDead;
        evidence.Add(new("batteryLevel", dead ? 0.8 : 0, dead
            ? Text($"The last known battery level was {_batteryPct:0} % and it was not charging.", $"最后已知电量为 {_batteryPct:0}%，且未在充电。")
            : Text($"The last known battery level was {_batteryPct:0} %.", $"最后已知电量为 {_batteryPct:0}%。"), [_batteryAt]));
        return (dead ? "batteryDead" : "unknown", evidence);
    }

    private readonly SignalRestored Restored(in Fix fix, SignalOptions options, in GeoPoint? position)
    {
        (string reason, List<Evidence> evidence) = ReasonOfLoss(options);
        string? reconciled = null;
        if (fix.FixedAt < fix.ReceivedAt - BufferedLag && fix.FixedAt > _newestFixedAt)
        {
            evidence.Add(new("recordedMeanwhile", 1, Text("Fixes of the time without signal came in: it was offline, but recorded.",
                "收到了失联期间的定位：设备离线，但仍有记录。"), [fix.FixedAt]));
            (reconciled, reason) = ("offlineButRecorded", "noNetwork");
        }
        else if (reason == "batteryDead" && fix.BatteryPct <= _batteryPct && fix.BatteryPct > 0)
        {
            evidence.Add(new("batteryLevel", 0.8, Text(
                $"The battery had {_batteryPct:0} % before and {fix.BatteryPct:0} % after: it was not flat.",
                $"失联前电量 {_batteryPct:0}%，恢复后 {fix.BatteryPct:0}%：电量并未耗尽。"), [_batteryAt, fix.FixedAt]));
            (reconciled, reason) = ("batteryWasNotFlat", "unknown");
        }
        return new SignalRestored
        {
            At = fix.ReceivedAt,
            ConfirmedAt = fix.ReceivedAt,
            Position = position,
            LostAt = _heardAt + LostAfter(options),
            Reason = reason,
            Evidence = evidence,
            Reconciled = reconciled,
        };
    }

    private static LocalText Text(FormattableString en, FormattableString zh) =>
        new(en.ToString(CultureInfo.InvariantCulture), zh.ToString(CultureInfo.InvariantCulture));

    private static LocalText Text(string en, string zh) => new(en, zh);

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
    }
}

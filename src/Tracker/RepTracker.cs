using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The tracker of one rep: fixes in, events out. Reads no clock and does no I/O; the same input gives the same output,
/// so a snapshot and the journal behind it restore it exactly. Not safe for use by two threads at once.
/// </summary>
public sealed partial class RepTracker
{
    private readonly TrackerContext _context;
    private TrackerOptions _options;
    private Admission _admission;
    private Signal _signal = new();
    private Alarms _alarms;
    private Marker? _vague;
    private GeofenceStates _fences = new();
    private Stops _stops;
    private MockEvidence _mock;
    private Fix _newest = new();
    private bool _hasNewest;
    private int _newestDevice;
    private int _heldDevice;

    /// <summary>A tracker that has seen nothing.</summary>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="context">Options and geofences, shared by all trackers of a host.</param>
    public RepTracker(int repKey, TrackerContext context)
    {
        RepKey = repKey;
        _context = context;
        _options = context.OptionsOf(repKey);
    }

    /// <summary>Whose it is.</summary>
    public int RepKey { get; }

    /// <summary>
    /// Takes one fix. First says what time alone decided until <see cref="Fix.ReceivedAt"/>, so that the events do not
    /// depend on when the host ticked.
    /// </summary>
    /// <param name="fix">The fix.</param>
    /// <param name="output">Takes what is decided.</param>
    /// <param name="deviceKey">From which of the rep's devices; 0: not told.</param>
    /// <returns>The fix's outcome; null for a heartbeat, and while the fix is held as a possible spike: the next fix decides.</returns>
    public FixOutcome? Apply(in Fix fix, TurnOutput output, int deviceKey = 0)
    {
        Tick(fix.ReceivedAt, output);
        if (IsOffDutyAt(fix.FixedAt, fix.ReceivedAt)) return TakeOffDuty(fix, output);
        FixOutcome? outcome = fix.HasPosition ? Judge(fix, output, deviceKey) : null;
        if (!fix.HasPosition) Hear(fix, output);
        // Buffered in a shift that has ended since: what it began has ended, too.
        if (!IsOnDuty) EndWatch(_duty!.EndedAt, fix.ReceivedAt, output);
        return outcome;
    }

    private FixOutcome? Judge(in Fix fix, TurnOutput output, int deviceKey)
    {
        FixOutcome? outcome = _admission.Judge(fix, _newest, _hasNewest, Options.Admission, out HeldVerdict held, out Fix heldFix);
        if (outcome != FixOutcome.Duplicate) Hear(fix, output);
        if (held == HeldVerdict.AcceptedBefore) Settle(heldFix, FixOutcome.Accepted, _heldDevice, output);
        if (held == HeldVerdict.Spike) Settle(heldFix, FixOutcome.Spike, _heldDevice, output, cameBack: outcome == FixOutcome.Accepted);
        if (outcome is FixOutcome decided) Settle(fix, decided, deviceKey, output);
        else _heldDevice = deviceKey;
        if (held == HeldVerdict.AcceptedAfter) Settle(heldFix, FixOutcome.Accepted, _heldDevice, output);
        return outcome;
    }

    /// <summary>Takes what a device says about itself. Telemetry counts as heard.</summary>
    public void Apply(in DeviceEvent told, TurnOutput output)
    {
        Tick(told.ReceivedAt, output);
        // A clock that is ahead must not make what it told hold against every later fix.
        if (told.At - told.ReceivedAt > Options.Admission.FutureTolerance)
        {
            Apply(told with { At = told.ReceivedAt }, output);
            return;
        }
        if (IsOffDutyAt(told.At, told.ReceivedAt))
        {
            output.IsOffDuty = true;
            _signal.Note(told);
            return;
        }
        _signal.Hear(told, Options.Signal, MarkerPoint, output.Events);
        HearBattery(told, output);
        _mock.Apply(told.Kind, _hasNewest ? ByDevice(told.ReceivedAt) : told.ReceivedAt, MarkerPoint, Options.Mock, output.Events);
    }

    private void Hear(in Fix fix, TurnOutput output)
    {
        _signal.Hear(fix, Options.Signal, MarkerPoint, output.Events);
        _alarms.Apply(fix, output.Events);
        HearBattery(fix, output);
    }

    // Everything that happens to a fix whose outcome is known, in order.
    private void Settle(in Fix fix, FixOutcome outcome, int deviceKey, TurnOutput output, bool cameBack = false)
    {
        output.Judged.Add(new JudgedFix(fix, outcome));
        if (outcome == FixOutcome.Duplicate) return;
        bool otherDevice = _hasNewest && deviceKey != _newestDevice, follows = FollowsNewest(fix);
        var view = new MockView(in _newest, follows && !otherDevice, in fix, outcome, cameBack, Options.Admission) { IsOtherDevice = otherDevice };
        if (outcome == FixOutcome.Late)
        {
            _mock.Apply(view, ByDevice(fix.ReceivedAt), Options.Mock, output.Events);
            return;
        }
        bool vague = outcome == FixOutcome.Inaccurate;
        bool accepted = outcome == FixOutcome.Accepted;
        if (accepted || vague) MoveMarker(fix, vague);
        if (accepted) _fences.Apply(_newest, follows, fix, _context, RepKey, output.Passages);
        if (vague && IsClaimedValid(fix)) _fences.ApplyVague(_newest, follows, fix, _context, RepKey, output.Passages);
        TellPassages(output);
        if (accepted) _behaviour.Apply(fix, _newest, follows, LimitHere(), Options.Behaviour, output.Events);
        if (accepted) _stops.Apply(fix, _newest, Options.Stops, output.Events, null);
        if (accepted) WatchPlaces(fix, output);
        _mock.Apply(view, fix.FixedAt < fix.ReceivedAt ? fix.FixedAt : fix.ReceivedAt, Options.Mock, output.Events);
        if (!accepted) return;
        _newest = fix;
        _newestDevice = deviceKey;
        _hasNewest = true;
    }

    private static bool IsClaimedValid(in Fix fix) => (fix.Traits & FixTraits.DeclaredInvalid) == 0;

    /// <summary>The earliest instant, by the server's clock, at which <see cref="Tick"/> may have something to say.</summary>
    public Instant NextTickAt
    {
        get
        {
            Instant next = _signal.NextTickAt(Options.Signal);
            if (_admission.HasHeld) next = Earlier(next, HeldUntil);
            if (_duty is not null) next = Earlier(next, _duty.NextTickAt);
            if (_hasNewest && _fences.NextTickAt != Instant.Max) next = Earlier(next, ByServer(_fences.NextTickAt));
            return next;
        }
    }

    /// <summary>Says what only time can tell.</summary>
    /// <param name="now">The server's clock.</param>
    /// <param name="output">Takes events.</param>
    public void Tick(Instant now, TurnOutput output)
    {
        _options = _context.OptionsOf(RepKey);
        LookAtDuty(now, output);
        // Instant by instant, so that one late tick says the same, in the same order, as many early ones.
        for (Instant at = NextTickAt; at <= now;)
        {
            TickAt(at, output);
            Instant next = NextTickAt;
            at = next > at ? next : at < now ? now : Instant.Max;
        }
    }

    private void TickAt(Instant at, TurnOutput output)
    {
        if (_admission.HasHeld && at >= HeldUntil) Settle(_admission.TakeHeld(), FixOutcome.Spike, _heldDevice, output);
        if (_hasNewest && ByDevice(at) >= _fences.NextTickAt) _fences.Tick(ByDevice(at), _newest, _context, output.Passages);
        TellPassages(output);
        _signal.Tick(at, Options.Signal, _context.NeighboursLost, RepKey, MarkerPoint, output.Events);
        TickDuty(at, output);
    }

    // The device's clock runs on from the newest accepted fix: imports of old tracks dwell in their own time.
    private Instant ByDevice(Instant server) => new(_newest.FixedAt.EpochMs + (server.EpochMs - _newest.ReceivedAt.EpochMs));

    private Instant ByServer(Instant device) => new(_newest.ReceivedAt.EpochMs + (device.EpochMs - _newest.FixedAt.EpochMs));

    /// <summary>Evaluates a geofence that was created, changed or deleted, which the context's index has already taken.</summary>
    public void GeofenceChanged(GeofenceChange change, TurnOutput output)
    {
        Tick(change.At, output);
        if (!IsOnDuty) return;
        _fences.GeofenceChanged(change, _newest, _hasNewest, _context, RepKey, output.Passages);
        TellPassages(output);
    }

    /// <summary>What the live map shows: off duty nothing but that.</summary>
    public RepLive Live => IsOnDuty ? LiveOnDuty : new() { RepKey = RepKey, Status = SignalStatus.OffDuty, HeardAt = _signal.HeardAt };

    private RepLive LiveOnDuty => new()
    {
        RepKey = RepKey,
        Status = _signal.Status,
        Motion = _stops.Motion,
        HasPosition = _hasNewest || _vague is not null,
        FixedAt = _vague?.FixedAt ?? _newest.FixedAt,
        HeardAt = _signal.HeardAt,
        Position = _vague?.Position ?? _newest.Position,
        AccuracyM = _vague?.AccuracyM ?? _newest.AccuracyM,
        SpeedMps = _vague?.SpeedMps ?? _newest.SpeedMps,
        CourseDeg = _vague?.CourseDeg ?? _newest.CourseDeg,
        BatteryPct = _signal.BatteryPct,
        MockScore = _mock.Score,
        InsideGeofences = _fences.Inside,
    };

    // The marker stands at the newest of the accepted and the vague fixes, and never moves back.
    private void MoveMarker(in Fix fix, bool vague)
    {
        if (_vague is not null && fix.FixedAt < _vague.FixedAt) return;
        _vague = vague ? Marker.Of(fix) : null;
    }

    private GeoPoint? MarkerPoint => _vague is not null ? _vague.Position : _hasNewest ? _newest.Position : null;

    // Those of the rep's group when time was last let in, which every turn does first.
    private TrackerOptions Options => _options;

    private Instant HeldUntil => _admission.HeldReceivedAt + _signal.LostAfter(Options.Signal);

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;
}

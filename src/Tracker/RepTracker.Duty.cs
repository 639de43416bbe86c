using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>On duty and off: off duty nothing is watched, shown or kept.</content>
public sealed partial class RepTracker
{
    private Duty? _duty;
    private bool _isDutyKnown;

    /// <summary>Whether the rep is on duty, as of its newest turn; without a shift it always is.</summary>
    public bool IsOnDuty => _duty is null or { IsOn: true };

    /// <summary>Whether what belongs to a time off duty is to be kept all the same.</summary>
    public bool KeepsOffDuty => Options.Duty.StoreOffDuty;

    /// <summary>Takes shifts that have changed, which the context's index has taken.</summary>
    public void ShiftsChanged(Instant at, TurnOutput output)
    {
        Tick(at, output);
        if (_isDutyKnown) Assign(_context.FindRep(RepKey), at, output);
    }

    // What a rep's shift is depends on its group, and its hours on its time zone; both may have changed.
    private void LookAtDuty(Instant now, TurnOutput output)
    {
        if (_isDutyKnown && _duty is null && _context.Shifts.Count == 0) return;
        Rep? rep = _context.FindRep(RepKey);
        if (!_isDutyKnown) KnowDuty(rep, now);
        else if (_duty is null || !ReferenceEquals(rep, _duty.Rep)) Assign(rep, now, output);
    }

    private void KnowDuty(Rep? rep, Instant now)
    {
        _isDutyKnown = true;
        if (_context.Shifts.For(rep) is not { } shift) return;
        _duty = new Duty(shift, ZoneOf(rep), _context.Shifts) { Rep = rep };
        _duty.Look(now, now);
        if (!_duty.IsOn) _signal.Rest();
    }

    private void Assign(Rep? rep, Instant at, TurnOutput output)
    {
        Shift? shift = _context.Shifts.For(rep);
        Duty? before = _duty;
        if (before is not null) before.Rep = rep;
        if (ReferenceEquals(shift, before?.Shift) && (shift is null || before!.TimeZone == (shift.TimeZone ?? ZoneOf(rep)))) return;
        bool wasOn = IsOnDuty, changed = !wasOn;
        _duty = shift is null ? null : new Duty(shift, ZoneOf(rep), _context.Shifts) { Rep = rep };
        if (_duty is not null)
        {
            if (before is null) _duty.TakeOverAlwaysOn();
            else _duty.TakeOver(before);
            changed = _duty.Look(at, at);
        }
        if (changed) Switch(at, at, ShiftCause.Change, null, output);
    }

    private static string ZoneOf(Rep? rep) => rep is { TimeZone.Length: > 0 } ? rep.TimeZone : "UTC";

    private void TickDuty(Instant at, TurnOutput output)
    {
        if (_duty is null || at < _duty.NextTickAt) return;
        if (_duty.Look(at, at)) Switch(at, at, ShiftCause.Schedule, at, output);
    }

    private void Switch(Instant at, Instant confirmedAt, ShiftCause cause, Instant? scheduledAt, TurnOutput output)
    {
        string? id = _duty?.Shift.Id;
        if (IsOnDuty)
        {
            _signal.Resume(at);
            output.Events.Add(new ShiftBegan { At = at, ConfirmedAt = confirmedAt, ShiftId = id, Cause = cause, ScheduledAt = scheduledAt });
            return;
        }
        EndWatch(at, confirmedAt, output);
        _signal.Rest();
        output.Events.Add(new ShiftEnded { At = at, ConfirmedAt = confirmedAt, ShiftId = id, Cause = cause, ScheduledAt = scheduledAt });
    }

    // Where the rep is when its shift ends it has been until then; where it goes is its own affair.
    private void EndWatch(Instant at, Instant confirmedAt, TurnOutput output)
    {
        _fences.EndAll(at, confirmedAt, output.Passages);
        TellPassages(output);
        _fences = new();
        _behaviour.Rest();
    }

    private bool IsOffDutyAt(Instant at, Instant receivedAt) => _duty is not null && !_duty.IsOnAt(Earlier(at, receivedAt));

    // A cry for help is heard at any time.
    private FixOutcome? TakeOffDuty(in Fix fix, TurnOutput output)
    {
        output.IsOffDuty = true;
        _alarms.Apply(fix, output.Events);
        if (!fix.HasPosition) return null;
        output.Judged.Add(new JudgedFix(fix, FixOutcome.OffDuty));
        return FixOutcome.OffDuty;
    }

    // The way from the last fix of a shift to the first of the next one is nobody's business.
    private bool FollowsNewest(in Fix fix) =>
        _hasNewest && !(_duty is not null && _newest.FixedAt < _duty.EndedAt && fix.FixedAt >= _duty.EndedAt);

    private void SaveDuty(SnapshotWriter snapshot)
    {
        snapshot.Byte((byte)(!_isDutyKnown ? 0 : _duty is null ? 1 : 2));
        _duty?.Save(snapshot);
    }

    private void LoadDuty(ref SnapshotReader reader)
    {
        int known = reader.Count(2);
        _isDutyKnown = known > 0;
        if (known == 2) _duty = Duty.Load(ref reader, _context.Shifts);
    }
}

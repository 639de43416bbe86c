using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Whether a rep whom a shift concerns is on duty: by the shift's hours, and by what check-ins said of some last spans of time.
/// Reps without a shift have none of this, and are always on duty.
/// </summary>
internal sealed class Duty
{
    private const int MostSpans = 4;

    /// <summary>How far from its time a check-in still belongs to a beginning or an end.</summary>
    private static readonly TimeSpan Near = TimeSpan.FromHours(4);

    private readonly Shift _shift;
    private readonly WeekCalendar _calendar;
    private readonly Span[] _spans = new Span[MostSpans];
    private int _count;

    // Where the calendar was asked last, and until when its answer holds. Not part of the state.
    private Instant _askedAt = Instant.Max, _heldUntil = Instant.Min;
    private bool _wasOpen;

    /// <summary>What a check-in said of a span of time; a later one wins.</summary>
    private readonly record struct Span(bool IsOn, Instant From, Instant To);

    public Duty(Shift shift, string timeZone, ShiftIndex shifts)
    {
        (_shift, TimeZone) = (shift, shift.TimeZone ?? timeZone);
        _calendar = shifts.CalendarOf(shift, TimeZone);
    }

    public Shift Shift => _shift;

    /// <summary>For whom it was found last; another one may have another shift or time zone. Not part of the state.</summary>
    public Rep? Rep { get; set; }

    /// <summary>In which its hours are meant.</summary>
    public string TimeZone { get; }

    /// <summary>Whether the rep is on duty now, as of the newest tick.</summary>
    public bool IsOn { get; private set; }

    /// <summary>When it went off duty last; <see cref="Instant.Min"/>: never.</summary>
    public Instant EndedAt { get; private set; } = Instant.Min;

    /// <summary>When time may change it next.</summary>
    public Instant NextTickAt { get; private set; } = Instant.Max;

    /// <summary>Whether the rep was, is or will be on duty at an instant, as far as is known.</summary>
    public bool IsOnAt(Instant at)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (at >= _spans[i].From && at < _spans[i].To) return _spans[i].IsOn;
        }
        return _shift.Mode == DutyMode.Schedule && IsOpen(at);
    }

    /// <summary>Looks whether the rep is on duty now.</summary>
    /// <param name="now">The present.</param>
    /// <param name="since">Since when it is so, if it has changed.</param>
    /// <returns>Whether it has changed.</returns>
    public bool Look(Instant now, Instant since)
    {
        bool isOn = IsOnAt(now), changed = isOn != IsOn;
        if (changed && !isOn) EndedAt = since;
        IsOn = isOn;
        NextTickAt = _shift.Mode == DutyMode.Schedule ? OpenUntil(now) : Instant.Max;
        for (int i = 0; i < _count; i++)
        {
            if (_spans[i].From > now) NextTickAt = Earlier(NextTickAt, _spans[i].From);
            if (_spans[i].To > now) NextTickAt = Earlier(NextTickAt, _spans[i].To);
        }
        return changed;
    }

    /// <summary>Takes the word that work begins; false: the rep was on duty already.</summary>
    public bool TryBegin(Instant at, TimeSpan atMost)
    {
        if (IsOnAt(at)) return false;
        Instant end = at + atMost;
        // Before its hours: until they begin. In them, after an early end: until they end.
        if (_shift.Mode == DutyMode.Schedule && (IsOpen(at) || OpenUntil(at) < end)) end = OpenUntil(at);
        Add(new Span(true, at, end));
        return true;
    }

    /// <summary>Takes the word that work ends; false: the rep was off duty already.</summary>
    public bool TryEnd(Instant at)
    {
        if (!IsOnAt(at)) return false;
        Instant end = _shift.Mode == DutyMode.Schedule && IsOpen(at) ? OpenUntil(at) : at;
        for (int i = 0; i < _count; i++)
        {
            if (_spans[i].IsOn && at >= _spans[i].From && _spans[i].To > end) end = _spans[i].To;
        }
        Add(new Span(false, at, end));
        return true;
    }

    /// <summary>When the beginning or the end near an instant was due; null: none was.</summary>
    public Instant? ScheduledAt(Instant at, bool isBegin) => isBegin ? _calendar.BeginNear(at, Near) : _calendar.EndNear(at, Near);

    /// <summary>Takes over what check-ins said under another shift or time zone.</summary>
    public void TakeOver(Duty before)
    {
        before._spans.CopyTo(_spans, 0);
        (_count, IsOn, EndedAt) = (before._count, before.IsOn, before.EndedAt);
    }

    /// <summary>Begins with a rep that was always on duty until now.</summary>
    public void TakeOverAlwaysOn() => IsOn = true;

    // In the order of their beginnings, so that the later word counts; the oldest are forgotten.
    private void Add(Span span)
    {
        if (_count == MostSpans)
        {
            _spans.AsSpan(1).CopyTo(_spans);
            _count--;
        }
        int at = _count;
        while (at > 0 && _spans[at - 1].From > span.From)
        {
            _spans[at] = _spans[at - 1];
            at--;
        }
        _spans[at] = span;
        _count++;
    }

    private bool IsOpen(Instant at)
    {
        if (at >= _askedAt && at < _heldUntil) return _wasOpen;
        _wasOpen = _calendar.IsOpen(at, out _heldUntil);
        _askedAt = at;
        return _wasOpen;
    }

    private Instant OpenUntil(Instant at)
    {
        IsOpen(at);
        return _heldUntil;
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

    public void Save(SnapshotWriter writer)
    {
        writer.Text(_shift.Id);
        writer.Text(TimeZone);
        writer.Byte((byte)((IsOn ? 1 : 0) | (_count << 1)));
        writer.Time(EndedAt);
        writer.Time(NextTickAt);
        for (int i = 0; i < _count; i++)
        {
            writer.Bool(_spans[i].IsOn);
            writer.Time(_spans[i].From);
            writer.Time(_spans[i].To);
        }
    }

    /// <summary>Restores what <see cref="Save"/> wrote; null: the shift is not there any more.</summary>
    public static Duty? Load(ref SnapshotReader reader, ShiftIndex shifts)
    {
        string id = reader.Text(), zone = reader.Text();
        int flags = reader.Count(1 | (MostSpans << 1));
        Instant endedAt = reader.Time(), nextTickAt = reader.Time();
        var spans = new Span[flags >> 1];
        for (int i = 0; i < spans.Length; i++) spans[i] = new Span(reader.Bool(), reader.Time(), reader.Time());
        if (shifts.Get(id) is not { } shift) return null;
        var duty = new Duty(shift, zone, shifts) { IsOn = (flags & 1) != 0, EndedAt = endedAt, NextTickAt = nextTickAt, _count = spans.Length };
        spans.CopyTo(duty._spans, 0);
        return duty;
    }
}

using System.Collections.Concurrent;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>All shifts, and which of them concerns a rep. Changed by the host between turns only; read by many trackers at once.</summary>
public sealed class ShiftIndex
{
    private readonly SortedDictionary<string, Shift> _shifts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shift> _ofRep = new(StringComparer.Ordinal), _ofGroup = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Id, string TimeZone), WeekCalendar> _calendars = new();
    private Shift? _ofAll;

    /// <summary>How many there are.</summary>
    public int Count => _shifts.Count;

    /// <summary>Adds a shift, or takes it in place of the one with its id.</summary>
    public void Put(Shift shift)
    {
        _shifts[shift.Id] = shift;
        Arrange();
    }

    /// <summary>Removes a shift; false when there is none with that id.</summary>
    public bool Remove(string id)
    {
        if (!_shifts.Remove(id)) return false;
        Arrange();
        return true;
    }

    /// <summary>A shift by its id; null: there is none.</summary>
    public Shift? Get(string id) => _shifts.GetValueOrDefault(id);

    /// <summary>
    /// The shift that concerns a rep: one that names it, else one of its group or of the nearest group above, else one for
    /// everybody; of several the one with the smallest id. Null: none, so the rep is always on duty.
    /// </summary>
    public Shift? For(Rep? rep)
    {
        if (_shifts.Count == 0) return null;
        if (rep is null) return _ofAll;
        if (_ofRep.TryGetValue(rep.Id, out Shift? own)) return own;
        for (string path = rep.Group; path.Length > 0 && _ofGroup.Count > 0;)
        {
            if (_ofGroup.TryGetValue(path, out Shift? shift)) return shift;
            int slash = path.LastIndexOf('/');
            path = slash < 0 ? "" : path[..slash];
        }
        return _ofAll;
    }

    internal WeekCalendar CalendarOf(Shift shift, string timeZone) =>
        _calendars.GetOrAdd((shift.Id, timeZone), static (key, shift) => new WeekCalendar(shift.Windows, shift.Exceptions, key.TimeZone), shift);

    private void Arrange()
    {
        _ofRep.Clear();
        _ofGroup.Clear();
        _calendars.Clear();
        _ofAll = null;
        foreach (Shift shift in _shifts.Values)
        {
            foreach (string rep in shift.Reps) _ofRep.TryAdd(rep, shift);
            foreach (string group in shift.Groups) _ofGroup.TryAdd(group, shift);
            if (shift.Reps.Count == 0 && shift.Groups.Count == 0) _ofAll ??= shift;
        }
    }
}

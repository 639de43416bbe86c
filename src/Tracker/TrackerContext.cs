using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What all trackers of a host share.</summary>
public sealed class TrackerContext
{
    /// <summary>The parameters of the rules, by rep.</summary>
    public required RepOptions Options { get; init; }

    /// <summary>All geofences; changed by the host between turns only.</summary>
    public required GeofenceIndex Geofences { get; init; }

    /// <summary>All shifts; changed by the host between turns only.</summary>
    public ShiftIndex Shifts { get; init; } = new();

    /// <summary>Finds a rep, to decide which geofences concern it; null: unknown.</summary>
    public required Func<int, Rep?> FindRep { get; init; }

    /// <summary>
    /// What share of the other reps near a position, heard of shortly before, has fallen silent as well: 0 to 1. Asked once when
    /// a rep is lost, with its key and its last position; null: nobody knows, and no outage is told.
    /// </summary>
    public Func<int, GeoPoint, double>? NeighboursLost { get; init; }

    /// <summary>The parameters of the rules for a rep, as it is grouped now.</summary>
    internal TrackerOptions OptionsOf(int repKey) => Options.IsUniform ? Options.Everyone : Options.Of(FindRep(repKey));
}

/// <summary>What one turn of a tracker gives: reused by the host, so nothing is allocated per fix.</summary>
public sealed class TurnOutput
{
    /// <summary>Events in the order in which they happened to be decided.</summary>
    public List<TrackEvent> Events { get; } = [];

    /// <summary>Fixes whose outcome was decided, in the order of decision; duplicates are among them.</summary>
    public List<JudgedFix> Judged { get; } = [];

    /// <summary>Whether what was taken in belongs to a time at which the rep was off duty: unless it is to be kept, it is not stored.</summary>
    public bool IsOffDuty { get; internal set; }

    // What the rep did at geofences, until it is told as events.
    internal List<Passage> Passages { get; } = [];

    /// <summary>Turns what the rep did at geofences into events, in order.</summary>
    internal void TellPassages()
    {
        foreach (Passage passage in Passages) Events.Add(passage.ToEvent());
        Passages.Clear();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Events.Clear();
        Judged.Clear();
        IsOffDuty = false;
    }
}

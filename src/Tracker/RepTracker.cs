using System.Buffers;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The tracker of one rep: fixes in, events out. Reads no clock and does no I/O; the same input gives the same output,
/// so a snapshot and the journal behind it restore it exactly. Not safe for use by two threads at once.
/// </summary>
public sealed class RepTracker
{
    /// <summary>A tracker that has seen nothing.</summary>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="context">Options and geofences, shared by all trackers of a host.</param>
    public RepTracker(int repKey, TrackerContext context) => throw new NotImplementedException();

    /// <summary>Whose it is.</summary>
    public int RepKey => throw new NotImplementedException();

    /// <summary>What the live map shows.</summary>
    public RepLive Live => throw new NotImplementedException();

    /// <summary>The earliest instant, by the server's clock, at which <see cref="Tick"/> may have something to say.</summary>
    public Instant NextTickAt => throw new NotImplementedException();

    /// <summary>
    /// Takes one fix. First says what time alone decided until <see cref="Fix.ReceivedAt"/>, so that the events do not
    /// depend on when the host ticked.
    /// </summary>
    /// <returns>The fix's outcome; null while it is held as a possible spike: the next fix decides.</returns>
    public FixOutcome? Apply(in Fix fix, TurnOutput output) => throw new NotImplementedException();

    /// <summary>Says what only time can tell.</summary>
    /// <param name="now">The server's clock.</param>
    /// <param name="output">Takes events.</param>
    public void Tick(Instant now, TurnOutput output) => throw new NotImplementedException();

    /// <summary>Evaluates a geofence that was created, changed or deleted, which the context's index has already taken.</summary>
    public void GeofenceChanged(GeofenceChange change, TurnOutput output) => throw new NotImplementedException();

    /// <summary>Writes the whole state.</summary>
    public void Save(IBufferWriter<byte> writer) => throw new NotImplementedException();

    /// <summary>Restores a tracker from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are no snapshot, or one of an unknown version.</exception>
    public static RepTracker Load(int repKey, ReadOnlySpan<byte> snapshot, TrackerContext context) => throw new NotImplementedException();
}

/// <summary>What all trackers of a host share.</summary>
public sealed class TrackerContext
{
    /// <summary>The parameters of the rules.</summary>
    public required TrackerOptions Options { get; init; }

    /// <summary>All geofences; changed by the host between turns only.</summary>
    public required GeofenceIndex Geofences { get; init; }

    /// <summary>Finds a rep, to decide which geofences concern it; null: unknown.</summary>
    public required Func<int, Rep?> FindRep { get; init; }
}

/// <summary>What one turn of a tracker gives: reused by the host, so nothing is allocated per fix.</summary>
public sealed class TurnOutput
{
    /// <summary>Events in the order in which they happened to be decided.</summary>
    public List<TrackEvent> Events { get; } = [];

    /// <summary>Fixes whose outcome was decided, in the order of decision; duplicates are among them.</summary>
    public List<JudgedFix> Judged { get; } = [];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Events.Clear();
        Judged.Clear();
    }
}

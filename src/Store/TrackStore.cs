using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// Tracks, tracker snapshots and the geofences as the trackers know them. A checkpoint is one transaction with the
/// journal cursor in it, so a crash at any instant leaves the store exactly at a cursor, and nothing is stored twice.
/// </summary>
public interface ITrackStore : IAsyncDisposable
{
    /// <summary>Reads what a host needs to go on: the cursor, the geofences at that cursor and every snapshot.</summary>
    /// <param name="state">Called once a rep with its key and snapshot; the memory is valid during the call.</param>
    /// <param name="geofence">Called once a geofence, before any state.</param>
    /// <param name="definition">Called once a definition that trackers obey, before any state.</param>
    /// <returns>The sequence number of the last journal record that the store holds; 0: none.</returns>
    long Restore(Action<Geofence> geofence, Action<Definition> definition, Action<int, ReadOnlyMemory<byte>> state);

    /// <summary>Writes a checkpoint, all or nothing.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written; try again.</exception>
    ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel);

    /// <summary>Reads a part of a track in the order of <see cref="Fix.FixedAt"/>, then of arrival.</summary>
    /// <param name="repKey">Whose.</param>
    /// <param name="from">First instant.</param>
    /// <param name="to">Last instant, exclusive.</param>
    /// <param name="after">Where the page before ended; null: from the beginning.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="withAttributes">Whether <see cref="TrackPage.Attributes"/> is wanted.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    ValueTask<TrackPage> ReadTrackAsync(
        int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel, bool withAttributes = false);

    /// <summary>Reads how active reps were, by rep and then by time.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    ValueTask<IReadOnlyList<ActivityBucket>> ReadActivityAsync(ActivityQuery query, CancellationToken cancel);

    /// <summary>
    /// Reads whose history late fixes have changed since it was last derived. A checkpoint notes that in its own transaction, for
    /// late fixes that are no repeats; those touched longest ago come first.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    ValueTask<IReadOnlyList<LateSpan>> ReadLateAsync(int limit, CancellationToken cancel);

    /// <summary>Forgets that a rep's history was changed, unless it has been changed again since this was read.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written; try again.</exception>
    ValueTask ForgetLateAsync(LateSpan span, CancellationToken cancel);

    /// <summary>Reads device events of a rep in the order of <see cref="DeviceEvent.At"/>.</summary>
    /// <param name="ask">Which.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    ValueTask<DeviceEventPage> ReadDeviceEventsAsync(DeviceEventQuery ask, CancellationToken cancel);

    /// <summary>
    /// Erases all fixes of a rep and its tracker, and its name out of the geofences that the trackers know. From here on no checkpoint
    /// brings any of it back, because the registry knows that the rep is erased.
    /// </summary>
    /// <returns>How many fixes and trackers there were.</returns>
    /// <exception cref="StoreUnavailableException">Not all of it is erased; try again.</exception>
    ValueTask<long> EraseAsync(int repKey, string repId, CancellationToken cancel);

    /// <summary>Writes anew what may hold bytes of erased fixes between two instants, so that nothing of them is left in any file.</summary>
    /// <exception cref="StoreUnavailableException">Not now; try again.</exception>
    ValueTask ScrubAsync(Instant from, Instant to, CancellationToken cancel);

    /// <summary>Deletes what was fixed before an instant, and what devices told before it; returns how many fixes.</summary>
    ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel);
}

/// <summary>The part of a rep's history that late fixes have changed.</summary>
/// <param name="RepKey">Whose.</param>
/// <param name="From">The earliest late fix.</param>
/// <param name="To">The latest late fix.</param>
/// <param name="FirstAt">When the first of them was stored, by the server's clock.</param>
/// <param name="LastAt">When the last of them was stored.</param>
/// <param name="Touches">How many checkpoints brought late fixes.</param>
public readonly record struct LateSpan(int RepKey, Instant From, Instant To, Instant FirstAt, Instant LastAt, long Touches);

/// <summary>A page of a track.</summary>
/// <param name="Fixes">In order.</param>
/// <param name="Next">Where it ended; null: nothing follows.</param>
public sealed record TrackPage(IReadOnlyList<JudgedFix> Fixes, TrackPosition? Next)
{
    /// <summary>For each fix what the device sent along, a JSON object in UTF-8, or null; null when it was not asked for.</summary>
    public IReadOnlyList<byte[]?>? Attributes { get; init; }
}

/// <summary>A place in a track: the instant of a fix and how many of that instant lie before it.</summary>
/// <param name="FixedAt">The instant of the last fix read.</param>
/// <param name="Skip">How many fixes of that instant were read.</param>
public readonly record struct TrackPosition(Instant FixedAt, int Skip);

/// <summary>What is written in one transaction.</summary>
public sealed class Checkpoint
{
    /// <summary>The last journal record that is contained.</summary>
    public required long Sequence { get; init; }

    /// <summary>Fixes in the order of decision, rep by rep or mixed; the store groups them and drops late exact repeats.</summary>
    public required IReadOnlyList<RepFix> Fixes { get; init; }

    /// <summary>Snapshots of the trackers that changed.</summary>
    public required IReadOnlyList<RepState> States { get; init; }

    /// <summary>What devices told, in the order of the journal; the store drops repeats.</summary>
    public IReadOnlyList<RepDeviceEvent> DeviceEvents { get; init; } = [];

    /// <summary>Changes of definitions that the trackers have taken.</summary>
    public IReadOnlyList<DefinitionChange> DefinitionChanges { get; init; } = [];

    /// <summary>Geofence changes that the trackers have taken.</summary>
    public required IReadOnlyList<GeofenceChange> GeofenceChanges { get; init; }
}

/// <summary>A judged fix of a rep with what the device sent along.</summary>
/// <param name="RepKey">Whose.</param>
/// <param name="Judged">The fix and its outcome.</param>
/// <param name="Attributes">A JSON object in UTF-8, or nothing.</param>
public readonly record struct RepFix(int RepKey, JudgedFix Judged, byte[]? Attributes);

/// <summary>What a device of a rep told. Repeats are those of the same rep, instant, kind, device and name; the first counts.</summary>
/// <param name="RepKey">Whose.</param>
/// <param name="Event">What.</param>
public readonly record struct RepDeviceEvent(int RepKey, DeviceEvent Event);

/// <summary>Which device events are asked for.</summary>
/// <param name="RepKey">Whose.</param>
/// <param name="From">First instant.</param>
/// <param name="To">Last instant, exclusive.</param>
/// <param name="Kind">Only this kind; null: every kind.</param>
/// <param name="After">Where the page before ended; null: from the beginning.</param>
/// <param name="Limit">At most so many.</param>
public sealed record DeviceEventQuery(int RepKey, Instant From, Instant To, DeviceEventKind? Kind, TrackPosition? After, int Limit);

/// <summary>A page of device events.</summary>
/// <param name="Events">In order.</param>
/// <param name="Next">Where it ended; null: nothing follows.</param>
public sealed record DeviceEventPage(IReadOnlyList<DeviceEvent> Events, TrackPosition? Next)
{
    /// <summary>The page of what a store read, one more than was asked for when something follows.</summary>
    internal static DeviceEventPage Of(List<DeviceEvent> read, DeviceEventQuery ask)
    {
        if (read.Count <= ask.Limit) return new DeviceEventPage(read, null);
        read.RemoveRange(ask.Limit, read.Count - ask.Limit);
        Instant last = read[^1].At;
        int skip = ask.After is { } after && after.FixedAt == last ? after.Skip : 0;
        for (int i = read.Count - 1; i >= 0 && read[i].At == last; i--) skip++;
        return new DeviceEventPage(read, new TrackPosition(last, skip));
    }
}

/// <summary>A tracker's snapshot.</summary>
/// <param name="RepKey">Whose.</param>
/// <param name="Snapshot">What the tracker saved.</param>
public readonly record struct RepState(int RepKey, ReadOnlyMemory<byte> Snapshot);

/// <summary>The store cannot be used now; nothing was done, and trying again later is right.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <inheritdoc/>
    public StoreUnavailableException() { }

    /// <inheritdoc/>
    public StoreUnavailableException(string message) : base(message) { }

    /// <inheritdoc/>
    public StoreUnavailableException(string message, Exception inner) : base(message, inner) { }
}

using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>How a write of geofences ended.</summary>
internal enum FenceWriteResult
{
    /// <summary>Kept, and in the journal.</summary>
    Done,
    /// <summary>The version is another, or the geofence exists already.</summary>
    Conflict,
    /// <summary>There is none.</summary>
    Missing,
    /// <summary>Too large for a journal record.</summary>
    TooLarge,
    /// <summary>This node has no trackers to bring the change to.</summary>
    Elsewhere,
    /// <summary>The journal takes nothing now.</summary>
    Unavailable,
}

/// <summary>
/// Writes geofences: first the registry, then the journal, so that trackers meet the change at one place in the order of
/// fixes. One writer at a time keeps the journal in the order of the versions.
/// </summary>
internal sealed class FenceWriter(Registry registry, ChangeJournal journal, LiveMapOptions options) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Creates or replaces geofences, all or none.</summary>
    /// <param name="fences">With ids.</param>
    /// <param name="mustBeNew">Whether one that exists is a conflict.</param>
    /// <param name="expectedVersion">For one geofence: the version that it must have; null: any.</param>
    /// <param name="cancel">Gives up before anything is written.</param>
    public async Task<(FenceWriteResult Result, IReadOnlyList<Geofence> Stored)> PutAsync(
        IReadOnlyList<Geofence> fences, bool mustBeNew, long? expectedVersion, CancellationToken cancel)
    {
        if (!options.TakesGeofences) return (FenceWriteResult.Elsewhere, []);
        if (fences.Any(static fence => !FitsRecord(fence))) return (FenceWriteResult.TooLarge, []);
        JournalTicket ticket;
        IReadOnlyList<Geofence>? stored;
        await _writing.WaitAsync(cancel);
        try
        {
            if (mustBeNew && fences.Any(fence => registry.FindGeofence(fence.Id) is not null)) return (FenceWriteResult.Conflict, []);
            if (!registry.TryPutGeofences(fences, expectedVersion, out stored)) return (FenceWriteResult.Conflict, []);
            ticket = await AppendAsync([.. stored.Select(static fence => new GeofenceChange(fence.Key, fence, default))]);
        }
        finally
        {
            _writing.Release();
        }
        return (ticket.Accepted && await ticket.WhenDurableAsync() ? FenceWriteResult.Done : FenceWriteResult.Unavailable, stored);
    }

    /// <summary>Deletes a geofence.</summary>
    public async Task<FenceWriteResult> DeleteAsync(string id, long? expectedVersion, CancellationToken cancel)
    {
        if (!options.TakesGeofences) return FenceWriteResult.Elsewhere;
        JournalTicket ticket;
        await _writing.WaitAsync(cancel);
        try
        {
            if (registry.DeleteGeofence(id, expectedVersion) is not { } deleted)
                return registry.FindGeofence(id) is null ? FenceWriteResult.Missing : FenceWriteResult.Conflict;
            ticket = await AppendAsync([new GeofenceChange(deleted.Key, null, default)]);
        }
        finally
        {
            _writing.Release();
        }
        return ticket.Accepted && await ticket.WhenDurableAsync() ? FenceWriteResult.Done : FenceWriteResult.Unavailable;
    }

    /// <summary>Whether a geofence's change fits a journal record.</summary>
    public static bool FitsRecord(Geofence fence) =>
        GeofenceChangeJsonConverter.ToUtf8(new(int.MaxValue, fence, Instant.Max)).Length <= JournalRecord.MaxGeofenceBytes;

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    private Task<JournalTicket> AppendAsync(GeofenceChange[] changes) => journal.AppendAsync(changes.Length, (i, now) =>
        ChangeJournal.RecordOf(JournalRecordKind.GeofenceChanged, now, GeofenceChangeJsonConverter.ToUtf8(changes[i] with { At = now })));
}

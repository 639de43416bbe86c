using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>The track store in one SQLite file.</summary>
public sealed class SqliteTrackStore : ITrackStore
{
    /// <summary>Opens the store, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static SqliteTrackStore Open(string path, TrackStoreOptions options, Metrics metrics, TimeProvider clock) => throw new NotImplementedException();

    /// <inheritdoc/>
    public long Restore(Action<Geofence> geofence, Action<int, ReadOnlyMemory<byte>> state) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<TrackPage> ReadTrackAsync(int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>The limits of the track store.</summary>
public sealed record TrackStoreOptions;

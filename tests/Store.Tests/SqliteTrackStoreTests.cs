namespace Tracking.Store.Tests;

/// <summary>The embedded store with its usual limits: most of what the tests write stays in the log.</summary>
public class SqliteTrackStoreTests : TrackStoreConformance
{
    private readonly TempFolder _folder = new();

    protected string FilePath => _folder["tracks.db"];

    protected virtual TrackStoreOptions Options => new();

    protected override Task<ITrackStore> OpenAsync() =>
        Task.FromResult<ITrackStore>(SqliteTrackStore.Open(FilePath, Options, Metrics, TimeProvider.System));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same with tiny limits: everything moves to the chunks all the time.</summary>
public sealed class BusySqliteTrackStoreTests : SqliteTrackStoreTests
{
    protected override TrackStoreOptions Options => new() { MaxOpenCheckpoints = 3, MaxOpenFixes = 200, ChunkFixes = 16 };
}

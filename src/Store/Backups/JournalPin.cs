using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store.Backups;

/// <summary>
/// Keeps another process from cutting its journal for as long as a backup takes. A journal is cut as soon as the tracks have it, so
/// a copy that is made after that of the tracks would have a gap. A pin that is not renewed, because its process was killed, ends by
/// itself; one that would fill the disk is not heeded, and then <see cref="Check"/> says so.
/// </summary>
internal sealed class JournalPin : IAsyncDisposable
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(60), RenewedEvery = TimeSpan.FromSeconds(10);

    private readonly SqliteFile _file;
    private readonly TimeProvider _clock;
    private readonly string _holder = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewing;
    private readonly long _cutTo;

    public JournalPin(string path, TimeProvider clock)
    {
        (_file, _clock) = (SqliteFile.Open(path, JournalFile.PageBytes, giveSpaceBack: true), clock);
        _file.Migrate(JournalFile.Schema);
        Renew();
        _cutTo = CutTo(_file);
        _renewing = Task.Run(RenewAsync);
    }

    // The record before the first that is there.
    private static long CutTo(SqliteFile file) => file.ReadLong("SELECT coalesce((SELECT min(first) - 1 FROM block), (SELECT sequence FROM highest))");

    private void Renew()
    {
        using SqliteStatement put = _file.Prepare("INSERT OR REPLACE INTO pin(holder, until) VALUES(?, ?)");
        put.Bind(1, _holder).Bind(2, (Instant.Now(_clock) + Lasts).EpochMs).Run();
    }

    private async Task RenewAsync()
    {
        while (true)
        {
            await Task.Delay(RenewedEvery, _clock, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_end.IsCancellationRequested) return;
            Renew();
        }
    }

    /// <summary>Makes sure that a copy holds everything since the pin was set, and gives its last record.</summary>
    /// <exception cref="Archives.ArchiveException">The journal was cut nevertheless.</exception>
    public long Check(string copy)
    {
        using SqliteFile file = SqliteFile.OpenForReading(copy);
        long cutTo = CutTo(file);
        if (cutTo > _cutTo)
            throw new Archives.ArchiveException($"The journal was cut from record {_cutTo} to {cutTo} during the backup, because it grew too large or this process stood still. Try again.");
        return file.ReadLong("SELECT max(coalesce((SELECT max(first + count - 1) FROM block), 0), (SELECT sequence FROM highest))");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _renewing;
        using (SqliteStatement delete = _file.Prepare("DELETE FROM pin WHERE holder = ?1 OR until < ?2"))
            delete.Bind(1, _holder).Bind(2, Instant.Now(_clock).EpochMs).Run();
        _file.Dispose();
        _end.Dispose();
    }
}

using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <content>Whose history late fixes have changed.</content>
public sealed partial class SqliteTrackStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LateSpan>> ReadLateAsync(int limit, CancellationToken cancel) => _readers.ReadAsync(ReadLate, limit, cancel);

    private static IReadOnlyList<LateSpan> ReadLate(SqliteFile file, int limit)
    {
        using SqliteStatement row = file.Prepare("SELECT rep, from_fix, to_fix, first_at, last_at, touches FROM late ORDER BY first_at, rep LIMIT ?");
        row.Bind(1, limit);
        var spans = new List<LateSpan>();
        while (row.Step())
            spans.Add(new(row.Int32(0), new(row.Int64(1)), new(row.Int64(2)), new(row.Int64(3)), new(row.Int64(4)), row.Int64(5)));
        return spans;
    }

    /// <inheritdoc/>
    public async ValueTask ForgetLateAsync(LateSpan span, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            await Task.Run(() => _sql.ForgetLate.Bind(1, span.RepKey).Bind(2, span.Touches).Bind(3, span.FirstAt.EpochMs).Run(), CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void WriteLate()
    {
        long now = Instant.Now(_clock).EpochMs;
        foreach ((int rep, (Instant from, Instant to)) in _late.Spans)
            _sql.PutLate.Bind(1, rep).Bind(2, from.EpochMs).Bind(3, to.EpochMs).Bind(4, now).Run();
    }
}

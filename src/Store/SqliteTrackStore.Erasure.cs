using Tracking.Contracts;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Store;

public sealed partial class SqliteTrackStore
{
    private const int ChunksErasedAtOnce = 2000;

    /// <inheritdoc/>
    public async ValueTask<long> EraseAsync(int repKey, string repId, CancellationToken cancel)
    {
        long erased = 0;
        for (bool more = true; more;)
        {
            // Checkpoints come between the parts.
            await _writing.WaitAsync(cancel);
            try
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                (long count, more) = await Task.Run(() => ErasePart(repKey, repId), CancellationToken.None);
                erased += count;
            }
            finally
            {
                _writing.Release();
            }
        }
        return erased;
    }

    private (long Erased, bool More) ErasePart(int rep, string repId)
    {
        try
        {
            // The log mixes the reps; in the tables each has its own chunks.
            FlushAll();
            _file.Begin();
            long erased = 0;
            using (SqliteStatement count = _file.Prepare("SELECT sum(count) FROM (SELECT count FROM chunk WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)"))
            {
                BindRep(count, rep).Bind(3, ChunksErasedAtOnce);
                if (count.Step()) erased = count.Int64(0);
                count.Reset();
            }
            using SqliteStatement chunks = _file.Prepare("DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)");
            BindRep(chunks, rep).Bind(3, ChunksErasedAtOnce).Run();
            bool more = _file.Changes == ChunksErasedAtOnce;
            foreach (string sql in (string[])["DELETE FROM rep WHERE key = ?", "DELETE FROM device_event WHERE rep = ?", "DELETE FROM late WHERE rep = ?"])
            {
                using SqliteStatement delete = _file.Prepare(sql);
                delete.Bind(1, rep).Run();
                erased += _file.Changes;
            }
            ForgetName(rep, repId);
            lock (_publish) _file.Commit();
            _newest.Remove(rep);
            _file.EmptyLog();
            return (erased, more);
        }
        finally
        {
            Undo();
        }
    }

    private static SqliteStatement BindRep(SqliteStatement statement, int rep) => statement.Bind(1, ChunkKey.Of(rep, 0, 0)).Bind(2, ChunkKey.Of(rep, ChunkKey.MaxDay, ChunkKey.MaxPlace));

    private void ForgetName(int rep, string repId)
    {
        var named = new List<(int Key, byte[] Text)>();
        using (SqliteStatement fence = _file.Prepare("SELECT key, text FROM geofence"))
        {
            while (fence.Step())
            {
                if (GeofenceText.Without(fence.Blob(1), repId, Erasure.TombstoneOf(rep)) is { } text) named.Add((fence.Int32(0), text));
            }
        }
        var obeyed = new List<(int Kind, string Id, long Version, byte[] Json)>();
        using (SqliteStatement definition = _file.Prepare("SELECT kind, id, version, json FROM definition"))
        {
            while (definition.Step())
            {
                if (Registry.Without(definition.Blob(3), repId, Erasure.TombstoneOf(rep)) is { } json) obeyed.Add((definition.Int32(0), definition.Text(1), definition.Int64(2), json));
            }
        }
        foreach ((int kind, string id, long version, byte[] json) in obeyed) _sql.PutDefinition.Bind(1, (long)kind).Bind(2, id).Bind(3, version).BindBlob(4, json).Run();
        foreach ((int key, byte[] text) in named) _sql.PutGeofence.Bind(1, key).BindBlob(2, text).Run();
    }

    /// <inheritdoc/>
    public async ValueTask ScrubAsync(Instant from, Instant to, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            await Task.Run(() =>
            {
                FlushAll();
                SqliteFile.Scrub(_file.Path);
            }, CancellationToken.None);
        }
        finally
        {
            Undo();
            _writing.Release();
        }
    }
}

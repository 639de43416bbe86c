using Tracking.Store.Sqlite;

namespace Tracking.Store.Tracks;

/// <summary>Writes chunks into the track store's file.</summary>
internal sealed class ChunkTable(TrackStatements sql)
{
    private readonly ChunkWriter _writer = new();
    private readonly ByteBuffer _chunk = new(), _attributes = new();

    /// <summary>Writes or replaces a chunk.</summary>
    /// <param name="id">See <see cref="ChunkKey"/>.</param>
    /// <param name="sorted">Its fixes, in order of time; at least one.</param>
    public void Put(long id, ReadOnlySpan<StoredFix> sorted)
    {
        _chunk.Clear();
        _writer.Write(_chunk, sorted);
        _attributes.Clear();
        ChunkWriter.WriteAttributes(_attributes, sorted);
        SqliteStatement put = sql.PutChunk.Bind(1, id).Bind(2, sorted[0].FixedMs).Bind(3, sorted[^1].FixedMs).Bind(4, sorted.Length).BindBlob(5, _chunk.Written);
        if (_attributes.Length == 0) put.BindNull(6).Run();
        else put.BindBlob(6, _attributes.Written).Run();
    }
}

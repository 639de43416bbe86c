using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresTrackStore
{
    /// <inheritdoc/>
    public async ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel)
    {
        long deleted = 0;
        if (_isHypertable)
        {
            List<(DateTime Begin, DateTime End)> old = await _database.UseAsync((connection, token) => OldChunksAsync(connection, before, token), cancel);
            // Each in a transaction of its own, because checkpoints wait for it.
            foreach ((DateTime begin, DateTime end) in old) deleted += await _database.UseAsync((connection, token) => DropChunkAsync(connection, begin, end, token), cancel);
        }
        foreach (string table in (string[])["fixes", "outlying_fixes"])
            deleted += await _database.UseAsync((connection, token) => DeleteAsync(connection, table, before, token), cancel);
        await _database.UseAsync((connection, token) => DeleteAsync(connection, "device_event", before, token, "at"), cancel);
        return deleted;
    }

    // The partitions that lie wholly before an instant.
    private async Task<List<(DateTime Begin, DateTime End)>> OldChunksAsync(NpgsqlConnection connection, Instant before, CancellationToken cancel)
    {
        const string sql = """
            SELECT range_start, range_end FROM timescaledb_information.chunks
            WHERE hypertable_schema = $1 AND hypertable_name = 'fixes' AND range_end <= $2 ORDER BY range_start
            """;
        await using var ask = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = _database.Schema }, TimeOf(before) } };
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        var old = new List<(DateTime, DateTime)>();
        while (await row.ReadAsync(cancel)) old.Add((row.GetDateTime(0), row.GetDateTime(1)));
        return old;
    }

    private static async Task<long> DropChunkAsync(NpgsqlConnection connection, DateTime begin, DateTime end, CancellationToken cancel)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM fixes WHERE fixed_at >= $1 AND fixed_at < $2", connection) { CommandTimeout = 0, Parameters = { new() { Value = begin }, new() { Value = end } } };
        long deleted = (long)(await count.ExecuteScalarAsync(cancel))!;
        await using var drop = new NpgsqlCommand("SELECT drop_chunks('fixes', older_than => $2::timestamptz, newer_than => $1::timestamptz)", connection) { Parameters = { new() { Value = begin }, new() { Value = end } } };
        await drop.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return deleted;
    }

    private static async Task<long> DeleteAsync(NpgsqlConnection connection, string table, Instant before, CancellationToken cancel, string time = "fixed_at")
    {
        await using var delete = new NpgsqlCommand($"DELETE FROM {table} WHERE {time} < $1", connection) { CommandTimeout = 0, Parameters = { TimeOf(before) } };
        return await delete.ExecuteNonQueryAsync(cancel);
    }

    private static NpgsqlParameter<long> TimeOf(Instant instant) => new() { TypedValue = FixRows.MicrosOf(instant), NpgsqlDbType = NpgsqlDbType.TimestampTz };
}

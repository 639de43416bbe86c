using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresTrackStore
{
    // Small, and every change leaves what was there before in them.
    private static readonly string[] Small = ["outlying_fixes", "device_event", "late", "tracker_definition", "tracker", "tracker_geofence", "alert", "letter", "webhook", "rep", "device", "token", "geofence", "definition", "audit", "erasure"];

    // What the transaction under way must leave out.
    private HashSet<int> _erased = [];

    /// <inheritdoc/>
    public ValueTask<long> EraseAsync(int repKey, string repId, CancellationToken cancel) => new(_database.UseAsync((connection, token) => EraseAsync(connection, repKey, repId, token), cancel));

    private async Task<long> EraseAsync(NpgsqlConnection connection, int rep, string repId, CancellationToken cancel)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
        // Waits for the checkpoints under way, of every node; the next ones see the erasure.
        await RunAsync(connection, "SELECT FROM node ORDER BY name FOR UPDATE", cancel);
        long erased = await RunAsync(connection, "DELETE FROM fixes WHERE rep = $1", cancel, rep) + await RunAsync(connection, "DELETE FROM outlying_fixes WHERE rep = $1", cancel, rep)
            + await RunAsync(connection, "DELETE FROM tracker WHERE rep = $1", cancel, rep) + await RunAsync(connection, "DELETE FROM device_event WHERE rep = $1", cancel, rep)
            + await RunAsync(connection, "DELETE FROM late WHERE rep = $1", cancel, rep);
        foreach ((string node, int key, byte[] text) in await NamedIn(connection, rep, repId, cancel))
            await RunAsync(connection, "UPDATE tracker_geofence SET geofence = $3 WHERE node = $1 AND key = $2", cancel, node, key, text);
        foreach ((string node, int kind, string id, byte[] json) in await ObeyedIn(connection, rep, repId, cancel))
            await RunAsync(connection, "UPDATE tracker_definition SET json = $4 WHERE node = $1 AND kind = $2 AND id = $3", cancel, node, kind, id, json);
        await transaction.CommitAsync(cancel);
        _repeats.ForgetRep(rep);
        return erased;
    }

    private static async Task<List<(string Node, int Key, byte[] Text)>> NamedIn(NpgsqlConnection connection, int rep, string repId, CancellationToken cancel)
    {
        var named = new List<(string, int, byte[])>();
        await using NpgsqlCommand ask = connection.Command("SELECT node, key, geofence FROM tracker_geofence");
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            if (GeofenceText.Without(row.GetFieldValue<byte[]>(2), repId, Erasure.TombstoneOf(rep)) is { } text) named.Add((row.GetString(0), row.GetInt32(1), text));
        }
        return named;
    }

    private static async Task<List<(string Node, int Kind, string Id, byte[] Json)>> ObeyedIn(NpgsqlConnection connection, int rep, string repId, CancellationToken cancel)
    {
        var named = new List<(string, int, string, byte[])>();
        await using NpgsqlCommand ask = connection.Command("SELECT node, kind, id, json FROM tracker_definition");
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            if (Registry.Without(row.GetFieldValue<byte[]>(3), repId, Erasure.TombstoneOf(rep)) is { } json) named.Add((row.GetString(0), row.GetInt16(1), row.GetString(2), json));
        }
        return named;
    }

    private static async Task<long> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel, params object?[] values)
    {
        await using NpgsqlCommand command = connection.Command(sql, values);
        command.CommandTimeout = 0;
        return Math.Max(0, await command.ExecuteNonQueryAsync(cancel));
    }

    /// <inheritdoc/>
    public async ValueTask ScrubAsync(Instant from, Instant to, CancellationToken cancel)
    {
        List<string> tables = [.. Small.Select(t => $"{_database.Schema}.{t}")];
        if (!_isHypertable) tables.Add($"{_database.Schema}.fixes");
        else tables.AddRange(await _database.UseAsync((connection, token) => ChunksAsync(connection, from, to, token), cancel));
        // Each is written anew under a lock of its own; checkpoints of the present day wait for theirs.
        foreach (string table in tables) await _database.UseAsync((connection, token) => RunAsync(connection, $"VACUUM (FULL) {table}", token), cancel);
    }

    private async Task<List<string>> ChunksAsync(NpgsqlConnection connection, Instant from, Instant to, CancellationToken cancel)
    {
        const string sql = """
            SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
            WHERE hypertable_schema = $1 AND hypertable_name = 'fixes' AND range_end > $2 AND range_start <= $3 ORDER BY range_start
            """;
        var chunks = new List<string>();
        await using NpgsqlCommand ask = connection.Command(sql, _database.Schema, from, to);
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel)) chunks.Add(row.GetString(0));
        return chunks;
    }
}

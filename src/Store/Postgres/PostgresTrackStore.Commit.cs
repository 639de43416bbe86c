using System.Text.Json;
using Npgsql;
using Tracking.Contracts;
using Tracking.Store.Tracks;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresTrackStore
{
    /// <summary>A fix further from the clock than this is kept apart: a partition for it alone would cost more than it is worth.</summary>
    internal static readonly TimeSpan LongestPast = TimeSpan.FromDays(400), LongestFuture = TimeSpan.FromDays(2);

    // The number of a fix within its checkpoint; the checkpoint's own number stands before it.
    internal const int PlaceBits = 24;
    private const int SendAtBytes = 64 << 10;

    private readonly RepeatFilter _repeats = new();
    private readonly FixRows _fixRows = new();
    private readonly List<int> _outlying = [];
    private readonly LateSpans _late = new();
    private readonly Dictionary<Protocol, int> _dropped = [];
    private (Checkpoint Checkpoint, long Number)? _unsure;
    private long? _newest;
    private bool _closed;

    /// <inheritdoc/>
    public async ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            long began = _clock.GetTimestamp();
            await _database.UseAsync((connection, token) => WriteAsync(connection, checkpoint, token), cancel);
            Volatile.Write(ref _failing, false);
            _commitTime.Observe(_clock.GetElapsedTime(began));
        }
        catch (StoreUnavailableException e)
        {
            if (!_failing) LogFailing(_logger, e.Message);
            Volatile.Write(ref _failing, true);
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(NpgsqlConnection connection, Checkpoint checkpoint, CancellationToken cancel)
    {
        bool done = false;
        try
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
            (long sequence, long last, long number, bool isAlone) = await LockAsync(connection, cancel);
            RefuseIfTaken(last);
            // The connection was lost while the attempt before was committed, and it was.
            bool wasCommitted = _unsure is { } unsure && unsure.Number == last && ReferenceEquals(unsure.Checkpoint, checkpoint);
            // Older than what the store holds: written before, and its snapshots are out of date.
            if (wasCommitted || checkpoint.Sequence < sequence)
            {
                _unsure = null;
                return;
            }
            if (!isAlone) await ForgetMovedAsync(connection, checkpoint.States, cancel);
            // The snapshots first: from here on no other node stores fixes of these reps.
            await WriteRestAsync(connection, checkpoint, number, cancel);
            await _repeats.PrepareAsync(connection, checkpoint.Fixes, cancel);
            int written = await CopyAsync(connection, checkpoint.Fixes, number << PlaceBits, cancel);
            await WriteLateAsync(connection, cancel);
            _unsure = (checkpoint, number);
            await transaction.CommitAsync(cancel);
            _unsure = null;
            _newest = number;
            done = true;
            _repeats.Keep();
            _rows.Add(written);
            CountDropped();
        }
        finally
        {
            if (!done) _repeats.Forget();
        }
    }

    // The name's lock ends with its connection, so another server may have taken the name while the database was away. This server's
    // cursor counts its own journal: from the other's first checkpoint on it stores nothing, and its fixes wait in its journal.
    private void RefuseIfTaken(long newest)
    {
        if (_newest is { } own && newest != own && _unsure?.Number != newest)
            throw new StoreUnavailableException($"Another server has stored fixes as node '{_database.Node}' meanwhile. This one stores nothing any more; stop one of them, and restart this one under a name of its own (Tracking:Postgres:Node).");
        _newest = newest;
    }

    // Waits for an attempt of this node that the server has not ended yet.
    private async Task<(long Sequence, long Checkpoint, long Number, bool IsAlone)> LockAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const string sql = "SELECT sequence, checkpoint, nextval('checkpoint_number'), NOT EXISTS(SELECT FROM node WHERE name <> $1), ARRAY(SELECT rep FROM erasure) FROM node WHERE name = $1 FOR UPDATE";
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = _database.Node } } };
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancel);
        bool isThere = await row.ReadAsync(cancel);
        _erased = isThere && row.GetFieldValue<int[]>(4) is { Length: > 0 } erased ? [.. erased] : [];
        return isThere
            ? (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetBoolean(3))
            : throw new StoreUnavailableException($"The database has lost the row of node '{_database.Node}'. Restore it from a backup.");
    }

    // What another node has written last may hold newer fixes than this one knows of. In the order of the reps, so that two
    // nodes that have some of them in common wait for each other and do not block each other.
    private async Task ForgetMovedAsync(NpgsqlConnection connection, IReadOnlyList<RepState> states, CancellationToken cancel)
    {
        const string sql = "SELECT rep, node FROM tracker WHERE rep = ANY($1) ORDER BY rep FOR UPDATE";
        await using var ask = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<int[]> { TypedValue = [.. states.Select(s => s.RepKey)] } } };
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            if (row.GetString(1) != _database.Node) _repeats.ForgetRep(row.GetInt32(0));
        }
    }

    private async Task<int> CopyAsync(NpgsqlConnection connection, IReadOnlyList<RepFix> fixes, long arrival, CancellationToken cancel)
    {
        _late.Clear();
        if (fixes.Count == 0) return 0;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fixes.Count, 1 << PlaceBits);
        _outlying.Clear();
        _dropped.Clear();
        int written;
        await using (NpgsqlRawCopyStream stream = await BeginCopyAsync(connection, "fixes", cancel))
        {
            written = await CopyNearAsync(stream, fixes, arrival, cancel);
        }
        if (_outlying.Count == 0) return written;
        await using (NpgsqlRawCopyStream stream = await BeginCopyAsync(connection, "outlying_fixes", cancel))
        {
            foreach (int i in _outlying)
            {
                _fixRows.Write(fixes[i], arrival + i);
                if (_fixRows.Written.Length >= SendAtBytes) await SendAsync(stream, cancel);
            }
            await EndAsync(stream, cancel);
        }
        return written + _outlying.Count;
    }

    private async Task<NpgsqlRawCopyStream> BeginCopyAsync(NpgsqlConnection connection, string table, CancellationToken cancel)
    {
        _fixRows.Clear();
        _fixRows.WriteHeader();
        return await connection.BeginRawBinaryCopyAsync($"COPY {table}({FixRows.Columns}) FROM STDIN (FORMAT BINARY)", cancel);
    }

    private async Task<int> CopyNearAsync(NpgsqlRawCopyStream stream, IReadOnlyList<RepFix> fixes, long arrival, CancellationToken cancel)
    {
        Instant now = Instant.Now(_clock), first = now - LongestPast, last = now + LongestFuture;
        int written = 0;
        for (int i = 0; i < fixes.Count; i++)
        {
            RepFix fix = fixes[i];
            if (fix.Judged.Outcome == FixOutcome.Duplicate || _erased.Contains(fix.RepKey)) continue;
            if (_repeats.IsRepeat(i, in fix))
            {
                Protocol protocol = fix.Judged.Fix.Protocol;
                _dropped[protocol] = _dropped.GetValueOrDefault(protocol) + 1;
                continue;
            }
            _late.Note(fix);
            if (_isHypertable && (fix.Judged.Fix.FixedAt < first || fix.Judged.Fix.FixedAt > last))
            {
                _outlying.Add(i);
                continue;
            }
            _fixRows.Write(in fix, arrival + i);
            written++;
            if (_fixRows.Written.Length >= SendAtBytes) await SendAsync(stream, cancel);
        }
        await EndAsync(stream, cancel);
        return written;
    }

    private async Task SendAsync(NpgsqlRawCopyStream stream, CancellationToken cancel)
    {
        await stream.WriteAsync(_fixRows.Written, cancel);
        _fixRows.Clear();
    }

    private async Task EndAsync(NpgsqlRawCopyStream stream, CancellationToken cancel)
    {
        _fixRows.WriteTrailer();
        await SendAsync(stream, cancel);
    }

    // Snapshots, geofences and the cursor, in one round trip.
    private async Task WriteRestAsync(NpgsqlConnection connection, Checkpoint checkpoint, long number, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (checkpoint.States.Count > 0) batch.BatchCommands.Add(PutStates(checkpoint.States));
        IReadOnlyList<RepDeviceEvent> told = _erased.Count == 0 ? checkpoint.DeviceEvents : [.. checkpoint.DeviceEvents.Where(e => !_erased.Contains(e.RepKey))];
        if (told.Count > 0) batch.BatchCommands.Add(AddDeviceEvents(told));
        foreach (DefinitionChange change in checkpoint.DefinitionChanges) batch.BatchCommands.Add(PutDefinition(change));
        foreach (GeofenceChange change in checkpoint.GeofenceChanges) batch.BatchCommands.Add(PutGeofence(change));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE node SET sequence = $1, checkpoint = $2 WHERE name = $3")
        {
            Parameters = { new() { Value = checkpoint.Sequence }, new() { Value = number }, new() { Value = _database.Node } },
        });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    private NpgsqlBatchCommand PutStates(IReadOnlyList<RepState> states)
    {
        // The last one of a rep counts; the statement may name each row once.
        var newest = new Dictionary<int, ReadOnlyMemory<byte>>(states.Count);
        for (int i = 0; i < states.Count; i++)
        {
            if (!_erased.Contains(states[i].RepKey)) newest[states[i].RepKey] = states[i].Snapshot;
        }
        const string sql = """
            INSERT INTO tracker(rep, node, state) SELECT s.rep, $3, s.state FROM unnest($1, $2) AS s(rep, state) ORDER BY s.rep
            ON CONFLICT (rep) DO UPDATE SET node = excluded.node, state = excluded.state
            """;
        return new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = [.. newest.Keys] },
                new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = [.. newest.Values], NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Bytea },
                new() { Value = _database.Node },
            },
        };
    }

    private NpgsqlBatchCommand PutGeofence(GeofenceChange change)
    {
        const string put = "INSERT INTO tracker_geofence(node, key, geofence) VALUES($1, $2, $3) ON CONFLICT (node, key) DO UPDATE SET geofence = excluded.geofence";
        const string delete = "DELETE FROM tracker_geofence WHERE node = $1 AND key = $2";
        var command = new NpgsqlBatchCommand(change.Geofence is null ? delete : put) { Parameters = { new() { Value = _database.Node }, new() { Value = change.Key } } };
        if (change.Geofence is { } geofence) command.Parameters.Add(new NpgsqlParameter { Value = GeofenceText.Write(geofence) });
        return command;
    }

    private NpgsqlBatchCommand PutDefinition(DefinitionChange change)
    {
        const string put = """
            INSERT INTO tracker_definition(node, kind, id, version, json) VALUES($1, $2, $3, $4, $5)
            ON CONFLICT (node, kind, id) DO UPDATE SET version = excluded.version, json = excluded.json
            """;
        const string delete = "DELETE FROM tracker_definition WHERE node = $1 AND kind = $2 AND id = $3";
        var command = new NpgsqlBatchCommand(change.Definition is null ? delete : put)
        {
            Parameters = { new() { Value = _database.Node }, new NpgsqlParameter<short> { TypedValue = (short)change.Kind }, new() { Value = change.Id } },
        };
        if (change.Definition is not { } definition) return command;
        command.Parameters.Add(new NpgsqlParameter { Value = definition.Version });
        command.Parameters.Add(new NpgsqlParameter { Value = definition.Json.ToArray() });
        return command;
    }

    private void CountDropped()
    {
        foreach ((Protocol protocol, int count) in _dropped)
        {
            _metrics.Counter("tracking_fixes_total", "Fixes by protocol and by the outcome that the tracker gave them.",
                ("protocol", JsonNamingPolicy.CamelCase.ConvertName(protocol.ToString())), ("outcome", "duplicate")).Add(count);
        }
    }
}

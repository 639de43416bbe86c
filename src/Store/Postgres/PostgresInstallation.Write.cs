using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Tracks;

namespace Tracking.Store.Postgres;

internal sealed partial class PostgresInstallation
{
    private const int SendAtBytes = 256 << 10, OutlyingAtOnce = 20_000;

    public string? FindContent() => Use(() =>
    {
        foreach (string table in Tables)
        {
            // A node that has never worked, and counters that have never counted, are there from the beginning.
            string filled = table switch { "node" => " WHERE sequence > 0", "counter" => " WHERE value > 0", _ => "" };
            if (_connection.Ask($"SELECT 1 FROM {table}{filled} LIMIT 1") is not null) return $"rows in {_store.Database.Schema}.{table}";
        }
        _connection.Run("DELETE FROM node");
        return null;
    });

    public object?[]? Adapt(ArchiveTable table, object?[] row, string node)
    {
        int place = table.NodeColumn;
        if (place >= 0)
        {
            string name = (string)row[place]!;
            if (name != node && name == Node) throw new ArchiveException($"The archive holds two nodes that would be '{Node}' here. Give this one another name with Tracking:Postgres:Node.");
            if (name == node) row[place] = Node;
        }
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] is string text) row[i] = PostgresCommands.Fit(text);
        }
        return row;
    }

    public void Write(ArchiveTable table, IEnumerable<object?[]> rows) => Use(() =>
    {
        using NpgsqlBinaryImporter copy = _connection.BeginBinaryImport($"COPY {table.PostgresTable}({table.PostgresColumns}) FROM STDIN (FORMAT BINARY)");
        copy.Timeout = TimeSpan.Zero;
        foreach (object?[] row in rows)
        {
            copy.StartRow();
            for (int i = 0; i < row.Length; i++) WriteCell(copy, row[i], table.Columns[i].Kind);
        }
        copy.Complete();
        return true;
    });

    private static void WriteCell(NpgsqlBinaryImporter copy, object? cell, ColumnKind kind)
    {
        switch (cell)
        {
            case null: copy.WriteNull(); break;
            case long number when kind == ColumnKind.Short: copy.Write((short)number, NpgsqlDbType.Smallint); break;
            case long number when kind == ColumnKind.Int: copy.Write((int)number, NpgsqlDbType.Integer); break;
            case long time when kind == ColumnKind.Time: copy.Write(FixRows.MicrosOf(new Instant(time)), NpgsqlDbType.TimestampTz); break;
            case long number: copy.Write(number, NpgsqlDbType.Bigint); break;
            case float number: copy.Write(number, NpgsqlDbType.Real); break;
            case bool flag: copy.Write(flag, NpgsqlDbType.Boolean); break;
            case string text: copy.Write(text, NpgsqlDbType.Text); break;
            case string[] words: copy.Write(words, NpgsqlDbType.Array | NpgsqlDbType.Text); break;
            case byte[] bytes: copy.Write(bytes, NpgsqlDbType.Bytea); break;
            default: throw new InvalidOperationException($"A cell holds a {cell.GetType()}.");
        }
    }

    public void WriteFixes(FixFrameReader frames, Action<long> progress) => Use(() =>
    {
        var rows = new FixRows();
        var fixes = new List<StoredFix>();
        var outlying = new List<(RepFix Fix, long Arrival)>();
        long next = (long)_connection.Ask("SELECT nextval('checkpoint_number')")! << PostgresTrackStore.PlaceBits, written = 0;
        Instant now = Instant.Now(TimeProvider.System), first = now - PostgresTrackStore.LongestPast, last = now + PostgresTrackStore.LongestFuture;
        bool more = true;
        while (more)
        {
            using (NpgsqlRawCopyStream near = BeginCopy(rows, "fixes"))
            {
                while (outlying.Count < OutlyingAtOnce && (more = frames.TryRead(out int rep, fixes)))
                {
                    foreach (StoredFix fix in fixes)
                    {
                        var row = new RepFix(rep, fix.Judged, fix.Attributes);
                        if (_tracks.IsHypertable && (fix.Judged.Fix.FixedAt < first || fix.Judged.Fix.FixedAt > last)) outlying.Add((row, next++));
                        else Put(near, rows, in row, next++);
                    }
                    progress(written += fixes.Count);
                }
                EndCopy(near, rows);
            }
            using NpgsqlRawCopyStream far = BeginCopy(rows, "outlying_fixes");
            foreach ((RepFix fix, long arrival) in outlying) Put(far, rows, in fix, arrival);
            EndCopy(far, rows);
            outlying.Clear();
        }
        _connection.Ask("SELECT setval('checkpoint_number', $1)", next >> PostgresTrackStore.PlaceBits);
        _connection.Run("ANALYZE fixes, outlying_fixes");
        return true;
    });

    private NpgsqlRawCopyStream BeginCopy(FixRows rows, string table)
    {
        rows.Clear();
        rows.WriteHeader();
        return _connection.BeginRawBinaryCopy($"COPY {table}({FixRows.Columns}) FROM STDIN (FORMAT BINARY)");
    }

    private static void Put(NpgsqlRawCopyStream to, FixRows rows, in RepFix fix, long arrival)
    {
        rows.Write(in fix, arrival);
        if (rows.Written.Length < SendAtBytes) return;
        to.Write(rows.Written.Span);
        rows.Clear();
    }

    private static void EndCopy(NpgsqlRawCopyStream to, FixRows rows)
    {
        rows.WriteTrailer();
        to.Write(rows.Written.Span);
        rows.Clear();
    }

    public void WriteCounters(IReadOnlyList<object?[]> counters) => Use(() =>
    {
        long ValueOf(string name) => counters.Where(c => (string)c[0]! == name).Select(static c => (long)c[1]!).FirstOrDefault();
        foreach ((string name, string sequence) in Sequences)
            _connection.Ask("SELECT setval($1::regclass, $2, $3)", $"{_store.Database.Schema}.{sequence}", Math.Max(1, ValueOf(name)), ValueOf(name) > 0);
        foreach ((string name, string counter) in CounterNames) _connection.Run("UPDATE counter SET value = $2 WHERE name = $1", counter, ValueOf(name));
        _connection.Notify(_store.Database, PostgresNotices.RegistryTopic);
        _connection.Notify(_store.Database, PostgresNotices.AlertTopic);
        return true;
    });
}

using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresTrackStore
{
    private readonly record struct Row(JudgedFix Judged, long Arrival, byte[]? Attributes);

    /// <inheritdoc/>
    public async ValueTask<TrackPage> ReadTrackAsync(
        int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel, bool withAttributes = false)
    {
        bool resumes = after is { } position && position.FixedAt >= from;
        Instant begin = resumes ? after!.Value.FixedAt : from;
        if (limit <= 0 || begin >= to) return new TrackPage([], null);
        int skip = resumes ? after!.Value.Skip : 0;
        List<Row> rows = await _database.UseAsync((connection, token) => ReadAsync(connection, repKey, (begin, to), skip, limit, withAttributes, token), cancel);
        return PageOf(rows, begin, skip, limit, withAttributes);
    }

    // One more than asked for: then something follows. The two tables come in order each, and are merged.
    private static async Task<List<Row>> ReadAsync(
        NpgsqlConnection connection, int rep, (Instant From, Instant To) span, int skip, int limit, bool withAttributes, CancellationToken cancel)
    {
        string columns = withAttributes ? FixRows.Columns : FixRows.Columns.Replace("attributes", "NULL::bytea", StringComparison.Ordinal);
        await using var batch = new NpgsqlBatch(connection);
        foreach (string table in (string[])["fixes", "outlying_fixes"])
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                $"SELECT {columns} FROM {table} WHERE rep = $1 AND fixed_at >= $2 AND fixed_at < $3 ORDER BY fixed_at, arrival LIMIT $4")
            {
                Parameters =
                {
                    new NpgsqlParameter<int> { TypedValue = rep },
                    new NpgsqlParameter<long> { TypedValue = FixRows.MicrosOf(span.From), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                    new NpgsqlParameter<long> { TypedValue = FixRows.MicrosOf(span.To), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                    new NpgsqlParameter<long> { TypedValue = (long)skip + limit + 1 },
                },
            });
        }
        var near = new List<Row>();
        var outlying = new List<Row>();
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) near.Add(new Row(FixRows.Read(reader), FixRows.ArrivalOf(reader), FixRows.AttributesOf(reader)));
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel)) outlying.Add(new Row(FixRows.Read(reader), FixRows.ArrivalOf(reader), FixRows.AttributesOf(reader)));
        return Merge(near, outlying);
    }

    private static List<Row> Merge(List<Row> left, List<Row> right)
    {
        if (right.Count == 0) return left;
        var merged = new List<Row>(left.Count + right.Count);
        int l = 0, r = 0;
        while (l < left.Count || r < right.Count)
            merged.Add(r == right.Count || (l < left.Count && IsBefore(left[l], right[r])) ? left[l++] : right[r++]);
        return merged;
    }

    private static bool IsBefore(in Row left, in Row right)
    {
        int order = left.Judged.Fix.FixedAt.CompareTo(right.Judged.Fix.FixedAt);
        return order < 0 || (order == 0 && left.Arrival < right.Arrival);
    }

    private static TrackPage PageOf(List<Row> rows, Instant begin, int skip, int limit, bool withAttributes)
    {
        // What was read of the first instant; fewer lie there when some were deleted meanwhile.
        int first = 0;
        while (first < skip && first < rows.Count && rows[first].Judged.Fix.FixedAt == begin) first++;
        int count = Math.Min(limit, rows.Count - first);
        var fixes = new List<JudgedFix>(count);
        List<byte[]?>? attributes = withAttributes ? new List<byte[]?>(count) : null;
        for (int i = first; i < first + count; i++)
        {
            fixes.Add(rows[i].Judged);
            attributes?.Add(rows[i].Attributes);
        }
        if (rows.Count - first <= limit) return new TrackPage(fixes, null) { Attributes = attributes };
        Instant last = fixes[^1].Fix.FixedAt;
        int read = last == begin ? skip : 0;
        for (int i = fixes.Count - 1; i >= 0 && fixes[i].Fix.FixedAt == last; i--) read++;
        return new TrackPage(fixes, new TrackPosition(last, read)) { Attributes = attributes };
    }
}

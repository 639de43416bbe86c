using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresTrackStore
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ActivityBucket>> ReadActivityAsync(ActivityQuery query, CancellationToken cancel) =>
        query.From >= query.To || query.RepKeys.Count == 0 ? [] : await _database.UseAsync((connection, token) => ReadActivityAsync(connection, query, token), cancel);

    private async Task<List<ActivityBucket>> ReadActivityAsync(NpgsqlConnection connection, ActivityQuery query, CancellationToken cancel)
    {
        const string of = "SELECT rep, fixed_at, outcome, speed_mps FROM {0} WHERE rep = ANY($1) AND fixed_at >= $2 AND fixed_at < $3";
        string bucket = _database.HasTimescale ? "time_bucket($4::interval, fixed_at, $2)" : "date_bin($4::interval, fixed_at, $2)";
        string sql = $"""
            SELECT rep, {bucket} AS began_at, count(*), count(*) FILTER (WHERE outcome = $5), count(*) FILTER (WHERE outcome = $6),
                min(fixed_at), max(fixed_at), max(speed_mps) FILTER (WHERE outcome IN ($5, $6))
            FROM ({string.Format(null, of, "fixes")} UNION ALL {string.Format(null, of, "outlying_fixes")}) f
            GROUP BY rep, began_at ORDER BY rep, began_at
            """;
        await using var ask = new NpgsqlCommand(sql, connection);
        ask.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. query.RepKeys] });
        ask.Parameters.Add(TimeOf(query.From));
        ask.Parameters.Add(TimeOf(query.To));
        ask.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = query.Bucket, NpgsqlDbType = NpgsqlDbType.Interval });
        ask.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)FixOutcome.Accepted });
        ask.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)FixOutcome.Late });
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        var buckets = new List<ActivityBucket>();
        while (await row.ReadAsync(cancel))
        {
            buckets.Add(new ActivityBucket(row.GetInt32(0), InstantAt(row, 1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
                InstantAt(row, 5), InstantAt(row, 6), row.IsDBNull(7) ? float.NaN : row.GetFloat(7)));
        }
        return buckets;
    }

    private static Instant InstantAt(NpgsqlDataReader row, int column) => FixRows.InstantOf(row.GetFieldValue<long>(column));
}

using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <content>Whose history late fixes have changed. The node that stored the last of them derives it, or any other after a while.</content>
public sealed partial class PostgresTrackStore
{
    private static readonly TimeSpan LeftAloneFor = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LateSpan>> ReadLateAsync(int limit, CancellationToken cancel) => await _database.UseAsync(async (connection, token) =>
    {
        const string sql = """
            SELECT rep, from_fix, to_fix, first_at, last_at, touches FROM late WHERE node = $1 OR last_at < $2 ORDER BY first_at, rep LIMIT $3
            """;
        await using NpgsqlCommand ask = connection.Command(sql, _database.Node, Instant.Now(_clock) - LeftAloneFor, limit);
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(token);
        var spans = new List<LateSpan>();
        while (await row.ReadAsync(token))
            spans.Add(new(row.GetInt32(0), row.InstantAt(1), row.InstantAt(2), row.InstantAt(3), row.InstantAt(4), row.GetInt64(5)));
        return spans;
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask ForgetLateAsync(LateSpan span, CancellationToken cancel) => await _database.UseAsync(async (connection, token) =>
    {
        await using NpgsqlCommand forget = connection.Command(
            "DELETE FROM late WHERE rep = $1 AND touches = $2 AND first_at = $3", span.RepKey, span.Touches, span.FirstAt);
        await forget.ExecuteNonQueryAsync(token);
    }, cancel);

    // In the order of the reps, so that two nodes wait for each other and do not block each other.
    private async Task WriteLateAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (_late.Spans.Count == 0) return;
        const string sql = """
            INSERT INTO late(rep, node, from_fix, to_fix, first_at, last_at, touches)
            SELECT l.rep, $4, l.from_fix, l.to_fix, $5, $5, 1 FROM unnest($1, $2, $3) AS l(rep, from_fix, to_fix) ORDER BY l.rep
            ON CONFLICT (rep) DO UPDATE SET node = excluded.node, from_fix = least(late.from_fix, excluded.from_fix),
                to_fix = greatest(late.to_fix, excluded.to_fix), last_at = excluded.last_at, touches = late.touches + 1
            """;
        await using NpgsqlCommand put = connection.Command(sql, _late.Spans.Keys.ToArray(), _late.Spans.Values.Select(static s => s.From).ToArray(),
            _late.Spans.Values.Select(static s => s.To).ToArray(), _database.Node, Instant.Now(_clock));
        await put.ExecuteNonQueryAsync(cancel);
    }
}

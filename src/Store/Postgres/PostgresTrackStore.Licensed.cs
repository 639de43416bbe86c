using Microsoft.Extensions.Logging;
using Npgsql;

namespace Tracking.Store.Postgres;

/// <content>
/// What TimescaleDB has under its own licence only: compressed partitions and a continuous aggregate. Without it a plain view
/// of the same name and columns stands for the aggregate, and nothing for the compression.
/// </content>
public sealed partial class PostgresTrackStore
{
    private const string ActivityColumns = """
        count(*) AS fixes, count(*) FILTER (WHERE outcome = 0) AS accepted, count(*) FILTER (WHERE outcome = 2) AS late,
        min(fixed_at) AS first_fixed_at, max(fixed_at) AS last_fixed_at, max(speed_mps) FILTER (WHERE outcome IN (0, 2)) AS max_speed_mps
        FROM fixes GROUP BY rep, began_at
        """;

    // None of it is needed to work: what the server refuses is told and left.
    private async Task ArrangeExtrasAsync(CancellationToken cancel)
    {
        bool isLicensed = _isHypertable && _database.HasTimescaleLicence;
        if (isLicensed) await TryAsync("compression", CompressAsync, cancel);
        await TryAsync("the view activity_hourly", isLicensed ? AggregateAsync : ViewAsync, cancel);
    }

    private async Task TryAsync(string what, Func<NpgsqlConnection, CancellationToken, Task> arrange, CancellationToken cancel)
    {
        try
        {
            await _database.UseAloneAsync(arrange, cancel);
        }
        catch (StoreUnavailableException e) when (e.InnerException is PostgresException)
        {
            LogLeft(_logger, what, e.Message);
        }
    }

    private async Task CompressAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const string ask = "SELECT compression_enabled FROM timescaledb_information.hypertables WHERE hypertable_schema = $1 AND hypertable_name = 'fixes'";
        await using var isCompressed = new NpgsqlCommand(ask, connection) { Parameters = { new() { Value = _database.Schema } } };
        if (await isCompressed.ExecuteScalarAsync(cancel) is true) return;
        const string enable = "ALTER TABLE fixes SET (timescaledb.compress, timescaledb.compress_segmentby = 'rep', timescaledb.compress_orderby = 'fixed_at, arrival')";
        await using var compress = new NpgsqlCommand(enable, connection);
        await compress.ExecuteNonQueryAsync(cancel);
        await using var policy = new NpgsqlCommand("SELECT add_compression_policy('fixes', $1::interval, if_not_exists => true)", connection)
        {
            Parameters = { new() { Value = _database.Options.CompressAfter } },
        };
        await policy.ExecuteNonQueryAsync(cancel);
    }

    // Hours that are not materialized yet are counted when they are read.
    private async Task AggregateAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (await HasViewAsync(connection, cancel)) return;
        await using var create = new NpgsqlCommand($"""
            CREATE MATERIALIZED VIEW activity_hourly WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
            SELECT rep, time_bucket('1 hour', fixed_at) AS began_at, {ActivityColumns} WITH NO DATA
            """, connection);
        await create.ExecuteNonQueryAsync(cancel);
        await using var policy = new NpgsqlCommand(
            "SELECT add_continuous_aggregate_policy('activity_hourly', start_offset => NULL, end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '30 minutes')", connection);
        await policy.ExecuteNonQueryAsync(cancel);
    }

    private async Task ViewAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (await HasViewAsync(connection, cancel)) return;
        await using var create = new NpgsqlCommand($"CREATE VIEW activity_hourly AS SELECT rep, date_trunc('hour', fixed_at, 'UTC') AS began_at, {ActivityColumns}", connection);
        await create.ExecuteNonQueryAsync(cancel);
    }

    private async Task<bool> HasViewAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var ask = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = $"{_database.Schema}.activity_hourly" } } };
        return await ask.ExecuteScalarAsync(cancel) is true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server refused {What}; the store works without: {Reason}")]
    private static partial void LogLeft(ILogger logger, string what, string reason);
}

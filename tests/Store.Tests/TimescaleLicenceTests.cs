using Npgsql;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>
/// What TimescaleDB does under its own licence only cannot run on the Apache edition, but its names can be looked up there: every function
/// is declared in both editions, and an option that is known is refused because of the licence and not because of its name.
/// </summary>
public sealed class TimescaleLicenceTests(TimescaleServer timescale) : IAsyncLifetime
{
    private readonly PostgresSchema _schema = new(timescale);

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _schema.StartAsync();
        PostgresDatabase database = _schema.Open();
        await using PostgresTrackStore tracks = await PostgresTrackStore.OpenAsync(database, new Contracts.Metrics(), TimeProvider.System, cancel: Deadline);
        Assert.True(tracks.IsHypertable);
    }

    public ValueTask DisposeAsync() => _schema.DisposeAsync();

    [Theory]
    [InlineData("create_hypertable", "chunk_time_interval", "create_default_indexes")]
    [InlineData("drop_chunks", "older_than", "newer_than")]
    [InlineData("add_compression_policy", "hypertable", "compress_after", "if_not_exists")]
    [InlineData("add_continuous_aggregate_policy", "continuous_aggregate", "start_offset", "end_offset", "schedule_interval")]
    [InlineData("time_bucket", "bucket_width", "ts", "origin")]
    public void Functions_have_the_arguments_that_are_named(string function, params string[] arguments)
    {
        string names = string.Join(", ", arguments.Select(a => $"'{a}'"));
        Assert.True((bool)_schema.Ask($"SELECT EXISTS(SELECT FROM pg_proc WHERE proname = '{function}' AND proargnames @> ARRAY[{names}])")!, function);
    }

    [Theory]
    [InlineData("hypertables", "hypertable_schema", "hypertable_name", "compression_enabled")]
    [InlineData("chunks", "hypertable_schema", "hypertable_name", "chunk_schema", "chunk_name", "range_start", "range_end")]
    public void Views_have_the_columns_that_are_read(string view, params string[] columns)
    {
        string names = string.Join(", ", columns.Select(c => $"'{c}'"));
        Assert.Equal((long)columns.Length, _schema.Ask($"SELECT count(*) FROM information_schema.columns WHERE table_schema = 'timescaledb_information' AND table_name = '{view}' AND column_name IN ({names})"));
    }

    [Theory]
    [InlineData("ALTER TABLE fixes SET (timescaledb.compress, timescaledb.compress_segmentby = 'rep', timescaledb.compress_orderby = 'fixed_at, arrival')")]
    [InlineData("CREATE MATERIALIZED VIEW hourly WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS SELECT rep, public.time_bucket('1 hour', fixed_at) AS began_at, count(*) FROM fixes GROUP BY rep, began_at WITH NO DATA")]
    [InlineData("SELECT public.add_compression_policy('fixes', INTERVAL '7 days', if_not_exists => true)")]
    public void Statements_are_refused_for_the_licence_and_nothing_else(string sql)
    {
        var refused = Assert.Throws<PostgresException>(() => _schema.Ask(sql));
        Assert.Contains("license", refused.MessageText, StringComparison.Ordinal);
    }
}

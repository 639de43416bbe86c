using Npgsql;
using Tracking.Contracts;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>The track store on a real PostgreSQL, each test in a database of its own; on plain PostgreSQL here.</summary>
public class PostgresTrackStoreTests(PlainPostgresServer server) : TrackStoreConformance
{
    private readonly List<PostgresDatabase> _databases = [];
    private string? _connection;

    protected virtual PostgresServer Server => server;

    protected override int Many => 120;

    protected override async Task<ITrackStore> OpenAsync() => await OpenNodeAsync("main");

    protected async Task<PostgresTrackStore> OpenNodeAsync(string node)
    {
        _connection ??= await Server.CreateDatabaseAsync();
        PostgresDatabase database = await PostgresDatabase.OpenAsync(new PostgresOptions { ConnectionString = _connection, Node = node });
        _databases.Add(database);
        return await PostgresTrackStore.OpenAsync(database, Metrics, TimeProvider.System);
    }

    /// <summary>Asks the database beside the store.</summary>
    protected async Task<T> AskAsync<T>(string sql)
    {
        await using NpgsqlConnection connection = await _databases[0].Source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (PostgresDatabase database in _databases) await database.DisposeAsync();
        await Server.DropDatabaseAsync(_connection!);
        GC.SuppressFinalize(this);
    }

    private static Checkpoint Of(long sequence, IEnumerable<RepFix> fixes)
    {
        RepFix[] all = [.. fixes];
        return new Checkpoint { Sequence = sequence, Fixes = all, States = [.. all.Select(f => f.RepKey).Distinct().Select(r => new RepState(r, "s"u8.ToArray()))], GeofenceChanges = [] };
    }

    [Fact]
    public async Task Two_nodes_have_a_cursor_and_trackers_each_and_share_the_tracks()
    {
        await using PostgresTrackStore other = await OpenNodeAsync("other");
        await Store.CommitAsync(Of(10, Enumerable.Range(0, 10).Select(i => Judged(Some.Fix(i), rep: 1))), CancellationToken.None);
        await other.CommitAsync(Of(7, Enumerable.Range(0, 7).Select(i => Judged(Some.Fix(i), rep: 2))), CancellationToken.None);
        var reps = new List<int>();
        Assert.Equal(10, Store.Restore(_ => { }, _ => { }, (rep, _) => reps.Add(rep)));
        Assert.Equal(7, other.Restore(_ => { }, _ => { }, (rep, _) => reps.Add(rep)));
        Assert.Equal([1, 2], reps);
        Assert.Equal(7, (await ReadAllAsync(2)).Count);
    }

    [Fact]
    public async Task A_server_whose_name_was_taken_stores_nothing_any_more()
    {
        await Store.CommitAsync(Of(10, Enumerable.Range(0, 10).Select(i => Judged(Some.Fix(i), rep: 1))), CancellationToken.None);
        await using PostgresTrackStore taker = await OpenNodeAsync("main");
        Assert.Equal(10, taker.Restore(_ => { }, _ => { }, (_, _) => { }));
        await taker.CommitAsync(Of(13, Enumerable.Range(0, 3).Select(i => Judged(Some.Fix(i), rep: 2))), CancellationToken.None);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Store.CommitAsync(Of(20, [Judged(Some.Fix(20), rep: 1)]), CancellationToken.None));
            Assert.Contains("Another server has stored fixes as node 'main'", refused.Message, StringComparison.Ordinal);
            Assert.Throws<StoreUnavailableException>(() => Store.Restore(_ => { }, _ => { }, (_, _) => { }));
        }
        await taker.CommitAsync(Of(14, [Judged(Some.Fix(3), rep: 2)]), CancellationToken.None);
        Assert.Equal(10, (await ReadAllAsync(1)).Count);
        Assert.Equal(4, (await ReadAllAsync(2)).Count);
    }

    [Fact]
    public async Task What_a_device_sends_to_two_nodes_is_stored_once()
    {
        await using PostgresTrackStore other = await OpenNodeAsync("other");
        for (int i = 0; i < 40; i++)
        {
            // The other node already has what this one has not seen, and the other way round.
            ITrackStore first = i % 2 == 0 ? Store : other, second = i % 2 == 0 ? other : Store;
            RepFix[] fixes = [.. Enumerable.Range(i * 10, 10).Select(n => Judged(Some.Fix(n)))];
            await first.CommitAsync(Of(i + 1, fixes), CancellationToken.None);
            await second.CommitAsync(Of(i + 1, fixes), CancellationToken.None);
        }
        Assert.Equal(Enumerable.Range(0, 400).Select(i => Some.Fix(i)), (await ReadAllAsync()).Select(j => j.Fix));
    }

    [Fact]
    public async Task What_two_nodes_store_at_once_is_stored_once()
    {
        await using PostgresTrackStore other = await OpenNodeAsync("other");
        async Task FeedAsync(ITrackStore store, int seed)
        {
            var random = new Random(seed);
            for (int i = 0; i < 30; i++)
            {
                RepFix[] fixes = [.. Enumerable.Range(0, 100).Select(n => Judged(Some.Fix((i * 10) + (n / 10)), rep: n % 10))];
                random.Shuffle(fixes);
                Checkpoint checkpoint = Of(i + 1, fixes.OrderBy(f => f.Judged.Fix.FixedAt));
                while (true)
                {
                    try
                    {
                        await store.CommitAsync(checkpoint, CancellationToken.None);
                        break;
                    }
                    catch (StoreUnavailableException)
                    {
                        // As the host of the trackers does: the same checkpoint again.
                    }
                }
            }
        }
        await Task.WhenAll(Task.Run(() => FeedAsync(Store, 1)), Task.Run(() => FeedAsync(other, 2)));
        for (int rep = 0; rep < 10; rep++) Assert.Equal(Enumerable.Range(0, 300).Select(i => Some.Fix(i)), (await ReadAllAsync(rep)).Select(j => j.Fix));
    }

    [Fact]
    public async Task The_hourly_view_says_what_the_store_says()
    {
        await CommitAsync(1, Enumerable.Range(0, 500).Select(i => Judged(Some.Fix(i, Some.Morning + TimeSpan.FromSeconds(i * 61)), rep: 1 + (i % 2), outcome: i % 7 == 0 ? FixOutcome.Late : FixOutcome.Accepted)));
        IReadOnlyList<ActivityBucket> read = await Store.ReadActivityAsync(
            new ActivityQuery([1, 2], Some.Morning, Some.Morning + TimeSpan.FromDays(1), TimeSpan.FromHours(1)), CancellationToken.None);
        string text = await AskAsync<string>("""
            SELECT string_agg(concat_ws(' ', rep, extract(epoch FROM began_at)::bigint * 1000, fixes, accepted, late, (extract(epoch FROM first_fixed_at) * 1000)::bigint,
                (extract(epoch FROM last_fixed_at) * 1000)::bigint, max_speed_mps), ';' ORDER BY rep, began_at) FROM activity_hourly
            """);
        Assert.Equal(string.Join(';', read.Select(b => FormattableString.Invariant(
            $"{b.RepKey} {b.BeganAt.EpochMs} {b.Fixes} {b.Accepted} {b.Late} {b.FirstFixedAt.EpochMs} {b.LastFixedAt.EpochMs} {b.MaxSpeedMps}"))), text);
    }

    [Fact]
    public async Task A_connection_that_breaks_at_the_commit_leaves_nothing_behind()
    {
        await AskAsync<object>("""
            CREATE FUNCTION break_connection() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER broken AFTER UPDATE ON node DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION break_connection();
            SELECT 1
            """);
        Checkpoint checkpoint = Of(50, Enumerable.Range(0, 50).Select(i => Judged(Some.Fix(i))));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Store.CommitAsync(checkpoint, CancellationToken.None));
        Assert.Equal(0, Store.Restore(_ => { }, _ => { }, (_, _) => Assert.Fail("A snapshot was kept.")));
        Assert.Empty(await ReadAllAsync());
        await AskAsync<object>("DROP TRIGGER broken ON node; SELECT 1");
        await Store.CommitAsync(checkpoint, CancellationToken.None);
        Assert.Equal(50, Store.Restore(_ => { }, _ => { }, (_, _) => { }));
        Assert.Equal(50, (await ReadAllAsync()).Count);
    }
}

/// <summary>The same on TimescaleDB.</summary>
public sealed class TimescaleTrackStoreTests(TimescaleServer timescale, PlainPostgresServer plain) : PostgresTrackStoreTests(plain)
{
    protected override PostgresServer Server => timescale;

    [Fact]
    public async Task Fixes_lie_in_one_partition_a_day_and_those_of_bad_clocks_in_none()
    {
        Instant now = Instant.Now(TimeProvider.System);
        await CommitAsync(1, Enumerable.Range(0, 5).Select(i => Judged(Some.Fix(i, now - TimeSpan.FromDays(i)))));
        await CommitAsync(2, Enumerable.Range(0, 3000).Select(i => Judged(Some.Fix(i, new Instant(i * 86_400_000L * 3)), outcome: FixOutcome.Late)));
        Assert.InRange(await AskAsync<long>("SELECT count(*) FROM show_chunks('fixes')"), 5, 5 + 135);
        Assert.Equal(3005, (await ReadAllAsync(limit: 4000)).Count);
    }
}

using Npgsql;
using Tracking.Contracts;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>A server of its own that is stopped, killed and made to lose its answers while checkpoints are written.</summary>
public sealed class PostgresOutageTests : IAsyncLifetime
{
    private readonly TimescaleServer _server = new();
    private string _connection = "";
    private PostgresDatabase _database = null!;
    private PostgresTrackStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TRACKING_TEST_PG") is { Length: > 0 }, "The server of TRACKING_TEST_PG is not ours to stop.");
        _connection = await _server.CreateDatabaseAsync();
        _database = await PostgresDatabase.OpenAsync(new PostgresOptions { ConnectionString = _connection });
        _store = await PostgresTrackStore.OpenAsync(_database, new Metrics(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            await _database.DisposeAsync();
        }
        await _server.DisposeAsync();
    }

    private static Checkpoint CheckpointOf(int number, int fixes = 50) => new()
    {
        Sequence = (number + 1) * fixes,
        Fixes = [.. Enumerable.Range(number * fixes, fixes).Select(i => new RepFix(1, new JudgedFix(Some.Fix(i), FixOutcome.Accepted), null))],
        States = [new RepState(1, BitConverter.GetBytes(number))],
        GeofenceChanges = [],
    };

    private async Task<List<Fix>> StoredAsync()
    {
        TrackPage page = await _store.ReadTrackAsync(1, Instant.Min, Instant.Max, null, 100_000, CancellationToken.None);
        return [.. page.Fixes.Select(j => j.Fix)];
    }

    // Beside the store; its own transactions do not wait for anybody.
    private async Task<object?> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connection) { Pooling = false, Options = "-c synchronous_commit=local" }.ConnectionString);
        await connection.OpenAsync();
        object? last = null;
        foreach (string statement in sql.Split(';'))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            last = await command.ExecuteScalarAsync();
        }
        return last;
    }

    /// <summary>Commits as the host of the trackers does: the same checkpoint until it is taken. Returns how often it was refused.</summary>
    private async Task<int> CommitUntilTakenAsync(Checkpoint checkpoint)
    {
        for (int refused = 0; ; refused++)
        {
            try
            {
                await _store.CommitAsync(checkpoint, CancellationToken.None);
                return refused;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public async Task Whatever_happens_to_the_server_every_fix_is_stored_once()
    {
        await CommitUntilTakenAsync(CheckpointOf(0));
        await A_commit_whose_answer_is_lost_is_not_repeated();
        await A_server_that_is_killed_and_comes_back_has_all();
        await Connections_that_are_ended_at_any_time_double_nothing();
    }

    // The server waits for a standby that does not exist, after the commit is done; then the connection is ended.
    private async Task A_commit_whose_answer_is_lost_is_not_repeated()
    {
        await AskAsync("ALTER SYSTEM SET synchronous_standby_names = 'nobody';SELECT pg_reload_conf()");
        Checkpoint checkpoint = CheckpointOf(1);
        Task commit = _store.CommitAsync(checkpoint, CancellationToken.None).AsTask();
        while (await AskAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is 0L) await Task.Delay(20);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => commit);
        Assert.False(_store.IsWritable);
        await AskAsync("ALTER SYSTEM RESET synchronous_standby_names;SELECT pg_reload_conf()");
        Assert.Equal(100, (await StoredAsync()).Count);
        Assert.Equal(100, _store.Restore(_ => { }, _ => { }, (_, _) => { }));
        await CommitUntilTakenAsync(checkpoint);
        Assert.True(_store.IsWritable);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => Some.Fix(i)), await StoredAsync());
    }

    private async Task A_server_that_is_killed_and_comes_back_has_all()
    {
        await _server.KillAsync();
        Task<int> commit = Task.Run(() => CommitUntilTakenAsync(CheckpointOf(2)));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await StoredAsync());
        while (_store.IsWritable) await Task.Delay(20);
        await _server.ResumeAsync();
        Assert.True(await commit > 0);
        Assert.Equal(Enumerable.Range(0, 150).Select(i => Some.Fix(i)), await StoredAsync());
    }

    private async Task Connections_that_are_ended_at_any_time_double_nothing()
    {
        using var done = new CancellationTokenSource();
        Task<long> ending = Task.Run(async () =>
        {
            long ended = 0;
            var random = new Random(7);
            while (!done.IsCancellationRequested || ended == 0)
            {
                ended += (long)(await AskAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'tracking'"))!;
                await Task.Delay(random.Next(15));
            }
            return ended;
        });
        for (int i = 3; i < 33; i++)
        {
            await CommitUntilTakenAsync(CheckpointOf(i));
            Assert.Equal((i + 1) * 50L, await UntilAnsweredAsync(() => Task.FromResult(_store.Restore(_ => { }, _ => { }, (_, _) => { }))));
        }
        await done.CancelAsync();
        Assert.True(await ending > 0);
        Assert.Equal(Enumerable.Range(0, 33 * 50).Select(i => Some.Fix(i)), await UntilAnsweredAsync(StoredAsync));
    }

    private static async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(5);
            }
        }
    }
}

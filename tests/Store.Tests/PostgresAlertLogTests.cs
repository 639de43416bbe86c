using Tracking.Contracts;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>The alert log in PostgreSQL without TimescaleDB.</summary>
public class PostgresAlertLogTests(PlainPostgresServer server) : AlertLogConformance
{
    private PostgresSchema _schema = null!;

    protected virtual PostgresServer Server => server;

    public override async ValueTask InitializeAsync()
    {
        _schema = new PostgresSchema(Server);
        await _schema.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override AlertLog OpenLog(AlertLogOptions options) => OpenOn(_schema.Open(), options);

    private AlertLog OpenOn(PostgresDatabase database, AlertLogOptions? options = null) =>
        _schema.Keep(AlertLog.Over(new PostgresAlertTable(database), options ?? new AlertLogOptions(), Metrics, Clock, null));

    private AlertLog OpenListening()
    {
        PostgresDatabase database = _schema.Open();
        PostgresNotices notices = _schema.Listen(database);
        AlertLog log = OpenOn(database);
        notices.Hear(PostgresNotices.AlertTopic, log.Look);
        return log;
    }

    [Fact]
    public async Task Several_nodes_write_one_log_without_gaps_and_all_see_the_same()
    {
        AlertLog[] nodes = [OpenListening(), OpenListening(), OpenListening()];
        // Two of three raise the same alert, as after a crash.
        await Parallel.ForEachAsync(Enumerable.Range(0, 300), async (i, cancel) => await nodes[i % 3].AppendAsync([Alert(i), Alert(i - 1)], cancel));
        foreach (AlertLog node in nodes) await node.WaitAsync(300, Deadline);
        IReadOnlyList<Alert>[] seen = await Task.WhenAll(nodes.Select(async n => await n.ReadAsync(0, 1000, AlertFilter.All, Deadline)));
        Assert.Equal(Enumerable.Range(-1, 301).Select(i => $"a{i}").Order(), seen[0].Select(a => a.Id).Order());
        Assert.Equal(Enumerable.Range(1, 301).Select(i => (long)i), seen[0].Select(a => a.Cursor));
        Assert.All(seen, s => Assert.Equal(seen[0].Select(a => a.Id), s.Select(a => a.Id)));
        Assert.Equal(seen[0].Select(a => a.Id), await IdsAsync(Open(), 0));
    }

    [Fact]
    public async Task A_waiting_subscriber_is_woken_by_what_another_node_writes()
    {
        AlertLog listening = OpenListening(), other = Open();
        Task waiting = listening.WaitAsync(0, Deadline).AsTask();
        await other.AppendAsync([Alert(1)], Deadline);
        await waiting;
        Assert.Equal(["a1"], await IdsAsync(listening, 0));
    }

    [Fact]
    public async Task A_listener_that_was_cut_off_misses_nothing()
    {
        AlertLog listening = OpenListening(), other = Open();
        CancellationToken deadline = Deadline;
        while (_schema.EndListeners() == 0) await Task.Delay(10, deadline);
        await other.AppendAsync([Alert(1)], Deadline);
        await listening.WaitAsync(0, Deadline);
    }

    [Fact]
    public async Task Without_a_listener_the_next_look_finds_it()
    {
        AlertLog deaf = Open(), other = Open();
        await other.AppendAsync([Alert(1)], Deadline);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await deaf.WaitAsync(0, Deadline);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_at_the_commit_neither_loses_nor_doubles_an_alert(bool tellsServer)
    {
        await using var proxy = new CuttingProxy(_schema.Port);
        AlertLog log = OpenOn(_schema.Open(proxy.Port));
        await log.AppendAsync([Alert(1)], Deadline);
        proxy.CutAtNextCommit(tellsServer);
        await log.AppendAsync([Alert(2), Alert(3)], Deadline);
        await log.AppendAsync([Alert(4)], Deadline);
        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(["a1", "a2", "a3", "a4"], await IdsAsync(log, 0));
        Assert.Equal((4, true), (log.NewestCursor, log.IsWritable));
        Assert.Equal(4L, _schema.Ask("SELECT count(*) FROM alert"));
    }
}

/// <summary>The alert log in PostgreSQL with TimescaleDB.</summary>
public sealed class TimescaleAlertLogTests(TimescaleServer timescale, PlainPostgresServer plain) : PostgresAlertLogTests(plain)
{
    protected override PostgresServer Server => timescale;
}

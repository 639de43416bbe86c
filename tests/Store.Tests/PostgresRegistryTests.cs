using Tracking.Contracts;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>The registry in PostgreSQL without TimescaleDB.</summary>
public class PostgresRegistryTests(PlainPostgresServer server) : RegistryConformance
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

    protected override Registry OpenRegistry(RegistryOptions options) => OpenOn(_schema.Open(), options);

    private Registry OpenOn(PostgresDatabase database, RegistryOptions? options = null) =>
        _schema.Keep(Registry.Over(new PostgresRegistryTables(database), options ?? new RegistryOptions(), Clock, null));

    protected override void Damage(string text) => _schema.Ask($"""
        UPDATE counter SET value = value + 1 WHERE name = 'registry';
        UPDATE geofence SET geofence = '{text}', changed = (SELECT value FROM counter WHERE name = 'registry')
        """);

    private (Registry Registry, PostgresNotices Notices) OpenListening()
    {
        PostgresDatabase database = _schema.Open();
        PostgresNotices notices = _schema.Listen(database);
        Registry registry = OpenOn(database);
        notices.Hear(PostgresNotices.RegistryTopic, registry.Look);
        return (registry, notices);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        CancellationToken deadline = Deadline;
        while (!holds()) await Task.Delay(10, deadline);
    }

    [Fact]
    public async Task What_another_node_wrote_is_heard_of_before_anybody_looks()
    {
        (Registry listening, PostgresNotices notices) = OpenListening();
        Registry other = Open();
        await UntilAsync(() => notices.IsListening);
        other.PutRep("anna", "Anna", "north", "UTC");
        await UntilAsync(() => listening.FindRep("anna") is not null);
        string token = other.CreateToken("ops", Role.Reader, Scope.All);
        other.RevokeTokens("ops");
        await UntilAsync(() => listening.Authenticate(token) is null);
    }

    [Fact]
    public async Task A_listener_that_was_cut_off_listens_again_and_looks_for_what_it_missed()
    {
        (Registry listening, PostgresNotices notices) = OpenListening();
        Registry other = Open();
        await UntilAsync(() => notices.IsListening && _schema.EndListeners() == 1);
        other.PutRep("anna", "Anna", "north", "UTC");
        await UntilAsync(() => listening.FindRep("anna") is not null);
        await UntilAsync(() => notices.IsListening);
        other.PutRep("bert", "Bert", "north", "UTC");
        await UntilAsync(() => listening.FindRep("bert") is not null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_at_the_commit_leaves_all_or_nothing(bool tellsServer)
    {
        await using var proxy = new CuttingProxy(_schema.Port);
        Registry registry = OpenOn(_schema.Open(proxy.Port));
        proxy.CutAtNextCommit(tellsServer);
        Assert.Throws<StoreUnavailableException>(() => registry.AddDevice("phone-1", "anna"));
        Assert.Equal(1, proxy.Cuts);
        registry.PutRep("bert", "Bert", "", "UTC");
        Assert.Equal(tellsServer, registry.FindDevice("phone-1") is not null);
        Assert.Equal(tellsServer, registry.FindRep("anna") is not null);
        Assert.Equal(tellsServer ? 1L : 0L, _schema.Ask("SELECT count(*) FROM audit WHERE action = 'deviceAdded'"));
    }

    [Fact]
    public async Task While_the_database_is_away_what_is_known_stays_valid_and_nothing_can_be_written()
    {
        await using var proxy = new CuttingProxy(_schema.Port);
        Registry registry = OpenOn(_schema.Open(proxy.Port));
        string secret = registry.AddDevice("phone-1", "anna");
        await proxy.DisposeAsync();
        Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.False(registry.IsReachable);
        Assert.NotNull(registry.FindDeviceBySecret(secret));
        Assert.Null(registry.FindDeviceBySecret("dev_unknown"));
        Assert.Throws<StoreUnavailableException>(() => registry.Enrol("phone-2"));
    }

    [Fact]
    public void Characters_that_the_database_does_not_take_are_replaced()
    {
        Registry registry = Open();
        Assert.Equal("An\uFFFDna \uFFFD 😀", registry.PutRep("anna", "An\0na \ud800 😀", "", "UTC").Name);
    }
}

/// <summary>The registry in PostgreSQL with TimescaleDB.</summary>
public sealed class TimescaleRegistryTests(TimescaleServer timescale, PlainPostgresServer plain) : PostgresRegistryTests(plain)
{
    protected override PostgresServer Server => timescale;
}

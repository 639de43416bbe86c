using Tracking.Contracts;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>What the audit log must do on every store; each store derives from it.</summary>
public abstract class AuditLogConformance : IAsyncLifetime
{
    protected FakeClock Clock { get; } = new();

    private static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    /// <summary>Opens the audit log over the same data as before.</summary>
    protected abstract AuditLog OpenAudit();

    /// <summary>Opens the registry over the same data.</summary>
    protected abstract Registry OpenRegistry();

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Entries_come_back_whole_by_page_and_by_action()
    {
        await using AuditLog audit = OpenAudit();
        for (int i = 0; i < 7; i++) await audit.AppendAsync("Zoë 王", i % 2 == 0 ? "even" : "odd", $"t'{i}", Deadline, ("n", $"{i}\"\0"), ("nothing", null));
        IReadOnlyList<AuditEntry> all = await audit.ReadAsync(0, 100, null, Deadline);
        Assert.Equal(AuditEntry.Of(Instant.Now(Clock), "Zoë 王", "odd", "t'3", ("n", "3\"\0")) with { Cursor = all[3].Cursor }, all[3]);
        Assert.Equal(["t'2", "t'4"], (await audit.ReadAsync(all[0].Cursor, 2, "even", Deadline)).Select(e => e.Target));
        Assert.Equal(["t'5", "t'6"], (await audit.ReadLatestAsync(2, null, Deadline)).Select(e => e.Target));
        Assert.Equal(["t'1", "t'3", "t'5"], (await audit.ReadLatestAsync(5, "odd", Deadline)).Select(e => e.Target));
    }

    [Fact]
    public async Task What_changes_the_registry_is_noted_in_the_same_transaction()
    {
        await using AuditLog audit = OpenAudit();
        await using Registry registry = OpenRegistry();
        registry.AddDevice("phone-1", "anna", actor: "cli");
        registry.CreateToken("ops", Role.Admin, Scope.All, "boss");
        registry.RevokeTokens("ops", "boss");
        Assert.Throws<ArgumentException>(() => registry.PutRep("anna", "Anna", "", "Nowhere/Else"));
        Assert.Equal([("cli", "deviceAdded", "phone-1"), ("boss", "tokenCreated", "ops"), ("boss", "tokenRevoked", "ops")],
            (await audit.ReadAsync(0, 10, null, Deadline)).Select(e => (e.Actor, e.Action, e.Target)));
    }

    [Fact]
    public async Task Many_writers_at_once_are_all_noted_in_one_order()
    {
        await using AuditLog one = OpenAudit(), other = OpenAudit();
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), async (i, cancel) => await (i % 2 == 0 ? one : other).AppendAsync("a", "b", $"{i}", cancel));
        IReadOnlyList<AuditEntry> all = await one.ReadAsync(0, 1000, null, Deadline);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}").Order(), all.Select(e => e.Target).Order());
        Assert.Equal(all.Select(e => e.Cursor).Order(), all.Select(e => e.Cursor));
    }

    [Fact]
    public async Task Old_entries_are_swept()
    {
        await using AuditLog audit = OpenAudit();
        await audit.AppendAsync("a", "b", "old", Deadline);
        Clock.Advance(TimeSpan.FromDays(399));
        await audit.AppendAsync("a", "b", "new", Deadline);
        CancellationToken deadline = Deadline;
        Clock.Advance(TimeSpan.FromDays(2));
        while ((await audit.ReadAsync(0, 10, null, deadline)).Count > 1)
        {
            // A sweep that was under way looked for what was old at its beginning.
            await Task.Delay(10, deadline);
            Clock.Advance(TimeSpan.FromHours(1));
        }
        Assert.Equal("new", Assert.Single(await audit.ReadAsync(0, 10, null, Deadline)).Target);
    }
}

/// <summary>The embedded audit log.</summary>
public sealed class SqliteAuditLogTests : AuditLogConformance
{
    private readonly TempFolder _folder = new();

    protected override AuditLog OpenAudit() => AuditLog.Open(_folder["tracking.db"], new AuditLogOptions(), Clock);

    protected override Registry OpenRegistry() => Registry.Open(_folder["tracking.db"], new RegistryOptions(), Clock);

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The audit log in PostgreSQL without TimescaleDB.</summary>
public class PostgresAuditLogTests(PlainPostgresServer server) : AuditLogConformance
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
        await _schema.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override AuditLog OpenAudit() => AuditLog.Over(new PostgresAuditTable(_schema.Open()), new AuditLogOptions(), Clock, null);

    protected override Registry OpenRegistry() => Registry.Over(new PostgresRegistryTables(_schema.Open()), new RegistryOptions(), Clock, null);
}

/// <summary>The audit log in PostgreSQL with TimescaleDB.</summary>
public sealed class TimescaleAuditLogTests(TimescaleServer timescale, PlainPostgresServer plain) : PostgresAuditLogTests(plain)
{
    protected override PostgresServer Server => timescale;
}

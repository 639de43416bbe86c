using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>Subscriptions in PostgreSQL without TimescaleDB.</summary>
public class PostgresSubscriptionStoreTests(PlainPostgresServer server) : SubscriptionStoreConformance
{
    private PostgresSchema? _schema;

    protected virtual PostgresServer Server => server;

    protected override async Task<ISubscriptionStore> OpenAsync()
    {
        if (_schema is null)
        {
            _schema = new PostgresSchema(Server);
            await _schema.StartAsync();
        }
        return new PostgresSubscriptionStore(_schema.Open(), Options);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Two_nodes_add_no_more_webhooks_than_may_be_and_share_leases()
    {
        ISubscriptionStore other = await OpenAsync();
        bool[] added = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? Store : other).AddWebhookAsync(new Webhook { Id = $"h{i}", Url = "http://10.0.0.1/", Secret = "s", CreatedAt = Some.Morning }, 0, CancellationToken.None))));
        Assert.Equal(MaxWebhooks, added.Count(a => a));
        Assert.True(await Store.TryLeaseAsync("redis", "one", TimeSpan.FromHours(1), CancellationToken.None));
        Assert.False(await other.TryLeaseAsync("redis", "two", TimeSpan.FromHours(1), CancellationToken.None));
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_and_comes_back()
    {
        await using var proxy = new CuttingProxy(_schema!.Port);
        var store = new PostgresSubscriptionStore(_schema.Open(proxy.Port), Options);
        proxy.CutAtNextCommit(tellsServer: false);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.SaveProgressAsync("redis", new SubscriberProgress(1, 0), CancellationToken.None));
        Assert.False(store.IsWritable);
        await store.SaveProgressAsync("redis", new SubscriberProgress(2, 0), CancellationToken.None);
        Assert.True(store.IsWritable);
        Assert.Equal(2, (await store.ReadProgressAsync("redis", CancellationToken.None))!.Value.Cursor);
    }
}

/// <summary>Subscriptions in PostgreSQL with TimescaleDB.</summary>
public sealed class TimescaleSubscriptionStoreTests(TimescaleServer timescale, PlainPostgresServer plain) : PostgresSubscriptionStoreTests(plain)
{
    protected override PostgresServer Server => timescale;
}

using System.Text;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>What every subscription store must do; each store derives from it.</summary>
public abstract class SubscriptionStoreConformance : IAsyncLifetime
{
    protected const int MaxWebhooks = 5, MaxDeadLetters = 20;

    protected static SubscriptionOptions Options => new() { MaxWebhooks = MaxWebhooks, MaxDeadLetters = MaxDeadLetters };

    protected ISubscriptionStore Store { get; private set; } = null!;

    private static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    /// <summary>Opens the store with <see cref="Options"/> over the same data again, after the one before was disposed.</summary>
    protected abstract Task<ISubscriptionStore> OpenAsync();

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }

    private static Webhook Hook(string id) => new()
    {
        Id = id,
        Url = "https://subscriber.example/alerts?a=1&b='",
        Kinds = [AlertKind.Sos, AlertKind.MockSuspected],
        Scope = new Scope(ScopeKind.Rep, "r-17"),
        OwnerScope = new Scope(ScopeKind.Group, "north/vienna"),
        Owner = "Zoë 王",
        Secret = "pa'ss\"wört",
        State = WebhookState.Paused,
        CreatedAt = Some.Morning,
    };

    private static DeadLetter Letter(string webhook, int number) => new()
    {
        WebhookId = webhook,
        Cursor = number,
        AlertId = $"a{number}",
        Json = Encoding.UTF8.GetBytes($$"""{"id":"a{{number}}","text":"已到达"}"""),
        Reason = "422 Unprocessable Content",
        Attempts = 2,
        At = Some.Morning,
    };

    private async Task<IEnumerable<long>> CursorsOfLettersAsync(string webhook, long after = 0, int limit = 100, bool replayOnly = false) =>
        (await Store.ReadDeadLettersAsync(webhook, after, limit, replayOnly, Deadline)).Select(l => l.Cursor);

    [Fact]
    public async Task Webhooks_come_back_as_they_were_in_the_order_of_their_ids()
    {
        Webhook everything = new() { Id = "a", Url = "http://10.0.0.1/", Secret = "s", CreatedAt = new Instant(1) };
        Assert.True(await Store.AddWebhookAsync(Hook("b"), 17, Deadline));
        Assert.True(await Store.AddWebhookAsync(everything, 0, Deadline));
        Assert.False(await Store.AddWebhookAsync(everything, 5, Deadline));
        await ReopenAsync();
        Assert.Equal([everything, Hook("b")], await Store.ReadWebhooksAsync(Deadline));
        Assert.Equal(new SubscriberProgress(17, 0), await Store.ReadProgressAsync(Hook("b").Subscriber, Deadline));
        Assert.Equal(new SubscriberProgress(0, 0), await Store.ReadProgressAsync(everything.Subscriber, Deadline));
    }

    [Fact]
    public async Task A_change_keeps_the_cursor_and_a_deletion_nothing()
    {
        await Store.AddWebhookAsync(Hook("a"), 17, Deadline);
        await Store.PutAsideAsync(Letter("a", 18), new SubscriberProgress(18, 3), Deadline);
        Webhook changed = Hook("a") with { Url = "https://other.example/", Kinds = [], Scope = Scope.All, Secret = "new" };
        Assert.True(await Store.UpdateWebhookAsync(changed with { State = WebhookState.Active, Owner = "Mallory", OwnerScope = Scope.All }, Deadline));
        Assert.False(await Store.UpdateWebhookAsync(Hook("b"), Deadline));
        Assert.Equal([changed], await Store.ReadWebhooksAsync(Deadline));
        Assert.True(await Store.SetWebhookStateAsync("a", WebhookState.Gone, Deadline));
        Assert.False(await Store.SetWebhookStateAsync("b", WebhookState.Gone, Deadline));
        Assert.Equal([changed with { State = WebhookState.Gone }], await Store.ReadWebhooksAsync(Deadline));
        Assert.Equal(new SubscriberProgress(18, 3), await Store.ReadProgressAsync("webhook:a", Deadline));

        Assert.True(await Store.DeleteWebhookAsync("a", Deadline));
        Assert.False(await Store.DeleteWebhookAsync("a", Deadline));
        Assert.Empty(await Store.ReadWebhooksAsync(Deadline));
        Assert.Null(await Store.ReadProgressAsync("webhook:a", Deadline));
        Assert.Equal(0, await Store.CountDeadLettersAsync("a", Deadline));
        Assert.False(await Store.PutAsideAsync(Letter("a", 19), new SubscriberProgress(19, 0), Deadline));
    }

    [Fact]
    public async Task There_are_only_so_many_webhooks()
    {
        for (int i = 0; i < MaxWebhooks; i++) Assert.True(await Store.AddWebhookAsync(Hook($"h{i}"), 0, Deadline));
        Assert.False(await Store.AddWebhookAsync(Hook("one too many"), 0, Deadline));
        await Store.DeleteWebhookAsync("h0", Deadline);
        Assert.True(await Store.AddWebhookAsync(Hook("again"), 0, Deadline));
    }

    [Fact]
    public async Task The_progress_of_any_name_is_durable()
    {
        Assert.Null(await Store.ReadProgressAsync("redis", Deadline));
        await Store.SaveProgressAsync("redis", new SubscriberProgress(5, 0), Deadline);
        await Store.SaveProgressAsync("redis", new SubscriberProgress(long.MaxValue, 7), Deadline);
        await ReopenAsync();
        Assert.Equal(new SubscriberProgress(long.MaxValue, 7), await Store.ReadProgressAsync("redis", Deadline));
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (i, cancel) =>
            await Store.SaveProgressAsync($"subscriber {i % 20}", new SubscriberProgress(i % 20, 0), cancel));
        for (int i = 0; i < 20; i++) Assert.Equal(i, (await Store.ReadProgressAsync($"subscriber {i}", Deadline))!.Value.Cursor);
    }

    [Fact]
    public async Task Dead_letters_are_kept_whole_listed_by_page_and_never_dropped_for_new_ones()
    {
        await Store.AddWebhookAsync(Hook("a"), 0, Deadline);
        await Store.AddWebhookAsync(Hook("b"), 0, Deadline);
        for (int i = 1; i <= MaxDeadLetters; i++) Assert.True(await Store.PutAsideAsync(Letter("a", i), new SubscriberProgress(i, 0), Deadline));
        Assert.False(await Store.PutAsideAsync(Letter("a", 1000), new SubscriberProgress(1000, 0), Deadline));
        Assert.True(await Store.PutAsideAsync(Letter("b", 77), new SubscriberProgress(77, 0), Deadline));
        await ReopenAsync();
        Assert.Equal(MaxDeadLetters, await Store.CountDeadLettersAsync("a", Deadline));
        Assert.Equal(MaxDeadLetters, (await Store.ReadProgressAsync("webhook:a", Deadline))!.Value.Cursor);
        IReadOnlyList<DeadLetter> page = await Store.ReadDeadLettersAsync("a", 0, 7, false, Deadline);
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], page.Select(l => l.Cursor));
        Assert.Equal([8L, 9], await CursorsOfLettersAsync("a", page[^1].Id, 2));
        Assert.Equal(Letter("a", 1) with { Id = page[0].Id, Json = default }, page[0] with { Json = default });
        Assert.Equal(Letter("a", 1).Json.ToArray(), page[0].Json.ToArray());
        Assert.Equal([77L], await CursorsOfLettersAsync("b"));
    }

    [Fact]
    public async Task Dead_letters_are_marked_changed_and_deleted_one_by_one_or_all()
    {
        await Store.AddWebhookAsync(Hook("a"), 0, Deadline);
        await Store.AddWebhookAsync(Hook("b"), 0, Deadline);
        for (int i = 1; i <= 5; i++) await Store.PutAsideAsync(Letter(i == 5 ? "b" : "a", i), new SubscriberProgress(i, 0), Deadline);
        long[] ids = [.. (await Store.ReadDeadLettersAsync("a", 0, 100, false, Deadline)).Select(l => l.Id)];
        Assert.Equal(2, await Store.ReplayDeadLettersAsync("a", [ids[1], ids[2], ids[2], ids[3] + 1000], Deadline));
        Assert.Equal([2L, 3], await CursorsOfLettersAsync("a", replayOnly: true));

        DeadLetter tried = (await Store.ReadDeadLettersAsync("a", ids[0], 1, false, Deadline))[0] with
        {
            Reason = "500",
            Attempts = 3,
            At = Some.Morning + TimeSpan.FromHours(1),
            Replay = false,
        };
        await Store.UpdateDeadLetterAsync(tried, Deadline);
        Assert.Equal(tried with { Json = default }, (await Store.ReadDeadLettersAsync("a", ids[0], 1, false, Deadline))[0] with { Json = default });
        Assert.Equal(4, await Store.ReplayDeadLettersAsync("a", null, Deadline));
        Assert.Empty(await CursorsOfLettersAsync("b", replayOnly: true));

        Assert.Equal(1, await Store.DeleteDeadLettersAsync("a", [ids[0]], Deadline));
        Assert.Equal([2L, 3, 4], await CursorsOfLettersAsync("a"));
        Assert.Equal(3, await Store.DeleteDeadLettersAsync("a", null, Deadline));
        Assert.Equal([5L], await CursorsOfLettersAsync("b"));
    }

    [Fact]
    public async Task One_holder_at_a_time_has_a_lease_until_it_ends()
    {
        TimeSpan hour = TimeSpan.FromHours(1), moment = TimeSpan.FromMilliseconds(50);
        Assert.True(await Store.TryLeaseAsync("redis", "one", hour, Deadline));
        Assert.True(await Store.TryLeaseAsync("redis", "one", hour, Deadline));
        Assert.False(await Store.TryLeaseAsync("redis", "two", hour, Deadline));
        Assert.True(await Store.TryLeaseAsync("another", "two", hour, Deadline));
        await Store.ReleaseAsync("redis", "two", Deadline);
        Assert.False(await Store.TryLeaseAsync("redis", "two", hour, Deadline));
        await Store.ReleaseAsync("redis", "one", Deadline);
        Assert.True(await Store.TryLeaseAsync("redis", "two", moment, Deadline));
        while (!await Store.TryLeaseAsync("redis", "three", hour, Deadline)) await Task.Delay(10, Deadline);
        Assert.False(await Store.TryLeaseAsync("redis", "two", hour, Deadline));
    }
}

/// <summary>The embedded store.</summary>
public sealed class SqliteSubscriptionStoreTests : SubscriptionStoreConformance
{
    private readonly TempFolder _folder = new();

    protected override Task<ISubscriptionStore> OpenAsync() =>
        Task.FromResult<ISubscriptionStore>(SqliteSubscriptionStore.Open(_folder["subscriptions.db"], Options, TimeProvider.System));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nobody_else_can_read_the_secrets()
    {
        await Store.AddWebhookAsync(new Webhook { Id = "a", Url = "http://10.0.0.1/", Secret = "s", CreatedAt = new Instant(1) }, 0, CancellationToken.None);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["subscriptions.db"]));
    }
}

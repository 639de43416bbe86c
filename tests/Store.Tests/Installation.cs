using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>A whole store of any kind, put together as a server does, and one that has something of everything in it.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly PostgresStore? _store;

    private Installation(ServiceProvider services, PostgresStore? store) => (_services, _store) = (services, store);

    public Registry Registry => _services.GetRequiredService<Registry>();

    public ITrackStore Tracks => _services.GetRequiredService<ITrackStore>();

    public AlertLog Alerts => _services.GetRequiredService<AlertLog>();

    public AuditLog Audit => _services.GetRequiredService<AuditLog>();

    public Journal Journal => _services.GetRequiredService<Journal>();

    public Quarantine Quarantine => _services.GetRequiredService<Quarantine>();

    public ISubscriptionStore Subscriptions => _services.GetRequiredService<ISubscriptionStore>();

    private static CancellationToken Never => CancellationToken.None;

    public ErasureService Erasures => _services.GetRequiredService<ErasureService>();

    public static async Task<Installation> OpenAsync(InstallationPlace place, params ErasurePlace[] places)
    {
        IServiceCollection services = new ServiceCollection().AddSingleton<Metrics>().AddSingleton(TimeProvider.System);
        foreach (ErasurePlace other in places) services.AddSingleton(other);
        var options = new StoreOptions { DataFolder = place.DataFolder, Tracks = new TrackStoreOptions { MaxOpenCheckpoints = 5, ChunkFixes = 16 } };
        if (place.Database is null) return new Installation(services.AddEmbeddedStore(options).BuildServiceProvider(), null);
        PostgresStore store = await PostgresStore.OpenAsync(place.Database, TimeProvider.System, NullLoggerFactory.Instance, Never);
        return new Installation(services.AddPostgresStore(options, store).BuildServiceProvider(), store);
    }

    /// <summary>Fills an empty one; <paramref name="seed"/> decides with what.</summary>
    public async Task FillAsync(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 5; i++) Registry.AddDevice($"phone-{i}", $"rep {i} 王'\"\\", $"north/g{i % 2}", "Zoë\t1", "Europe/Vienna", (Crs)(i % 3));
        Registry.Enrol("stranger");
        Registry.CreateToken("ops", Role.Admin, Scope.All);
        Registry.CreateToken("gone", Role.Reader, new Scope(ScopeKind.Group, "north"));
        Registry.RevokeTokens("gone");
        Assert.True(Registry.TryPutGeofences([Fence("f1"), Fence("f2"), Fence("f3")], null, out _));
        Assert.True(Registry.TryPutGeofences([Fence("f1")], 1, out _));
        Registry.DeleteGeofence("f2", null);
        Assert.True(Registry.TryPutDefinition(DefinitionKind.Retention, "north", """{"tracks":"P30D"}"""u8.ToArray(), null, out _));
        Assert.True(Registry.TryPutDefinition(DefinitionKind.Shift, "early", """{"from":"06:00"}"""u8.ToArray(), null, out _));
        Registry.DeleteDefinition(DefinitionKind.Shift, "early", null);
        await Audit.AppendAsync("ops", "test", "something", Never, ("why", "because"));
        await Alerts.AppendAsync([.. Enumerable.Range(0, 40).Select(Alert)], Never);
        await FillSubscriptionsAsync();
        await Quarantine.AddAsync(Protocol.OsmAnd, "phone-1", "latitudeRange", "95", [0, 1, 255]);
        await FillTracksAsync(random);
        // Acknowledged, and not in the tracks.
        for (int i = 0; i < 3; i++) Assert.True(await Journal.Append([Some.Record(5000 + i), Some.Record(6000 + i, 2, "{}"u8.ToArray())]).WhenDurableAsync());
    }

    private async Task FillTracksAsync(Random random)
    {
        for (int sequence = 1; sequence <= 60; sequence++)
        {
            RepFix[] fixes =
            [
                .. Enumerable.Range(0, 50).Select(i => new RepFix(1 + random.Next(5), new JudgedFix(Some.AnyFix(random), FixOutcome.Accepted), random.Next(3) == 0 ? "{\"n\":1}"u8.ToArray() : null)),
                .. Enumerable.Range(0, 20).Select(i => new RepFix(1 + (i % 3), new JudgedFix(Some.Fix((sequence * 20) + i), i == 7 ? FixOutcome.Spike : FixOutcome.Accepted), null)),
                // At one instant, and late.
                new RepFix(1, new JudgedFix(Some.Fix(sequence) with { Position = GeoPoint.FromE7(sequence, sequence) }, FixOutcome.Late), null),
                new RepFix(2, new JudgedFix(Some.Fix(sequence) with { Traits = FixTraits.NoPosition, Position = default }, FixOutcome.Late), null),
            ];
            RepState[] states = [new RepState(1 + (sequence % 4), Encoding.UTF8.GetBytes($"state {sequence}"))];
            GeofenceChange[] changes = sequence is 3 or 4 ? [new GeofenceChange(sequence, Fence($"f{sequence}") with { Key = sequence }, Some.Morning)] : [];
            // The journal's records of these checkpoints are gone, as they are once the tracks have them.
            await Tracks.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = fixes, States = states, GeofenceChanges = changes }, Never);
        }
        Journal.Register("store", 60);
    }

    private async Task FillSubscriptionsAsync()
    {
        for (int i = 0; i < 2; i++)
        {
            var hook = new Webhook
            {
                Id = $"hook{i}",
                Url = "https://a.example/?x=1",
                Kinds = i == 0 ? [] : ["sos", "geofenceEntered"],
                Scope = new Scope(ScopeKind.Rep, "rep 1"),
                Owner = "ops",
                Secret = "s3cret",
                State = (WebhookState)i,
                CreatedAt = Some.Morning,
            };
            Assert.True(await Subscriptions.AddWebhookAsync(hook, 3, Never));
        }
        await Subscriptions.SaveProgressAsync("redis", new SubscriberProgress(17, 2), Never);
        var letter = new DeadLetter { WebhookId = "hook1", Cursor = 5, AlertId = "a5", Json = "{\"id\":\"已\"}"u8.ToArray(), Reason = "422", Attempts = 3, At = Some.Morning };
        Assert.True(await Subscriptions.PutAsideAsync(letter, new SubscriberProgress(5, 1), Never));
        Assert.True(await Subscriptions.PutAsideAsync(letter with { AlertId = "a6", Cursor = 6 }, new SubscriberProgress(6, 1), Never));
        Assert.Equal(1, await Subscriptions.DeleteDeadLettersAsync("hook1", [2], Never));
        await Subscriptions.ReplayDeadLettersAsync("hook1", null, Never);
    }

    private static Geofence Fence(string id) => new() { Id = id, Name = "Lager \"Süd\"", Shape = new CircleShape(new GeoPoint(48.2, 16.37), 75.125), Version = 1 };

    public static Alert Alert(int number) => new()
    {
        Id = $"a{number}",
        Kind = number % 2 == 0 ? AlertKind.GeofenceEntered : AlertKind.Sos,
        Severity = "info",
        RepId = $"rep {number % 5}",
        At = Some.Morning + TimeSpan.FromSeconds(number),
        ConfirmedAt = Some.Morning + TimeSpan.FromSeconds(number + 1),
        Position = new AlertPosition(48.2, 16.37),
        Text = new LocalText("Zoë entered the \"depot\"", "已到达"),
        Data = JsonElement.Parse("""{"score":0.1234567890123}"""),
    };

    /// <summary>All that can be read of it, as text.</summary>
    public async Task<string> DescribeAsync()
    {
        var all = new StringBuilder();
        foreach (Rep rep in Registry.Reps) all.AppendLine(rep.ToString());
        foreach (Device device in Registry.Devices) all.AppendLine($"{device} {Registry.HasSecret(device)}");
        foreach (ApiToken token in Registry.Tokens) all.AppendLine(token.ToString());
        foreach (Geofence fence in Registry.Geofences) all.AppendLine($"{fence.Key} {fence.Version} {Encoding.UTF8.GetString(GeofenceText.Write(fence))}");
        foreach (Definition definition in Registry.Definitions(DefinitionKind.Retention)) all.AppendLine($"{definition.Id} {definition.Version} {Encoding.UTF8.GetString(definition.Json.Span)}");
        AlertPage page = await Alerts.ReadPageAsync(0, 1000, AlertFilter.All, Never);
        foreach (StoredAlert alert in page.Alerts) all.AppendLine(Encoding.UTF8.GetString(alert.Json.Span));
        all.AppendLine($"{Alerts.NewestCursor} {Alerts.OldestCursor} {page.Next}");
        foreach (Webhook hook in await Subscriptions.ReadWebhooksAsync(Never))
            all.AppendLine($"{hook.Id} {hook.Url} {string.Join(' ', hook.Kinds)} {hook.Scope} {hook.Secret} {hook.State} {hook.CreatedAt} {await Subscriptions.ReadProgressAsync(hook.Subscriber, Never)}");
        foreach (DeadLetter letter in await Subscriptions.ReadDeadLettersAsync("hook1", 0, 100, false, Never))
            all.AppendLine($"{letter.Id} {letter.Cursor} {letter.AlertId} {Encoding.UTF8.GetString(letter.Json.Span)} {letter.Reason} {letter.Attempts} {letter.At} {letter.Replay}");
        all.AppendLine($"{await Subscriptions.ReadProgressAsync("redis", Never)}");
        foreach (QuarantineEntry entry in await Quarantine.ReadAsync(null, 100, Never)) all.AppendLine($"{entry.Id} {entry.ReceivedAt} {entry.Protocol} {entry.DeviceId} {entry.Reason} {entry.Detail} {Convert.ToHexString(entry.Raw)}");
        await DescribeTracksAsync(all);
        return all.ToString();
    }

    private async Task DescribeTracksAsync(StringBuilder all)
    {
        var states = new SortedDictionary<int, string>();
        long sequence = Tracks.Restore(fence => all.AppendLine($"{fence.Key} {fence.Id} {fence.Name}"), definition => all.AppendLine($"{definition.Kind} {definition.Id} {definition.Version}"), (rep, state) => states[rep] = Encoding.UTF8.GetString(state.Span));
        all.AppendLine($"{sequence} {string.Join(", ", states)}");
        for (int rep = 1; rep <= 6; rep++)
        {
            TrackPage track = await Tracks.ReadTrackAsync(rep, Instant.Min, Instant.Max, null, 100_000, Never, withAttributes: true);
            for (int i = 0; i < track.Fixes.Count; i++) all.AppendLine($"{rep} {track.Fixes[i]} {(track.Attributes![i] is { } sent ? Encoding.UTF8.GetString(sent) : "-")}");
        }
        Journal.Register("store", sequence);
        long read = sequence;
        while (read < Journal.DurableSequence)
        {
            using JournalBlock block = await Journal.ReadAsync(read, Never);
            foreach (JournalRecord record in block) all.AppendLine($"{++read} {record.Kind} {record.RepKey} {record.DeviceKey} {record.Fix} {Encoding.UTF8.GetString(record.Payload.Span)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
    }
}

using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>What the registry must do on every store; each store derives from it.</summary>
public abstract class RegistryConformance : IAsyncLifetime
{
    private readonly List<Registry> _opened = [];

    protected FakeClock Clock { get; } = new();

    protected static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    /// <summary>Opens the registry over the same data as before, as another process would.</summary>
    protected abstract Registry OpenRegistry(RegistryOptions options);

    /// <summary>Overwrites the text of every geofence, as a change.</summary>
    protected abstract void Damage(string text);

    protected Registry Open(RegistryOptions? options = null)
    {
        Registry registry = OpenRegistry(options ?? new RegistryOptions());
        _opened.Add(registry);
        return registry;
    }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (Registry registry in _opened) await registry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static Geofence Fence(string id, string name = "Depot") => new()
    {
        Id = id,
        Name = name,
        Purpose = GeofencePurpose.Office,
        Shape = new CircleShape(new GeoPoint(48.2, 16.37), 150),
        Groups = ["north/vienna"],
        Schedule = new WeeklySchedule("Europe/Vienna", [new WeeklyWindow(DayOfWeek.Monday, new TimeOnly(8, 0), new TimeOnly(17, 30))]),
        DwellS = 300,
    };

    [Fact]
    public void A_device_that_was_added_is_found_by_key_id_and_secret()
    {
        Registry registry = Open();
        string secret = registry.AddDevice("phone-1", "anna", "north/vienna", "Anna", "Europe/Vienna", Crs.Gcj02);
        Device device = registry.FindDevice("phone-1")!;
        Assert.Equal(Crs.Gcj02, device.Crs);
        Assert.Same(device, registry.FindDevice(device.Key));
        Assert.Same(device, registry.FindDeviceBySecret(secret));
        Assert.Equal(new Rep(device.RepKey, "anna", "Anna", "north/vienna", "Europe/Vienna"), registry.FindRep("anna"));
        Assert.True(registry.VerifySecret(device, secret));
        Assert.False(registry.VerifySecret(device, ""));
        Assert.False(registry.VerifySecret(device, secret + "x"));
        Assert.StartsWith("dev_", secret);
    }

    [Fact]
    public void A_new_secret_takes_the_place_of_the_old_one()
    {
        Registry registry = Open();
        string old = registry.AddDevice("phone-1", "anna");
        string secret = registry.AddDevice("phone-1", "bert");
        Assert.Null(registry.FindDeviceBySecret(old));
        Assert.Equal(registry.FindRep("bert")!.Key, registry.FindDeviceBySecret(secret)!.RepKey);
    }

    [Fact]
    public async Task Everything_is_there_again_after_a_restart()
    {
        Registry first = Open();
        string secret = first.AddDevice("phone-1", "anna", "north", "Anna", "Europe/Vienna");
        string token = first.CreateToken("ops", Role.Dispatcher, new Scope(ScopeKind.Group, "north"));
        Assert.True(first.TryPutGeofences([Fence("depot")], 0, out IReadOnlyList<Geofence>? stored));
        byte[] sealKey = new byte[32], again = new byte[32];
        Assert.True(first.TryGetSealKey(first.FindDevice("phone-1")!.Key, sealKey));
        await first.DisposeAsync();
        Registry second = Open();
        Assert.Equal("phone-1", second.FindDeviceBySecret(secret)!.Id);
        Assert.Equal(new Principal("ops", Role.Dispatcher, new Scope(ScopeKind.Group, "north")), second.Authenticate(token));
        Assert.Equivalent(stored[0], second.FindGeofence("depot"), strict: true);
        Assert.True(second.TryGetSealKey(second.FindDevice("phone-1")!.Key, again));
        Assert.Equal(sealKey, again);
    }

    [Fact]
    public void What_another_process_wrote_lets_its_owner_in_at_once()
    {
        Registry server = Open(), commandLine = Open();
        string secret = commandLine.AddDevice("phone-1", "anna");
        string token = commandLine.CreateToken("t", Role.Reader, Scope.All);
        Clock.Advance(TimeSpan.FromMilliseconds(60));
        Assert.NotNull(server.FindDeviceBySecret(secret));
        Assert.NotNull(server.FindRep("anna"));
        Assert.NotNull(server.Authenticate(token));
    }

    [Fact]
    public void What_another_process_wrote_is_noticed_within_a_second()
    {
        Registry server = Open(), commandLine = Open();
        int changes = 0;
        server.Changed += () => changes++;
        commandLine.PutRep("anna", "Anna", "north", "UTC");
        Assert.Null(server.FindRep("anna"));
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(server.FindRep("anna"));
        Assert.Equal(1, changes);
    }

    [Fact]
    public void Two_writers_never_miss_each_others_rows()
    {
        Registry one = Open(), other = Open();
        Parallel.For(0, 60, i => (i % 2 == 0 ? one : other).PutRep($"rep-{i:00}", "n", "", "UTC"));
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"rep-{i:00}"), one.Reps.Select(r => r.Id));
        Assert.Equal(one.Reps, other.Reps);
    }

    [Fact]
    public void Enrolment_stops_at_its_limit_and_refuses_unfit_ids()
    {
        Registry registry = Open(new RegistryOptions { MaxEnrolledDevices = 2 });
        Assert.Null(registry.Enrol(""));
        Assert.Null(registry.Enrol(new string('x', 65)));
        Assert.Null(registry.Enrol("a\nb"));
        Device first = registry.Enrol("a")!;
        Assert.Equal("a", registry.FindRep(first.RepKey)!.Id);
        Assert.Same(first, registry.Enrol("a"));
        Assert.NotNull(registry.Enrol("b"));
        Assert.Null(registry.Enrol("c"));
        Assert.True(registry.VerifySecret(first, ""));
        Assert.False(registry.VerifySecret(first, "guess"));
    }

    [Fact]
    public void Many_enrolments_at_once_each_get_their_device()
    {
        Registry registry = Open();
        Device?[] devices = new Device?[400];
        Parallel.For(0, 400, i => devices[i] = registry.Enrol($"d{i % 300}"));
        Assert.All(devices, Assert.NotNull);
        Assert.Equal(300, registry.Devices.Count);
        Assert.Equal(300, devices.Select(d => d!.Key).Distinct().Count());
    }

    [Fact]
    public void Geofences_have_versions_and_a_wrong_one_changes_nothing()
    {
        Registry registry = Open();
        Assert.True(registry.TryPutGeofences([Fence("a"), Fence("b")], null, out IReadOnlyList<Geofence>? created));
        Assert.All(created, g => Assert.Equal(1, g.Version));
        Assert.False(registry.TryPutGeofences([Fence("a", "Other")], 0, out _));
        Assert.True(registry.TryPutGeofences([Fence("a", "Other")], 1, out IReadOnlyList<Geofence>? changed));
        Assert.Equal((created[0].Key, 2), (changed[0].Key, changed[0].Version));
        Assert.Null(registry.DeleteGeofence("a", 1));
        Assert.Equal("Other", registry.DeleteGeofence("a", 2)!.Name);
        Assert.Null(registry.FindGeofence("a"));
        Assert.True(registry.TryPutGeofences([Fence("a")], 0, out IReadOnlyList<Geofence>? again));
        Assert.NotEqual(created[0].Key, again[0].Key);
        Assert.Equal(["a", "b"], registry.Geofences.Select(g => g.Id));
    }

    [Fact]
    public async Task Every_shape_survives_a_restart_bit_by_bit()
    {
        GeoPoint[] ring = [new(48.1, 16.3), new(48.1000001, 16.4), new(48.2, 16.35)], hole = [new(48.11, 16.34), new(48.12, 16.36), new(48.13, 16.35)];
        GeoShape[] shapes =
        [
            new CircleShape(new GeoPoint(-89.9999999, 179.9999999), 0.1 + 0.2),
            new CorridorShape(ring, 33.3),
            new PolygonShape([new PolygonRings(ring, [hole]), new PolygonRings(hole, [])]),
        ];
        Registry first = Open();
        Geofence[] fences = [.. shapes.Select((shape, i) => Fence($"f{i}", "仓库") with { Shape = shape, Schedule = null, SpeedLimitMps = 13.9, Reps = ["anna"] })];
        Assert.True(first.TryPutGeofences(fences, null, out IReadOnlyList<Geofence>? stored));
        await first.DisposeAsync();
        Assert.Equivalent(stored, Open().Geofences, strict: true);
        Assert.Equivalent(shapes, _opened[^1].Geofences.Select(g => g.Shape), strict: true);
    }

    [Fact]
    public void A_damaged_geofence_is_named_and_what_is_known_stays_valid()
    {
        Registry server = Open();
        server.TryPutGeofences([Fence("a")], null, out _);
        Damage("{");
        Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("Depot", server.FindGeofence("a")!.Name);
        Assert.Contains("geofence 1", Assert.Throws<StoreUnavailableException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_geofences_are_refused_as_a_whole()
    {
        Registry registry = Open(new RegistryOptions { MaxGeofences = 2 });
        Assert.Throws<InvalidOperationException>(() => registry.TryPutGeofences([Fence("a"), Fence("b"), Fence("c")], null, out _));
        Assert.Empty(registry.Geofences);
    }

    [Fact]
    public async Task Definitions_have_versions_outlive_a_restart_and_reach_other_processes()
    {
        Registry registry = Open(new RegistryOptions { MaxDefinitions = 2 }), other = Open();
        Assert.True(registry.TryPutDefinition(DefinitionKind.Plan, "b", "{\"a\":1}"u8.ToArray(), 0, out Definition? created));
        Assert.Equal(1, created.Version);
        Assert.False(registry.TryPutDefinition(DefinitionKind.Plan, "b", "{}"u8.ToArray(), 0, out _));
        Assert.True(registry.TryPutDefinition(DefinitionKind.Plan, "b", "{\"a\":2}"u8.ToArray(), 1, out _));
        Assert.True(registry.TryPutDefinition(DefinitionKind.Plan, "a", "{}"u8.ToArray(), null, out _));
        Assert.Throws<InvalidOperationException>(() => registry.TryPutDefinition(DefinitionKind.Plan, "c", "{}"u8.ToArray(), null, out _));
        Assert.True(registry.TryPutDefinition(DefinitionKind.Shift, "b", "{}"u8.ToArray(), null, out _));
        Assert.Null(registry.DeleteDefinition(DefinitionKind.Plan, "a", 2));
        Assert.Equal("a", registry.DeleteDefinition(DefinitionKind.Plan, "a", 1)!.Id);
        Assert.Null(registry.DeleteDefinition(DefinitionKind.Plan, "a", null));

        other.Look();
        Assert.Equal(["b"], other.Definitions(DefinitionKind.Plan).Select(static d => d.Id));
        Assert.Equal("{\"a\":2}"u8.ToArray(), other.FindDefinition(DefinitionKind.Plan, "b")!.Json.ToArray());
        Assert.Same(other.Definitions(DefinitionKind.Plan), other.Definitions(DefinitionKind.Plan));
        await registry.DisposeAsync();
        Registry again = Open();
        Assert.Equal((2, 1), ((int)again.FindDefinition(DefinitionKind.Plan, "b")!.Version, again.Definitions(DefinitionKind.Shift).Count));
        Assert.True(again.TryPutDefinition(DefinitionKind.Plan, "a", "{}"u8.ToArray(), 0, out Definition? back));
        Assert.Equal(2, back.Version);
    }

    [Fact]
    public void An_unknown_time_zone_is_named()
    {
        var e = Assert.Throws<ArgumentException>(() => Open().PutRep("anna", "Anna", "", "Europe/Nowhere"));
        Assert.Contains("Europe/Nowhere", e.Message, StringComparison.Ordinal);
    }
}

/// <summary>The embedded registry.</summary>
public sealed class SqliteRegistryTests : RegistryConformance
{
    private readonly TempFolder _folder = new();

    protected override Registry OpenRegistry(RegistryOptions options) => Registry.Open(_folder["tracking.db"], options, Clock);

    protected override void Damage(string text)
    {
        using var file = Sqlite.SqliteFile.Open(_folder["tracking.db"]);
        file.Execute($"UPDATE change SET number = number + 1; UPDATE geofence SET text = '{text}', changed = (SELECT number FROM change)");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

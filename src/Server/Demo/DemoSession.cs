using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Simulator;
using Tracking.Simulator.Sending;
using Tracking.Store;

namespace Tracking.Server.Demo;

/// <summary>A server with people on it, for as long as somebody looks.</summary>
internal sealed class DemoSession : IAsyncDisposable
{
    private TrackingServer? _started;
    private readonly IConfiguration _configuration;
    private readonly World _world;
    private readonly Dictionary<Person, Credential> _credentials = [];
    private Fleet? _fleet;
    private SimulationRun? _run;

    /// <summary>Composes server and world; nothing listens yet.</summary>
    public DemoSession(DemoScript script, IConfiguration configuration)
    {
        _configuration = configuration;
        _world = script.CreateWorld();
    }

    private TrackingServer Server => _started ?? throw new InvalidOperationException("The demo has not begun.");

    /// <summary>The server's address.</summary>
    public Uri Address => new($"http://{Reachable(Server.Http)}/");

    /// <summary>A token that may do everything.</summary>
    public string AdminToken { get; private set; } = "";

    /// <summary>A token that may look at the first city's teams.</summary>
    public string ReaderToken { get; private set; } = "";

    /// <summary>The sign-in link; browsers keep the fragment over the redirection, and the console opens on the first city.</summary>
    public Uri SignIn => new(Address, FormattableString.Invariant(
        $"signin?token={AdminToken}#12.00/{_world.Cities[0].Spec.Center.LatitudeDeg:F4}/{_world.Cities[0].Spec.Center.LongitudeDeg:F4}"));

    /// <summary>The ready line of the server.</summary>
    public string ReadyLine => Server.ReadyLine;

    /// <summary>What the phones do.</summary>
    public Fleet Fleet => _fleet!;

    /// <summary>Who is there.</summary>
    public World World => _world;

    /// <summary>Starts the server, registers people, and what their company has defined.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        _started = await TrackingServer.CreateAsync(_configuration, waitsForStore: false, cancel);
        await Server.StartAsync(cancel);
        var registry = Server.Services.GetRequiredService<Registry>();
        foreach (Person person in _world.People)
        {
            CitySpec city = person.City.Spec;
            string secret = registry.AddDevice(person.Spec.Id, person.Spec.Id, person.Spec.Group, person.Spec.Name, city.TimeZone, city.Crs);
            _credentials[person] = new Credential(secret, "", registry.FindDevice(person.Spec.Id)!.Key);
        }
        AdminToken = registry.CreateToken("demo", Role.Admin, Scope.All);
        ReaderToken = registry.CreateToken("demo reader", Role.Reader, new Scope(ScopeKind.Group, _world.Cities[0].Spec.Key));
        await DefineAsync(cancel);
        _fleet = new Fleet(new FleetOptions
        {
            Main = Address,
            Devices = new Uri($"http://{Reachable(Server.Devices)}/"),
            Udp = Reachable(Server.Udp),
            CredentialOf = person => _credentials[person],
        });
        _run = new SimulationRun(_world, _fleet, TimeProvider.System);
    }

    /// <summary>Lets people live through the day until now.</summary>
    public Task CatchUpAsync(Action<double>? progress, CancellationToken cancel) => _run!.CatchUpAsync(null, progress, cancel);

    /// <summary>Lets people live on in real time until it is given up.</summary>
    public Task RunAsync(CancellationToken cancel) => _run!.RunAsync(1, null, cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null) await _fleet.DisposeAsync();
        if (_started is null) return;
        await _started.StopAsync();
        await _started.DisposeAsync();
    }

    private async Task DefineAsync(CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        var fences = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(fences)) GeofenceJson.Write(json, DemoFences.Of(_world));
        await SendAsync(http, HttpMethod.Post, "v1/geofences:import", fences.WrittenMemory, cancel);
        foreach ((string path, string json) in DemoDefinitions.Of(_world, Instant.Now(TimeProvider.System)))
            await SendAsync(http, HttpMethod.Put, path, Encoding.UTF8.GetBytes(json), cancel);
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, ReadOnlyMemory<byte> json, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new ReadOnlyMemoryContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage answer = await http.SendAsync(request, cancel);
        if (!answer.IsSuccessStatusCode)
            throw new Complaint($"the server refuses the demo's {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancel)}");
    }

    /// <summary>An address to connect to, where the server listens on all of them.</summary>
    private static IPEndPoint Reachable(IPEndPoint listening) =>
        listening.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, listening.Port)
        : listening.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, listening.Port)
        : listening;
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.LiveMap.Live;
using Tracking.LiveMap.Webhooks;
using Tracking.Store;

namespace Tracking.LiveMap.Tests;

/// <summary>The live map over a real store in a folder of its own, on a free port; the test plays the trackers.</summary>
internal sealed class LiveMapServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly List<HttpClient> _clients = [];

    private LiveMapServer(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public string Address => _app.Urls.First();

    public IReadOnlyList<Endpoint> Routes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    public Registry Registry => _app.Services.GetRequiredService<Registry>();

    public LiveBoard Board => _app.Services.GetRequiredService<LiveBoard>();

    public AlertLog Alerts => _app.Services.GetRequiredService<AlertLog>();

    public Journal Journal => _app.Services.GetRequiredService<Journal>();

    public ITrackStore Tracks => _app.Services.GetRequiredService<ITrackStore>();

    public Quarantine Quarantine => _app.Services.GetRequiredService<Quarantine>();

    public Metrics Metrics => _app.Services.GetRequiredService<Metrics>();

    public AuditLog Audit => _app.Services.GetRequiredService<AuditLog>();

    public IServiceProvider Services => _app.Services;

    public ISubscriptionStore Subscriptions => _app.Services.GetRequiredService<ISubscriptionStore>();

    public static Task<LiveMapServer> StartAsync(LiveMapOptions? options = null, Action<IServiceCollection>? more = null) =>
        StartAsync(new StoreOptions { DataFolder = Directory.CreateTempSubdirectory("livemap-").FullName }, options, null, more);

    /// <summary>A server whose webhooks may have targets in the test.</summary>
    public static Task<LiveMapServer> StartAsync(WebhookOptions webhooks, StoreOptions? store = null) =>
        StartAsync(store ?? new StoreOptions { DataFolder = Directory.CreateTempSubdirectory("livemap-").FullName }, null, webhooks, null);

    private static async Task<LiveMapServer> StartAsync(StoreOptions store, LiveMapOptions? options, WebhookOptions? webhooks, Action<IServiceCollection>? more)
    {
        string folder = store.DataFolder;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Metrics>();
        builder.Services.AddEmbeddedStore(store);
        builder.Services.AddLiveMap(options ?? new LiveMapOptions { Tick = TimeSpan.FromMilliseconds(30), StreamHeartbeat = TimeSpan.FromMilliseconds(100) }, webhooks);
        more?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        app.MapLiveMap();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app, folder);
    }

    /// <summary>A client of a role and scope; null role: nobody.</summary>
    public HttpClient Client(Role? role = Role.Admin, string? scope = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(Address) };
        if (role is { } known) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(known, scope));
        _clients.Add(client);
        return client;
    }

    public string Token(Role role = Role.Admin, string? scope = null)
    {
        Assert.True(Scope.TryParse(scope, out Scope parsed));
        return Registry.CreateToken($"{role} {scope}".Trim(), role, parsed);
    }

    public Rep AddRep(string id, string group = "", string timeZone = "Europe/Vienna") => Registry.PutRep(id, "Name of " + id, group, timeZone);

    /// <summary>Puts a rep on the map.</summary>
    public void Show(Rep rep, double latitude, double longitude, SignalStatus status = SignalStatus.Live, Instant? at = null) => Board.Publish(new RepLive
    {
        RepKey = rep.Key,
        Status = status,
        Motion = Motion.Moving,
        HasPosition = true,
        FixedAt = at ?? Instant.Now(TimeProvider.System),
        HeardAt = at ?? Instant.Now(TimeProvider.System),
        Position = new GeoPoint(latitude, longitude).Quantised(),
        SpeedMps = 12.5f,
        CourseDeg = 90,
        AccuracyM = 5,
        BatteryPct = 80,
    });

    /// <summary>Writes alerts as the trackers' host does.</summary>
    public async Task AlertAsync(string repId, params string[] ids)
    {
        await Alerts.AppendAsync([.. ids.Select(id => MakeAlert(id, repId))], TestContext.Current.CancellationToken);
    }

    public static Alert MakeAlert(string id, string repId, string kind = AlertKind.GeofenceEntered, Instant? at = null) => new()
    {
        Id = id,
        Kind = kind,
        Severity = "info",
        RepId = repId,
        At = at ?? Instant.Now(TimeProvider.System),
        ConfirmedAt = at ?? Instant.Now(TimeProvider.System),
        GeofenceId = "depot",
        Position = new(48.2, 16.37),
        Text = new($"{repId} entered the depot.", $"{repId} 进入了仓库。"),
        Data = JsonElement.Parse("""{"score":0.75,"evidence":[{"kind":"deviceFlag","weight":1}]}"""),
    };

    /// <summary>Writes a track as a checkpoint of the trackers' host does.</summary>
    public async Task TrackAsync(Rep rep, long sequence, params IEnumerable<JudgedFix> fixes) => await Tracks.CommitAsync(new Checkpoint
    {
        Sequence = sequence,
        Fixes = [.. fixes.Select(judged => new RepFix(rep.Key, judged, null))],
        States = [],
        GeofenceChanges = [],
    }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _clients) client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

internal static class Http
{
    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path)
    {
        using HttpResponseMessage answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"GET {path}: {(int)answer.StatusCode} {body}");
        return JsonElement.Parse(body);
    }

    public static async Task<int> StatusAsync(this HttpClient client, HttpMethod method, string path, string? json = null)
    {
        (int status, _, _) = await client.SendAsync(method, path, json);
        return status;
    }

    public static async Task<(int Status, JsonElement Body, HttpResponseHeaders Headers)> SendAsync(
        this HttpClient client, HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if ((int)answer.StatusCode >= 400) AssertProblem(answer, body);
        return ((int)answer.StatusCode, body.Length > 0 && body[0] is '{' or '[' ? JsonElement.Parse(body) : default, answer.Headers);
    }

    private static void AssertProblem(HttpResponseMessage answer, string body)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonElement.Parse(body);
        Assert.Equal((int)answer.StatusCode, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("detail").GetString()));
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
    }
}

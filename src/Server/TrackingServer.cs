using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Tracking.Contracts;
using Tracking.Ingest;
using Tracking.Ingest.Udp;
using Tracking.LiveMap;
using Tracking.LiveMap.Redis;
using Tracking.Silo;
using Tracking.Store;
using Tracking.Store.Postgres;

namespace Tracking.Server;

/// <summary>The whole server, composed: started once, stopped once. <c>serve</c>, <c>demo</c> and <c>import</c> run the same one.</summary>
internal sealed class TrackingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServerOptions _options;
    private readonly StoreHold? _store;
    private ListenOptions? _http;
    private ListenOptions? _devices;

    /// <summary>Composes a server, over a database where the options name one; nothing listens yet.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="waitsForStore">Whether a database that does not answer is waited for.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="Complaint">The configuration, the data folder or the database cannot be used.</exception>
    public static async Task<TrackingServer> CreateAsync(IConfiguration configuration, bool waitsForStore, CancellationToken cancel)
    {
        ServerOptions options = ServerOptions.Read(configuration);
        PartOptions parts = PartOptions.Read(configuration, options);
        PrepareFolder(options.Data);
        StoreHold? store = options.Store is null ? null
            : await StoreHold.OpenAsync(options.Store, LoggerFactory.Create(logging => ServerLogs.Configure(logging, options)), waitsForStore, cancel);
        try
        {
            return new TrackingServer(options, parts, configuration, store);
        }
        catch
        {
            if (store is not null) await store.DisposeAsync();
            throw;
        }
    }

    private TrackingServer(ServerOptions options, PartOptions parts, IConfiguration configuration, StoreHold? store)
    {
        (_options, _store) = (options, store);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "tracking",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => ConfigureKestrel(kestrel, parts.Ingest));
        ServerLogs.Configure(builder.Logging, options);
        ServerTraces.Add(builder.Services, options);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Metrics>();
        builder.Services.AddSingleton(parts.Silo.Tracker);
        if (store is null) builder.Services.AddEmbeddedStore(parts.Store);
        else builder.Services.AddPostgresStore(parts.Store, store.Store);
        if (!options.ServesOnly) builder.Services.AddLocalSilo(parts.Silo);
        builder.Services.AddLiveMap(parts.LiveMap, parts.Webhooks);
        builder.Services.AddRedis(parts.Redis);
        if (!options.ServesOnly) builder.Services.AddIngest(parts.Ingest);
        _app = Map(builder, options.ServesOnly);
    }

    /// <summary>The services of the server.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Where the web interface listens, once started.</summary>
    public IPEndPoint Http => _http?.IPEndPoint ?? _options.Http.EndPoint;

    /// <summary>Where OsmAnd-style devices are heard, once started.</summary>
    public IPEndPoint Devices => _devices?.IPEndPoint ?? _options.Devices.EndPoint;

    /// <summary>Where sealed datagrams are heard, once started.</summary>
    public IPEndPoint Udp => _app.Services.GetRequiredService<UdpListener>().EndPoint ?? _options.Udp.EndPoint;

    /// <summary>The one line that tells that the server is ready.</summary>
    public string ReadyLine => $"tracking: ready {(_options.Tls is null ? "http" : "https")}://{Http}" + (_options.ServesOnly ? "" : $" devices={Devices} udp={Udp}");

    /// <summary>Starts to listen.</summary>
    /// <exception cref="Complaint">An address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await _app.StartAsync(cancel);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw Taken(taken.Message);
        }
        catch (SocketException refused)
        {
            throw Taken($"Cannot listen on {_options.Udp.EndPoint} (--udp) or another address: {refused.Message}.");
        }
    }

    private static Complaint Taken(string message) =>
        new($"{message} Stop what uses it, or choose another with --http, --devices or --udp (port 0 picks a free one).");

    /// <summary>Completes when the process is told to end and everything under way is done.</summary>
    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    /// <summary>Drains and stops.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
    }

    private static WebApplication Map(WebApplicationBuilder builder, bool servesOnly)
    {
        WebApplication app = builder.Build();
        try
        {
            if (!servesOnly) app.MapDevices();
            app.MapLiveMap();
            return app;
        }
        catch (StoreUnavailableException held)
        {
            throw new Complaint(held.Message);
        }
    }

    /// <summary>Creates a data folder that only its owner can read.</summary>
    public static void PrepareFolder(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new Complaint($"Tracking:Data (--data) '{folder}' cannot be used: {refused.Message}");
        }
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel, IngestOptions ingest)
    {
        HttpsConnectionAdapterOptions? tls = _options.Tls is { } files ? ServerTls.Read(files.Certificate, files.Key) : null;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = _options.MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = _options.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = _options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestLineSize = 16 << 10;
        kestrel.Listen(_options.Http.EndPoint, listen =>
        {
            _http = listen;
            listen.Protocols = HttpProtocols.Http1;
            if (tls is not null) listen.UseHttps(tls);
        });
        if (_options.ServesOnly) return;
        kestrel.Listen(_options.Devices.EndPoint, listen =>
        {
            _devices = listen;
            listen.Protocols = HttpProtocols.Http1;
            if (tls is not null) listen.UseHttps(tls);
            listen.Use(next => connection =>
            {
                // The port is known once it is bound, and no request may be routed before it is known.
                ingest.DevicesPort = ((IPEndPoint)connection.LocalEndPoint!).Port;
                return next(connection);
            });
        });
    }
}

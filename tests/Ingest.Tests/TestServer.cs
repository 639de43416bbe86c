using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Ingest.Udp;
using Tracking.Store;

namespace Tracking.Ingest.Tests;

/// <summary>Ingest on a real Kestrel with the real store in a folder of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly bool _keepFolder;
    private long _read;

    private TestServer(WebApplication app, string folder, bool keepFolder) => (_app, _folder, _keepFolder) = (app, folder, keepFolder);

    public HttpClient Main { get; private init; } = null!;

    public HttpClient Devices { get; private init; } = null!;

    public Registry Registry => _app.Services.GetRequiredService<Registry>();

    public Journal Journal => _app.Services.GetRequiredService<Journal>();

    public Quarantine Quarantine => _app.Services.GetRequiredService<Quarantine>();

    public IPEndPoint Udp => _app.Services.GetRequiredService<UdpListener>().EndPoint!;

    public static async Task<TestServer> StartAsync(Func<IngestOptions, IngestOptions>? configure = null, JournalOptions? journal = null, string? folder = null)
    {
        bool keepFolder = folder is not null;
        folder ??= Directory.CreateTempSubdirectory("tracking-ingest").FullName;
        var options = new IngestOptions();
        if (configure is not null) options = configure(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<Metrics>();
        builder.Services.AddEmbeddedStore(new StoreOptions { DataFolder = folder, Journal = journal ?? new JournalOptions() });
        builder.Services.AddIngest(options);
        WebApplication app = builder.Build();
        app.MapDevices();
        app.Run(static context => context.Response.WriteAsync("beyond"));
        await app.StartAsync();
        string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        options.DevicesPort = new Uri(addresses[1]).Port;
        return new TestServer(app, folder, keepFolder)
        {
            Main = new HttpClient { BaseAddress = new Uri(addresses[0]) },
            Devices = new HttpClient { BaseAddress = new Uri(addresses[1]) },
        };
    }

    public static HttpContent Json(string json, string type = "application/json") => new StringContent(json, Encoding.UTF8, type);

    public static HttpContent Bytes(byte[] bytes, string type, string? encoding = null)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    public async Task<HttpResponseMessage> PostAsync(string path, HttpContent? content, string? bearer = null, string? basic = null, HttpClient? client = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (basic is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        foreach ((string name, string value) in headers) request.Headers.Add(name, value);
        return await (client ?? Main).SendAsync(request);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        return await Main.SendAsync(request);
    }

    /// <summary>The next records of the journal; fails when they do not come within ten seconds.</summary>
    public async Task<List<JournalRecord>> ReadAsync(int count)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        List<JournalRecord> records = [];
        while (records.Count < count)
        {
            using JournalBlock block = await Journal.ReadAsync(_read, deadline.Token);
            Collect(block, records);
        }
        Assert.Equal(count, records.Count);
        return records;
    }

    private void Collect(JournalBlock block, List<JournalRecord> records)
    {
        JournalBlock.Enumerator each = block.GetEnumerator();
        while (each.MoveNext())
        {
            if (each.Sequence <= _read) continue;
            records.Add(each.Current with { Payload = each.Current.Payload.ToArray() });
            _read = each.Sequence;
        }
    }

    /// <summary>What stands between socket and journal, without a socket.</summary>
    public DatagramIntake NewIntake() => new(Registry, Journal, Quarantine, _app.Services.GetRequiredService<Admission>(), new ReplayWindows(null),
        _app.Services.GetRequiredService<Metrics>(), TimeProvider.System, new IngestOptions());

    public async Task<IReadOnlyList<QuarantineEntry>> QuarantinedAsync() => await Quarantine.ReadAsync(null, 100, CancellationToken.None);

    public string MetricsText()
    {
        var text = new StringBuilder();
        _app.Services.GetRequiredService<Metrics>().WriteTo(text);
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        Main.Dispose();
        Devices.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (!_keepFolder) Directory.Delete(_folder, recursive: true);
    }
}

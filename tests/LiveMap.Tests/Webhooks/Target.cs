using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tracking.LiveMap.Tests.Webhooks;

/// <summary>What a target was sent, and what came of it.</summary>
internal sealed record Received(string Path, string ContentType, string Signature, byte[] Body, bool Accepted)
{
    /// <summary>The events, whether it was one or a batch.</summary>
    public IEnumerable<JsonElement> Events
    {
        get
        {
            JsonElement body = JsonElement.Parse(Body);
            return body.ValueKind == JsonValueKind.Array ? [.. body.EnumerateArray()] : [body];
        }
    }

    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <summary>A real HTTP server that plays the subscriber; a test says how it behaves.</summary>
internal sealed class Target : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Target(WebApplication app) => _app = app;

    /// <summary>Answers a request whose body is known; true: it was accepted.</summary>
    public Func<HttpContext, Received, Task<bool>> Behaviour { get; set; } = (_, _) => Task.FromResult(true);

    public ConcurrentQueue<Received> Requests { get; } = new();

    public string Url => _app.Urls.First() + "/alerts";

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<Target> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var target = new Target(app);
        app.Run(target.ServeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return target;
    }

    /// <summary>A behaviour that answers everything with a status.</summary>
    public static Func<HttpContext, Received, Task<bool>> Status(int status, Func<Received, bool>? when = null) => (context, received) =>
    {
        bool refused = when?.Invoke(received) ?? true;
        if (refused) context.Response.StatusCode = status;
        return Task.FromResult(!refused);
    };

    /// <summary>Ids of the alerts that it accepted, in order, repeats included.</summary>
    public IReadOnlyList<string> AcceptedIds =>
        [.. Requests.Where(r => r.Accepted).SelectMany(r => r.Events).Where(e => e.GetProperty("type").GetString() != "tracking.test").Select(e => e.GetProperty("id").GetString()!)];

    /// <summary>The same without repeats.</summary>
    public IEnumerable<string> Ids => AcceptedIds.Distinct();

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var received = new Received(context.Request.Path, context.Request.ContentType ?? "", context.Request.Headers["X-Tracking-Signature"].ToString(), body.ToArray(), false);
        bool accepted = false;
        try
        {
            accepted = await Behaviour(context, received);
        }
        catch (OperationCanceledException)
        {
            // The sender lost its patience.
        }
        Requests.Enqueue(received with { Accepted = accepted });
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}

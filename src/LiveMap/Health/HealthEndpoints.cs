using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.LiveMap.Http;

namespace Tracking.LiveMap.Health;

/// <summary>Whether the server lives, whether it is ready, and its metrics.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(3);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", (RequestDelegate)LiveAsync);
        routes.MapGet("/readyz", (RequestDelegate)ReadyAsync);
        routes.MapGet("/metrics", (RequestDelegate)MetricsAsync);
    }

    /// <summary>Does nothing on purpose: it is the yardstick that the benchmarks measure routes against.</summary>
    private static Task LiveAsync(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(CheckLimit);
        List<(string Name, string? Complaint)> results = [];
        bool ready = true;
        foreach (ReadinessCheck check in context.RequestServices.GetServices<ReadinessCheck>())
        {
            string? complaint = await RunAsync(check, limit.Token);
            results.Add((check.Name, complaint));
            ready &= complaint is null || !(check.IsRequiredNow?.Invoke() ?? check.IsRequired);
        }
        string status = !ready ? "notReady" : results.Exists(static r => r.Complaint is not null) ? "degraded" : "ready";
        if (!ready) context.Response.Headers.RetryAfter = "1";
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("status", status);
            json.WriteStartObject("checks");
            foreach ((string name, string? complaint) in results) json.WriteString(name, complaint ?? "ok");
            json.WriteEndObject();
            json.WriteEndObject();
        }, ready ? 200 : 503);
    }

    private static async Task<string?> RunAsync(ReadinessCheck check, CancellationToken cancel)
    {
        try
        {
            return await check.Run(cancel).AsTask().WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return "no answer in time";
        }
#pragma warning disable CA1031 // whatever a check throws means that its part is not ready
        catch (Exception error)
#pragma warning restore CA1031
        {
            return error.GetType().Name;
        }
    }

    private static Task MetricsAsync(HttpContext context)
    {
        var text = new StringBuilder(16 << 10);
        context.RequestServices.GetRequiredService<Metrics>().WriteTo(text);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}

using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>
/// Alerts as server-sent events. Every reader goes through the log by a cursor of its own: nothing is queued for it, so
/// a slow one costs no memory and loses nothing, and one that stalls is cut off and resumes by its cursor.
/// </summary>
internal sealed class AlertStream
{
    private const int Batch = 200;
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);
    private readonly Registry _registry;
    private readonly AlertLog _log;
    private readonly LiveMapOptions _options;
    private readonly TimeProvider _clock;
    private readonly IHostApplicationLifetime _lifetime;
    private int _open;

    public AlertStream(Registry registry, AlertLog log, LiveMapOptions options, TimeProvider clock, IHostApplicationLifetime lifetime, Metrics metrics)
    {
        (_registry, _log, _options, _clock, _lifetime) = (registry, log, options, clock, lifetime);
        metrics.Gauge("tracking_alert_streams", "Alert streams (SSE) that are open.", () => Volatile.Read(ref _open));
    }

    /// <summary>Serves one reader until it goes or the server stops.</summary>
    /// <param name="context">The request.</param>
    /// <param name="principal">Who reads.</param>
    /// <param name="filter">Which alerts.</param>
    /// <param name="after">The cursor behind which to begin; null: alerts from now on.</param>
    public async Task RunAsync(HttpContext context, Principal principal, AlertFilter filter, long? after)
    {
        if (Interlocked.Increment(ref _open) > _options.MaxStreams)
        {
            Interlocked.Decrement(ref _open);
            await Problem.WriteAsync(context, 503, "Too many alert streams are open.");
            return;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _lifetime.ApplicationStopping);
        try
        {
            long cursor = after ?? _log.NewestCursor;
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            context.Response.BodyWriter.Write("retry: 2000\n\n"u8);
            await FlushAsync(context, stop.Token);
            await PumpAsync(context, principal, filter, cursor, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task PumpAsync(HttpContext context, Principal principal, AlertFilter filter, long cursor, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            AlertPage page = await _log.ReadPageAsync(cursor, Batch, AlertFilter.All, stop);
            cursor = page.Next;
            if (page.Alerts.Count == 0)
            {
                await WaitAsync(context, cursor, stop);
                continue;
            }
            bool any = false;
            foreach (StoredAlert stored in page.Alerts)
            {
                if (!filter.Passes(stored.Alert) || !principal.CanSee(_registry, stored.Alert.RepId)) continue;
                Write(context.Response.BodyWriter, stored);
                any = true;
            }
            if (any) await FlushAsync(context, stop);
            if (FixTrace.HasAlerts) Traced(page.Alerts, "sse");
        }
    }

    /// <summary>Ends the traces that have come to a subscriber.</summary>
    internal static void Traced(IReadOnlyList<StoredAlert> alerts, string way)
    {
        foreach (StoredAlert stored in alerts) FixTrace.Delivered(stored.Alert.Id, way);
    }

    /// <summary>Waits for alerts behind a cursor; writes a comment whenever nothing has come for a while.</summary>
    private async Task WaitAsync(HttpContext context, long cursor, CancellationToken stop)
    {
        Task news = _log.WaitAsync(cursor, stop).AsTask();
        while (!news.IsCompleted)
        {
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(news, Task.Delay(_options.StreamHeartbeat, _clock, quiet.Token));
            await quiet.CancelAsync();
            if (news.IsCompleted) break;
            context.Response.BodyWriter.Write(": still here\n\n"u8);
            await FlushAsync(context, stop);
        }
        await news;
    }

    private static async Task FlushAsync(HttpContext context, CancellationToken stop)
    {
        ValueTask<FlushResult> flush = context.Response.BodyWriter.FlushAsync(stop);
        if (!flush.IsCompletedSuccessfully) await flush.AsTask().WaitAsync(StallLimit, stop);
    }

    private static void Write(PipeWriter writer, StoredAlert stored)
    {
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {stored.Alert.Cursor}\nevent: alert\ndata: "), writer);
        writer.Write(stored.Json.Span);
        writer.Write("\n\n"u8);
    }
}

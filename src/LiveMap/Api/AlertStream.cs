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
            IReadOnlyList<Alert> batch = await _log.ReadAsync(cursor, Batch, AlertFilter.All, stop);
            if (batch.Count == 0)
            {
                await WaitAsync(context, cursor, stop);
                continue;
            }
            bool any = false;
            foreach (Alert alert in batch)
            {
                cursor = alert.Cursor;
                if (!Matches(alert, filter) || !principal.CanSee(_registry, alert.RepId)) continue;
                Write(context.Response.BodyWriter, alert);
                any = true;
            }
            if (any) await FlushAsync(context, stop);
        }
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

    private static bool Matches(Alert alert, AlertFilter filter) =>
        (filter.Kinds.Count == 0 || filter.Kinds.Contains(alert.Kind))
        && (filter.RepId is null || filter.RepId == alert.RepId)
        && (filter.From is not { } from || alert.At >= from) && (filter.To is not { } to || alert.At < to);

    private static void Write(PipeWriter writer, Alert alert)
    {
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {alert.Cursor}\nevent: alert\ndata: "), writer);
        writer.Write(AlertJson.Utf8(alert));
        writer.Write("\n\n"u8);
    }
}

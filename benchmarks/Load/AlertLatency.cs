using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Tracking.Load;

/// <summary>
/// From the moment at which the request with the proving fix was due until a subscriber's SSE connection delivers the
/// alert. An alert names rep and proving instant, so every alert is matched with the batch that carried it.
/// </summary>
internal sealed class AlertLatency(IPEndPoint server, string token)
{
    private readonly ConcurrentDictionary<(string RepId, long Batch), long> _due = new();

    public Latencies Latencies { get; } = new();

    public long Unmatched { get; private set; }

    /// <summary>Batches hold <paramref name="batchMs"/> of a phone's time.</summary>
    public void Sent(string repId, long firstFixedAtMs, long batchMs, long due) => _due[(repId, firstFixedAtMs / batchMs)] = due;

    public async Task ListenAsync(long batchMs, CancellationToken cancel)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server}"), Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        try
        {
            using Stream stream = await client.GetStreamAsync(new Uri("/v1/alerts/stream", UriKind.Relative), cancel);
            using var lines = new StreamReader(stream);
            while (await lines.ReadLineAsync(cancel) is { } line)
                if (line.StartsWith("data:", StringComparison.Ordinal)) Arrived(line.AsMemory(5), batchMs);
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private void Arrived(ReadOnlyMemory<char> json, long batchMs)
    {
        long now = Stopwatch.GetTimestamp();
        using JsonDocument alert = JsonDocument.Parse(json);
        string repId = alert.RootElement.GetProperty("repId").GetString()!;
        long confirmedAtMs = alert.RootElement.GetProperty("confirmedAt").GetDateTimeOffset().ToUnixTimeMilliseconds();
        if (_due.TryGetValue((repId, confirmedAtMs / batchMs), out long due)) Latencies.AddSince(due, now);
        else Unmatched++;
    }
}

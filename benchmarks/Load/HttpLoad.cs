using System.Diagnostics;
using System.Net;

namespace Tracking.Load;

/// <summary>What a run measured.</summary>
/// <param name="Exchanges">Answered requests.</param>
/// <param name="Seconds">Measured time.</param>
/// <param name="Refused">Answers other than 200.</param>
/// <param name="Latencies">From the moment at which a request was due.</param>
internal sealed record HttpResult(long Exchanges, double Seconds, long Refused, Latencies Latencies)
{
    public double PerSecond => Exchanges / Seconds;
}

/// <summary>The next request of a connection, given when it was due; empty: there is none.</summary>
internal delegate ReadOnlyMemory<byte> NextRequest(long due);

/// <summary>
/// Drives one endpoint. With a rate it is an open loop: requests fall due on a schedule, whatever the server does, and
/// latency counts from when a request was due (no coordinated omission). Without, connections go as fast as they can.
/// </summary>
internal static class HttpLoad
{
    public static async Task<HttpResult> RunAsync(
        IPEndPoint server, int connections, TimeSpan duration, double ratePerSecond, Func<int, NextRequest> requestsOfLane)
    {
        var latencies = new Latencies();
        long refused = 0, slot = -1;
        long began = Stopwatch.GetTimestamp(), end = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);

        async Task LaneAsync(int lane)
        {
            NextRequest next = requestsOfLane(lane);
            using HttpLane connection = await HttpLane.ConnectAsync(server);
            while (true)
            {
                long due = ratePerSecond > 0
                    ? began + (long)(Interlocked.Increment(ref slot) / ratePerSecond * Stopwatch.Frequency)
                    : Stopwatch.GetTimestamp();
                if (due >= end) return;
                await WaitUntilAsync(due);
                ReadOnlyMemory<byte> request = next(due);
                if (request.IsEmpty) return;
                if (await connection.ExchangeAsync(request) != 200) Interlocked.Increment(ref refused);
                latencies.AddSince(due, Stopwatch.GetTimestamp());
            }
        }

        await Task.WhenAll(Enumerable.Range(0, connections).Select(lane => Task.Run(() => LaneAsync(lane))));
        return new HttpResult(latencies.Total, Stopwatch.GetElapsedTime(began).TotalSeconds, refused, latencies);
    }

    private static async ValueTask WaitUntilAsync(long due)
    {
        TimeSpan early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (early > TimeSpan.FromMilliseconds(1)) await Task.Delay(early);
    }
}

using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>Reads alerts as server-sent events, leaves now and then, and goes on behind its cursor.</summary>
public sealed class AlertStreamReader(HttpClient client)
{
    private const int AlertsAConnection = 15;
    private readonly List<JsonElement> _received = [];
    private string _cursor = "0";

    /// <summary>Everything that came, in order.</summary>
    public JsonElement[] Received
    {
        get
        {
            lock (_received) return [.. _received];
        }
    }

    /// <summary>How often it connected.</summary>
    public int Connections { get; private set; }

    /// <summary>Reads until cancelled.</summary>
    public async Task ReadUntilAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ReadSomeAsync(stop);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                // Older alerts cannot be read while the database is away; the subscriber asks again.
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task ReadSomeAsync(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/alerts/stream") { Headers = { { "Last-Event-ID", _cursor } } };
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        answer.EnsureSuccessStatusCode();
        Connections++;
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
        string cursor = "";
        for (int count = 0; count < AlertsAConnection && await lines.ReadLineAsync(stop) is { } line;)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) cursor = line[4..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            lock (_received) _received.Add(JsonElement.Parse(line[6..]));
            _cursor = cursor;
            count++;
        }
    }
}

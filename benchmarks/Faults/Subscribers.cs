using System.Globalization;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Tracking.Faults;

/// <summary>Follows the alerts as server-sent events and resumes by its cursor.</summary>
internal static class SseSubscriber
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), Silence = TimeSpan.FromSeconds(25);

    public static async Task RunAsync(Uri server, string token, Inbox inbox, Gate reads, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(client, inbox, reads, stop);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or System.Net.Sockets.SocketException or OperationCanceledException)
            {
                // The server is away, or the connection was cut.
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private static async Task FollowAsync(HttpClient client, Inbox inbox, Gate reads, CancellationToken stop)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(Silence);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/alerts/stream");
        request.Headers.Add("Last-Event-ID", inbox.Cursor.ToString(CultureInfo.InvariantCulture));
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        answer.EnsureSuccessStatusCode();
        inbox.Connections++;
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(silence.Token));
        while (await lines.ReadLineAsync(silence.Token) is { } line)
        {
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            if (line.StartsWith("data: ", StringComparison.Ordinal)) inbox.Take(JsonElement.Parse(line[6..]));
            await reads.PassAsync();
            silence.CancelAfter(Silence);
        }
    }
}

/// <summary>Follows the alerts over the hub and resumes by its cursor; watches the map too, as a console does.</summary>
internal static class HubSubscriber
{
    private const char End = '\u001e';
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), Silence = TimeSpan.FromSeconds(30), PingEvery = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Uri server, string token, Inbox inbox, Gate reads, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(server, token, inbox, reads, stop);
            }
            catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or System.Net.Sockets.SocketException)
            {
                // The server is away, or the connection was cut.
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Watches the map and reads nothing.</summary>
    public static async Task StallAsync(Uri server, string token, TimeSpan time)
    {
        using var socket = new ClientWebSocket();
        using var late = new CancellationTokenSource(time);
        try
        {
            await OpenAsync(socket, server, token, 0, late.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, late.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or System.Net.Sockets.SocketException)
        {
            // Its time is over, or the server is away.
        }
    }

    private static async Task OpenAsync(ClientWebSocket socket, Uri server, string token, long cursor, CancellationToken stop)
    {
        await socket.ConnectAsync(new Uri($"ws://{server.Authority}/hub/live?access_token={token}"), stop);
        await SendAsync(socket, """{"protocol":"json","version":1}""", stop);
        await SendAsync(socket, $$"""{"type":1,"target":"ResumeAlerts","arguments":[{{cursor}}]}""", stop);
        await SendAsync(socket, """{"type":1,"target":"Watch","arguments":[{"bounds":[16,48,17,49],"zoom":11}]}""", stop);
    }

    private static async Task FollowAsync(Uri server, string token, Inbox inbox, Gate reads, CancellationToken stop)
    {
        using var socket = new ClientWebSocket();
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(Silence);
        await OpenAsync(socket, server, token, inbox.Cursor, silence.Token);
        inbox.Connections++;
        Task pings = PingAsync(socket, silence.Token);
        var buffer = new byte[64 << 10];
        var text = new MemoryStream();
        while (true)
        {
            ValueWebSocketReceiveResult read = await socket.ReceiveAsync(buffer.AsMemory(), silence.Token);
            if (read.MessageType == WebSocketMessageType.Close || pings.IsFaulted) return;
            text.Write(buffer.AsSpan(0, read.Count));
            if (!read.EndOfMessage) continue;
            foreach (string message in Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).Split(End, StringSplitOptions.RemoveEmptyEntries)) Take(message, inbox);
            text.SetLength(0);
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            await reads.PassAsync();
            silence.CancelAfter(Silence);
        }
    }

    private static void Take(string message, Inbox inbox)
    {
        if (!message.Contains("\"Alert\"", StringComparison.Ordinal)) return;
        JsonElement call = JsonElement.Parse(message);
        if (call.TryGetProperty("target", out JsonElement target) && target.GetString() == "Alert") inbox.Take(call.GetProperty("arguments")[0]);
    }

    private static async Task PingAsync(ClientWebSocket socket, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(PingEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stop.IsCancellationRequested) await SendAsync(socket, """{"type":6}""", stop);
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string message, CancellationToken stop) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, endOfMessage: true, stop);
}

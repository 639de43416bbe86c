using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Tracking.LiveMap.Tests;

/// <summary>A bare hub client over a WebSocket and the JSON protocol, so that tests can also stall and misbehave.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const char End = '\u001e';
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly StringBuilder _text = new();
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _calls;

    public static async Task<HubClient> OpenAsync(LiveMapServer server, string token, string protocol = """{"protocol":"json","version":1}""")
    {
        var client = new HubClient();
        await client._socket.ConnectAsync(new Uri($"{server.Address.Replace("http", "ws", StringComparison.Ordinal)}/hub/live?access_token={token}"), client._limit.Token);
        await client.SendAsync(Encoding.UTF8.GetBytes(protocol + End), WebSocketMessageType.Text);
        if (protocol.Contains("json", StringComparison.Ordinal)) Assert.Equal("{}", (await client.NextAsync()).GetRawText());
        return client;
    }

    public Task SendAsync(byte[] message, WebSocketMessageType type) => _socket.SendAsync(message, type, endOfMessage: true, _limit.Token);

    /// <summary>Calls a method and waits for its end; returns the error, if any.</summary>
    public async Task<string?> CallAsync(string target, string arguments)
    {
        string id = (++_calls).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await SendAsync(Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"{{id}}","target":"{{target}}","arguments":{{arguments}}}""" + End), WebSocketMessageType.Text);
        while (true)
        {
            JsonElement message = await NextAsync();
            if (message.GetProperty("type").GetInt32() != 3) { Missed.Enqueue(message); continue; }
            return message.TryGetProperty("error", out JsonElement error) ? error.GetString() : null;
        }
    }

    /// <summary>What came in while a call was waited for.</summary>
    public Queue<JsonElement> Missed { get; } = new();

    /// <summary>The first argument of the next call of a method.</summary>
    public async Task<JsonElement> NextAsync(string target)
    {
        while (true)
        {
            if (!Missed.TryDequeue(out JsonElement message)) message = await NextAsync();
            if (message.TryGetProperty("target", out JsonElement name) && name.GetString() == target) return message.GetProperty("arguments")[0];
        }
    }

    /// <summary>The next frame, whichever method it comes by.</summary>
    public async Task<JsonElement> NextFrameAsync()
    {
        while (true)
        {
            if (!Missed.TryDequeue(out JsonElement message)) message = await NextAsync();
            if (message.TryGetProperty("target", out JsonElement name) && name.GetString() is "Snapshot" or "Positions") return message.GetProperty("arguments")[0];
        }
    }

    /// <summary>The keys of the reps in a frame.</summary>
    public static int[] KeysOf(JsonElement frame, string type = "rows") =>
        [.. frame.GetProperty("blocks").EnumerateArray().Where(b => b.GetProperty("type").GetString() == type)
            .SelectMany(b => b.GetProperty("key").EnumerateArray()).Select(k => k.GetInt32()).Order()];

    /// <summary>Reads on until the server closes.</summary>
    public async Task UntilClosedAsync()
    {
        try
        {
            while (_socket.State == WebSocketState.Open) await _socket.ReceiveAsync(_buffer.AsMemory(), _limit.Token);
        }
        catch (WebSocketException)
        {
        }
    }

    public async Task<JsonElement> NextAsync()
    {
        while (true)
        {
            string text = _text.ToString();
            int end = text.IndexOf(End, StringComparison.Ordinal);
            if (end >= 0)
            {
                _text.Remove(0, end + 1);
                return JsonElement.Parse(text[..end]);
            }
            ValueWebSocketReceiveResult read = await _socket.ReceiveAsync(_buffer.AsMemory(), _limit.Token);
            if (read.MessageType == WebSocketMessageType.Close) throw new EndOfStreamException("The server closed.");
            _text.Append(Encoding.UTF8.GetString(_buffer, 0, read.Count));
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _limit.Dispose();
        return ValueTask.CompletedTask;
    }
}

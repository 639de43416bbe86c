using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Tracking.Load;

/// <summary>Browsers' share of the load: SignalR connections over WebSockets in MessagePack that watch the city and count what comes.</summary>
internal sealed class Viewers : IAsyncDisposable
{
    private readonly List<ClientWebSocket> _sockets = [];
    private readonly List<Task> _reading = [];
    private long _bytes, _messages;

    public long Bytes => Volatile.Read(ref _bytes);

    public long Messages => Volatile.Read(ref _messages);

    public async Task ConnectAsync(IPEndPoint server, string token, int count)
    {
        for (int viewer = 0; viewer < count; viewer++)
        {
            var socket = new ClientWebSocket();
            _sockets.Add(socket);
            await socket.ConnectAsync(new Uri($"ws://{server}/hub/live?access_token={token}"), CancellationToken.None);
            await SendAsync(socket, Encoding.ASCII.GetBytes("{\"protocol\":\"messagepack\",\"version\":1}\u001e"));
            await SendAsync(socket, WatchInvocation());
            _reading.Add(Task.Run(() => ReadAsync(socket)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ClientWebSocket socket in _sockets) socket.Abort();
        await Task.WhenAll(_reading);
        foreach (ClientWebSocket socket in _sockets) socket.Dispose();
    }

    /// <summary><c>[1, {}, nil, "Watch", [{"bounds": [16, 48, 17, 49], "zoom": 11}]]</c> with its length before it.</summary>
    private static byte[] WatchInvocation()
    {
        byte[] message = [0x95, 1, 0x80, 0xc0, .. Text("Watch"), 0x91, 0x82, .. Text("bounds"), 0x94, 16, 48, 17, 49, .. Text("zoom"), 11];
        return [(byte)message.Length, .. message];
    }

    private static byte[] Text(string text) => [(byte)(0xa0 | text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static Task SendAsync(ClientWebSocket socket, byte[] message) =>
        socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    private async Task ReadAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[32 * 1024];
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close) return;
                Interlocked.Add(ref _bytes, part.Count);
                if (part.EndOfMessage) Interlocked.Increment(ref _messages);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Aborted at the end of the run.
        }
    }
}

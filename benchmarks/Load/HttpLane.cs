using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Tracking.Load;

/// <summary>
/// One keep-alive connection that exchanges prepared bytes: a general client would cost more than the server that is
/// measured. Understands Content-Length and chunked answers, as far as a status and an end are concerned.
/// </summary>
internal sealed class HttpLane : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _answer = new byte[64 * 1024];

    private HttpLane(Socket socket) => _socket = socket;

    public static async Task<HttpLane> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return new HttpLane(socket);
    }

    /// <summary>Sends a request and reads the whole answer; its status.</summary>
    public async ValueTask<int> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        while (request.Length > 0) request = request[await _socket.SendAsync(request, SocketFlags.None)..];
        int length = 0;
        while (true)
        {
            int read = await _socket.ReceiveAsync(_answer.AsMemory(length), SocketFlags.None);
            if (read == 0) throw new IOException("the server closed the connection");
            length += read;
            if (IsComplete(_answer.AsSpan(0, length))) break;
        }
        return Utf8Parser.TryParse(_answer.AsSpan(9, 3), out int status, out _) ? status : 0;
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsComplete(ReadOnlySpan<byte> answer)
    {
        int head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        int field = answer[..head].IndexOf("Content-Length: "u8);
        if (field >= 0 && Utf8Parser.TryParse(answer[(field + 16)..], out int length, out _)) return answer.Length >= head + 4 + length;
        return answer[..head].IndexOf("chunked"u8) < 0 || answer.EndsWith("0\r\n\r\n"u8);
    }
}

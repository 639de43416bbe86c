using System.Net;
using System.Net.Sockets;

namespace Tracking.Store.Tests;

/// <summary>Lies between a node and PostgreSQL and cuts the connection at a commit, before the server hears of it or before the node hears the answer.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private int _cuts, _armed;
    private bool _tellsServer;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many commits were cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Cuts at the next commit.</summary>
    public void CutAtNextCommit(bool tellsServer)
    {
        _tellsServer = tellsServer;
        Volatile.Write(ref _armed, 1);
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true) running.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_closing.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(TcpClient node)
    {
        using TcpClient held = node, server = new();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _closing.Token);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            var cut = new Cut();
            Task up = UpAsync(node.GetStream(), server.GetStream(), cut, ended.Token), down = DownAsync(server.GetStream(), node.GetStream(), cut, ended.Token);
            await Task.WhenAny(up, down);
            await ended.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Either side has hung up, or this one shall.
        }
    }

    private sealed class Cut
    {
        public bool IsMade { get; set; }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to, Cut cut, CancellationToken cancel)
    {
        var buffer = new byte[64 << 10];
        for (int read = await from.ReadAsync(buffer, cancel); read > 0; read = await from.ReadAsync(buffer, cancel))
        {
            if (buffer.AsSpan(0, read).IndexOf("COMMIT\0"u8) >= 0 && Interlocked.Exchange(ref _armed, 0) == 1)
            {
                Interlocked.Increment(ref _cuts);
                if (!_tellsServer) return;
                cut.IsMade = true;
            }
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
    }

    // The answer to a commit that was cut is the last that comes, and the node does not get it.
    private static async Task DownAsync(NetworkStream from, NetworkStream to, Cut cut, CancellationToken cancel)
    {
        var buffer = new byte[64 << 10];
        for (int read = await from.ReadAsync(buffer, cancel); read > 0 && !cut.IsMade; read = await from.ReadAsync(buffer, cancel))
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        await _accepting;
        _listener.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Tracking.Faults;

/// <summary>The network between phones, viewers and the server: connections can be cut, and stand still.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly int _target;
    private readonly Task _accepting;
    private TaskCompletionSource _flows = new();

    public Proxy(int target)
    {
        _target = target;
        _flows.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect to instead of the server.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Breaks every connection.</summary>
    public void Cut()
    {
        foreach (Socket socket in _open.Keys) Break(socket);
    }

    /// <summary>Lets nothing through.</summary>
    public void Stall() => _flows = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything through again.</summary>
    public void Flow() => _flows.TrySetResult();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_closing.Token));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private async Task ServeAsync(Socket near)
    {
        using Socket here = near, far = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        here.NoDelay = true;
        _open[here] = _open[far] = 0;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _target, _closing.Token);
            await Task.WhenAny(PipeAsync(here, far), PipeAsync(far, here));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The server is down, or the connection was cut.
        }
        _open.TryRemove(here, out _);
        _open.TryRemove(far, out _);
        Break(here);
        Break(far);
    }

    private async Task PipeAsync(Socket from, Socket to)
    {
        var buffer = new byte[32 << 10];
        try
        {
            for (int read = 1; read > 0;)
            {
                read = await from.ReceiveAsync(buffer.AsMemory(), _closing.Token);
                await Volatile.Read(ref _flows).Task;
                for (int sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _closing.Token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either side has hung up.
        }
    }

    // With a reset: the other side learns of it at once.
    private static void Break(Socket socket)
    {
        try
        {
            socket.Close(0);
        }
        catch (SocketException)
        {
            // It was broken already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Flow();
        await _closing.CancelAsync();
        await _accepting;
        _listener.Dispose();
        Cut();
        _closing.Dispose();
    }
}

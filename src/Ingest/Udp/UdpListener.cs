using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Udp;

/// <summary>
/// Receives sealed datagrams (docs/udp.md) with a thread of its own that blocks in the socket: that costs less than half of
/// what an asynchronous receive does. A burst of up to 64 datagrams is one append to the journal. What is wrong with a
/// datagram is counted; only samples are kept.
/// </summary>
public sealed partial class UdpListener : IHostedService, IDisposable
{
    private const int BurstDatagrams = 64;
    private const int PollUs = 100_000;
    private const int ReceiveBufferBytes = 8 << 20;

    private readonly IngestOptions _options;
    private readonly DatagramIntake _intake;
    private readonly ReplayWindows _windows;
    private readonly TimeProvider _clock;
    private readonly ILogger<UdpListener> _logger;
    private readonly Counter _sent, _dropped;
    private Socket? _socket;
    private Thread? _thread;
    private AnswerQueue? _answers;
    private Task _answering = Task.CompletedTask;
    private volatile bool _stopping;

    /// <summary>Makes a listener; it binds when it is started.</summary>
    internal UdpListener(IngestOptions options, Registry registry, Journal journal, Quarantine quarantine, Admission admission, Metrics metrics,
        TimeProvider clock, ILogger<UdpListener> logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _windows = new ReplayWindows(options.ReplayFile);
        if (_windows.WasDamaged) LogDamaged(_logger, options.ReplayFile!);
        _intake = new DatagramIntake(registry, journal, quarantine, admission, _windows, metrics, clock, options);
        _sent = metrics.Counter("tracking_datagram_answers_total", "Answers to datagrams.", ("result", "sent"));
        _dropped = metrics.Counter("tracking_datagram_answers_total", "Answers to datagrams.", ("result", "dropped"));
    }

    /// <summary>Where it listens, once started; null: nowhere.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Binds and begins to receive.</summary>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Udp is not { } endPoint) return Task.CompletedTask;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBufferBytes };
        ForceReceiveBuffer(_socket);
        _socket.Bind(endPoint);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _answers = new AnswerQueue(_socket, _sent, _dropped);
        _answering = Task.Run(_answers.RunAsync, CancellationToken.None);
        _thread = new Thread(Receive) { IsBackground = true, Name = "udp" };
        _thread.Start();
        return Task.CompletedTask;
    }

    /// <summary>Stops to receive, and sends the answers that still wait for the disk.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_thread is null) return;
        _stopping = true;
        await Task.Run(_thread.Join, cancellationToken);
        _answers!.Complete();
        await _answering.WaitAsync(cancellationToken);
        SaveWindows(isClean: true);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        if (_thread is { IsAlive: true }) _thread.Join();
        _thread = null;
        _answers?.Complete();
        _socket?.Dispose();
        _intake.Dispose();
    }

    // Linux cuts the plain option to net.core.rmem_max, 208 KiB by default, which is 3 ms of a fast stream; whoever may
    // administer the network gets the whole. Elsewhere, and without that right, what was granted has to do.
    private static void ForceReceiveBuffer(Socket socket)
    {
        const int SolSocket = 1, SoRcvBufForce = 33;
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            socket.SetRawSocketOption(SolSocket, SoRcvBufForce, BitConverter.GetBytes(ReceiveBufferBytes));
        }
        catch (SocketException)
        {
            // Not permitted.
        }
    }

    private void Receive()
    {
        Socket socket = _socket!;
        byte[] buffer = GC.AllocateUninitializedArray<byte>(2048, pinned: true);
        var from = new SocketAddress(socket.AddressFamily);
        long savedAt = _clock.GetTimestamp();
        while (!_stopping)
        {
            if (socket.Poll(PollUs, SelectMode.SelectRead)) ReceiveBurst(socket, buffer, from);
            if (_clock.GetElapsedTime(savedAt) < TimeSpan.FromSeconds(1)) continue;
            SaveWindows(isClean: false);
            savedAt = _clock.GetTimestamp();
        }
    }

    private void ReceiveBurst(Socket socket, byte[] buffer, SocketAddress from)
    {
        _intake.Begin();
        for (int i = 0; i < BurstDatagrams && (i == 0 || socket.Available > 0); i++)
        {
            int length;
            try
            {
                length = socket.ReceiveFrom(buffer, SocketFlags.None, from);
            }
            catch (SocketException)
            {
                // Some systems tell here that an earlier answer found nobody, or that a datagram did not fit.
                continue;
            }
            _intake.Take(buffer.AsSpan(0, length), from);
        }
        if (_intake.Finish() is { Count: > 0 } answers) _answers!.Enqueue(answers);
    }

    private void SaveWindows(bool isClean)
    {
        try
        {
            _windows.Save(isClean);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotSaved(_logger, failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The replay windows in {Path} cannot be read; counters of former runs are taken again.")]
    private static partial void LogDamaged(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The replay windows of datagrams cannot be saved: {Reason}")]
    private static partial void LogNotSaved(ILogger logger, string reason);
}

using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Contracts.Api;
using Tracking.LiveMap.Frames;
using Tracking.Store;

namespace Tracking.LiveMap.Live;

/// <summary>
/// Turns changes of the board into frames. On a tick the changed reps are put into their map cells, each watched cell is
/// encoded once for each class of viewers, and every viewer gets the blocks of its cells. Nothing here ever waits for a
/// viewer: one that does not take its frames skips to a snapshot. One lock guards it all; it is held for the tick's
/// computing and never while sending.
/// </summary>
internal sealed partial class LiveFeed : BackgroundService
{
    /// <summary>Zooms of the cells of positions, the finest first; 0 holds everybody.</summary>
    private static readonly int[] CellZooms = [14, 11, 8, 5, 0];

    private readonly LiveBoard _board;
    private readonly Registry _registry;
    private readonly LiveMapOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<LiveFeed> _logger;
    private readonly Counter _sent, _skipped, _resnapshot;
    private readonly Lock _gate = new();
    private readonly List<Viewer> _viewers = [];
    private readonly CellGrid[] _grids = [.. CellZooms.Select(static z => new CellGrid(z))];
    private readonly Dictionary<int, Cell> _repCells = [];
    private readonly Dictionary<(Role, Scope, string), ViewerClass> _classes = [];
    private readonly List<CountGrid> _counts = [];
    private readonly List<Cell> _dirty = [];
    private readonly List<int> _changed = [];
    private readonly List<Viewer> _toSend = [];
    private Row[] _rows = [];
    private Row[] _scratch = new Row[256];
    private IReadOnlyList<Rep> _knownReps = [];
    private int _registryChanged;
    private long _tick;

    public LiveFeed(LiveBoard board, Registry registry, LiveMapOptions options, TimeProvider clock, Metrics metrics, ILogger<LiveFeed> logger)
    {
        (_board, _registry, _options, _clock, _logger) = (board, registry, options, clock, logger);
        const string help = "Live frames: sent, skipped because a viewer was too slow, sent whole because it had skipped.";
        _sent = metrics.Counter("tracking_live_frames_total", help, ("result", "sent"));
        _skipped = metrics.Counter("tracking_live_frames_total", help, ("result", "skipped"));
        _resnapshot = metrics.Counter("tracking_live_frames_total", help, ("result", "resnapshot"));
        metrics.Gauge("tracking_live_viewers", "Connections to the hub.", () => ViewerCount);
        _registry.Changed += () => Volatile.Write(ref _registryChanged, 1);
        _knownReps = registry.Reps;
    }

    /// <summary>How many connections there are.</summary>
    public int ViewerCount
    {
        get { lock (_gate) return _viewers.Count; }
    }

    /// <summary>Takes a connection in; false: there are too many.</summary>
    public bool TryAdd(Viewer viewer)
    {
        lock (_gate)
        {
            if (_viewers.Count >= _options.MaxViewers) return false;
            _viewers.Add(viewer);
            return true;
        }
    }

    /// <summary>Lets a connection go.</summary>
    public void Remove(Viewer viewer)
    {
        lock (_gate)
        {
            viewer.IsClosed = true;
            Release(viewer);
            _viewers.Remove(viewer);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.Tick, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Tick();
            }
#pragma warning disable CA1031 // a tick that fails must not end the map of everybody
            catch (Exception error)
#pragma warning restore CA1031
            {
                LogTickFailed(error);
            }
        }
    }

    /// <summary>Sends what waits for a viewer, until nothing does. At most one call a viewer is under way.</summary>
    private async Task SendAsync(Viewer viewer)
    {
        try
        {
            while (TakeNext(viewer, out List<RepChanges>? names, out string method, out LiveFrame? frame))
            {
                if (names is not null)
                    foreach (RepChanges changes in names) await viewer.Connection.WriteAsync(new InvocationMessage("Reps", [changes]));
                if (frame is null) continue;
                await viewer.Connection.WriteAsync(new InvocationMessage(method, [frame]));
                _sent.Add();
            }
        }
#pragma warning disable CA1031 // whatever a broken connection throws ends this viewer only; SignalR closes it
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogSendFailed(viewer.Connection.ConnectionId, error);
            lock (_gate) viewer.IsClosed = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A tick of the live map failed")]
    private partial void LogTickFailed(Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sending to {Connection} failed")]
    private partial void LogSendFailed(string connection, Exception error);
}

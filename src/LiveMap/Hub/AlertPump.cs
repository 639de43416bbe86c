using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Tracking.Contracts;
using Tracking.LiveMap.Api;
using Tracking.Store;

namespace Tracking.LiveMap.Hub;

/// <summary>
/// Sends alerts to one connection, in order, out of the log by a cursor. It waits for the connection as long as it takes:
/// a slow viewer gets its alerts late, never with holes.
/// </summary>
internal sealed class AlertPump(HubConnectionContext connection, Principal principal, AlertReader alerts) : IAsyncDisposable
{
    private readonly SemaphoreSlim _restarting = new(1, 1);
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;
    private bool _isClosed;

    /// <summary>Goes on behind a cursor; null: behind the newest alert.</summary>
    public async Task RestartAsync(long? after)
    {
        await _restarting.WaitAsync();
        try
        {
            await EndAsync();
            if (_isClosed) return;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionAborted);
            _running = RunAsync(after ?? alerts.NewestCursor, _stop.Token);
        }
        finally
        {
            _restarting.Release();
        }
    }

    /// <summary>Ends for good.</summary>
    public async ValueTask DisposeAsync()
    {
        await _restarting.WaitAsync();
        try
        {
            _isClosed = true;
            await EndAsync();
        }
        finally
        {
            _restarting.Release();
        }
    }

    private async Task EndAsync()
    {
        if (_stop is null) return;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _stop = null;
    }

    private async Task RunAsync(long after, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                (IReadOnlyList<StoredAlert> batch, long cursor) = await alerts.NextAsync(after, principal, stop);
                // Without the token: SignalR takes a write that is given up for a broken connection.
                foreach (StoredAlert stored in batch)
                    await connection.WriteAsync(new InvocationMessage("Alert", [new AlertMessage(stored.Json)]), CancellationToken.None);
                after = cursor;
                if (FixTrace.HasAlerts) AlertStream.Traced(batch, "hub");
            }
        }
        catch (OperationCanceledException)
        {
        }
#pragma warning disable CA1031 // a log that cannot be read ends the connection: the client comes back and resumes
        catch (Exception)
#pragma warning restore CA1031
        {
            connection.Abort();
        }
    }
}

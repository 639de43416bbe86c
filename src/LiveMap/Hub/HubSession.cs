using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Live;

namespace Tracking.LiveMap.Hub;

/// <summary>What belongs to one connection of the hub.</summary>
/// <param name="Viewer">What it watches.</param>
/// <param name="Alerts">The alerts that it gets.</param>
internal sealed record HubSession(Viewer Viewer, AlertPump Alerts)
{
    private static readonly object Key = new();

    /// <summary>The session of a call.</summary>
    public static HubSession? Of(HubCallerContext context) => context.Items.TryGetValue(Key, out object? session) ? (HubSession?)session : null;

    /// <summary>The session of a connection.</summary>
    public static HubSession? Of(HubConnectionContext connection) => connection.Items.TryGetValue(Key, out object? session) ? (HubSession?)session : null;

    /// <summary>Ties the session to its connection.</summary>
    public void AttachTo(HubConnectionContext connection) => connection.Items[Key] = this;
}

/// <summary>
/// Knows the hub's connections, so that frames are written to them directly: a send by name or group would wait for the
/// slowest viewer.
/// </summary>
internal sealed class LiveHubLifetime(
    ILogger<DefaultHubLifetimeManager<LiveHub>> logger, LiveFeed feed, AlertReader alerts, AccessResolver access)
    : DefaultHubLifetimeManager<LiveHub>(logger)
{
    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        await base.OnConnectedAsync(connection);
        if (connection.GetHttpContext() is not { } http || access.Resolve(http) is not { } principal)
        {
            connection.Abort();
            return;
        }
        var viewer = new Viewer(connection, principal);
        if (!feed.TryAdd(viewer))
        {
            connection.Abort();
            return;
        }
        var session = new HubSession(viewer, new AlertPump(connection, principal, alerts));
        session.AttachTo(connection);
        await session.Alerts.RestartAsync(null);
    }

    public override async Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (HubSession.Of(connection) is { } session)
        {
            feed.Remove(session.Viewer);
            await session.Alerts.DisposeAsync();
        }
        await base.OnDisconnectedAsync(connection);
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Tracking.Contracts;
using Tracking.Contracts.Api;
using Tracking.LiveMap.Live;
using Tracking.Store;

namespace Tracking.LiveMap.Hub;

/// <summary>What a map can ask for over <c>/hub/live</c>; see <c>docs/live-frames.md</c>.</summary>
internal sealed class LiveHub(LiveFeed feed, AlertReader alerts) : Microsoft.AspNetCore.SignalR.Hub
{
    /// <summary>Watches a part of the map, a group or a rep, instead of what was watched before.</summary>
    public void Watch(WatchRequest? request)
    {
        if (feed.Watch(Session.Viewer, request) is { } problem) throw new HubException(problem);
    }

    /// <summary>Watches nothing.</summary>
    public void Unwatch() => feed.Unwatch(Session.Viewer);

    /// <summary>Has alerts behind a cursor sent, from now on; null: behind the newest one.</summary>
    public Task ResumeAlerts(JsonElement? cursor) => Session.Alerts.RestartAsync(ReadCursor(cursor));

    /// <summary>Streams alerts behind a cursor; null: behind the newest one.</summary>
    public async IAsyncEnumerable<AlertMessage> Alerts(JsonElement? cursor, [EnumeratorCancellation] CancellationToken cancel)
    {
        Principal principal = Session.Viewer.Principal;
        long after = ReadCursor(cursor) ?? alerts.NewestCursor;
        while (!cancel.IsCancellationRequested)
        {
            (IReadOnlyList<StoredAlert> batch, after) = await alerts.NextAsync(after, principal, cancel);
            foreach (StoredAlert stored in batch) yield return new AlertMessage(stored.Json);
        }
    }

    private HubSession Session => HubSession.Of(Context) ?? throw new HubException("The connection is not open.");

    private static long? ReadCursor(JsonElement? cursor) => cursor switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out long value) && value >= 0 => value,
        { ValueKind: JsonValueKind.String } text when long.TryParse(text.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out long value) => value,
        _ => throw new HubException("The cursor must be the cursor of an alert."),
    };
}

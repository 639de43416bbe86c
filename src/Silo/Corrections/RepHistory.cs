using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>A rep's alerts, looked at as history: in which fences it was, and when a mock case was open.</summary>
internal sealed class RepHistory
{
    private const int AlertsAtOnce = 1000;
    private readonly List<Alert> _effective, _live;
    private readonly List<Alert> _cases;

    /// <summary>Makes a history.</summary>
    /// <param name="alerts">Alerts of <see cref="CorrectionPlan.KindsToRead"/>, in the order of the log.</param>
    public RepHistory(IReadOnlyList<StoredAlert> alerts)
    {
        Corrected = [.. alerts.Where(static a => CorrectionPlan.IsCorrected(a.Alert.Kind)).Select(static a => a.Alert)];
        _effective = [.. EffectiveAlerts.Of(alerts).Select(static a => a.Alert).OrderBy(static a => a.At).ThenBy(static a => a.Cursor)];
        _live = [.. alerts.Where(static a => !a.Alert.Late).Select(static a => a.Alert).OrderBy(static a => a.At).ThenBy(static a => a.Cursor)];
        _cases = [.. _effective.Where(static a => a.Kind is AlertKind.MockSuspected or AlertKind.MockCleared).OrderBy(static a => a.ConfirmedAt).ThenBy(static a => a.Cursor)];
    }

    /// <summary>Reads the history that a derivation from an instant on needs.</summary>
    /// <exception cref="StoreUnavailableException">The log cannot be read.</exception>
    public static async Task<RepHistory> ReadAsync(
        Func<long, int, AlertFilter, CancellationToken, ValueTask<AlertPage>> readAlerts, Rep rep, Instant from, CancellationToken cancel)
    {
        var filter = new AlertFilter { RepId = rep.Id, Kinds = CorrectionPlan.KindsToRead, From = from - RederivedRep.LongestContext };
        var read = new List<StoredAlert>();
        for (long after = 0; ;)
        {
            AlertPage page = await readAlerts(after, AlertsAtOnce, filter, cancel);
            read.AddRange(page.Alerts);
            if (page.Alerts.Count < AlertsAtOnce) return new RepHistory(read);
            after = page.Next;
        }
    }

    /// <summary>Everything of the kinds that are corrected, superseded alerts and retractions included.</summary>
    public IReadOnlyList<Alert> Corrected { get; }

    /// <summary>Whether a mock case was open just before an instant of the device's clock.</summary>
    public bool IsSuspected(Instant at) => _cases.LastOrDefault(c => c.ConfirmedAt < at)?.Kind == AlertKind.MockSuspected;

    /// <summary>Whether something else than the hours of a shift put the rep on duty or off behind an instant: a check-in, or a change of the shift.</summary>
    public bool HasUnscheduledDuty(Instant from) => _live.Exists(a => a.Kind is AlertKind.ShiftBegan or AlertKind.ShiftEnded && a.At >= from
        && !(a.Data.TryGetProperty("by"u8, out System.Text.Json.JsonElement by) && by.ValueEquals("schedule"u8)));

    /// <summary>The stays that had not ended, by what was proven up to an instant, as it stands corrected.</summary>
    /// <param name="at">The instant, by the device's clock.</param>
    /// <param name="keyOf">The key of a fence by its id; null: it is not looked at.</param>
    public List<FenceStay> StaysAt(Instant at, Func<string, int?> keyOf) => StaysAt(_effective, at, keyOf);

    /// <summary>The same as the live tracker has it, which no correction touches.</summary>
    public List<FenceStay> LiveStaysAt(Instant at, Func<string, int?> keyOf) => StaysAt(_live, at, keyOf);

    private static List<FenceStay> StaysAt(List<Alert> alerts, Instant at, Func<string, int?> keyOf)
    {
        var stays = new SortedDictionary<int, FenceStay>();
        foreach (Alert alert in alerts)
        {
            if (alert.ConfirmedAt > at || alert.GeofenceId is not { } id || keyOf(id) is not { } key) continue;
            if (alert.Kind == AlertKind.GeofenceEntered) stays[key] = new FenceStay(key, alert.At, Dwelled: false);
            else if (alert.Kind == AlertKind.GeofenceExited) stays.Remove(key);
            else if (alert.Kind == AlertKind.GeofenceDwelled && stays.TryGetValue(key, out FenceStay stay)) stays[key] = stay with { Dwelled = true };
        }
        return [.. stays.Values];
    }
}

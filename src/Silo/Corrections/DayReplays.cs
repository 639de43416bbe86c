using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>Derives a day again, for whoever wants to see that it gives what was told.</summary>
internal static class DayReplays
{
    /// <summary>Replays a part of a rep's history; see <see cref="DayReplayer"/>.</summary>
    public static async Task<DayReplay> RunAsync(CorrectionParts parts, RepOptions rules, Rep rep, Instant from, Instant to, CancellationToken cancel)
    {
        // In the order in which corrections look: alerts up to an instant, then every fix that can have caused them.
        Instant heard = await parts.SettleAsync(cancel);
        RepHistory history = await RepHistory.ReadAsync(parts.ReadAlerts, rep, from, cancel);
        await parts.SettleAsync(cancel);
        var derived = new RederivedRep(parts.Tracks, rep, history, rules, heard, parts.ShiftsNow());
        await derived.RunAsync(from, to, parts.ListGeofences(), cancel);
        Instant last = to - TimeSpan.FromMilliseconds(1), until = derived.Until < last ? derived.Until : last;
        List<Alert> alerts = [.. derived.AlertsFrom(from).Where(a => a.ConfirmedAt <= until)];
        (List<Alert> onlyLogged, List<Alert> onlyDerived, _) =
            CorrectionPlan.Differences([.. history.Corrected.Where(a => derived.Compares(a.GeofenceId))], alerts, from, until);
        return new DayReplay(derived.Fixes, until, alerts, onlyLogged, onlyDerived);
    }
}

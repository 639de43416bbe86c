using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>Visits as the alert log has them, corrected ones in their corrected form.</summary>
internal sealed class VisitLog(AlertLog alerts)
{
    private const int MaxAlerts = 100_000;
    private static readonly string[] Kinds = [AlertKind.VisitVerified, AlertKind.VisitDoubted, AlertKind.VisitTooShort];

    /// <summary>A visit is told when it ends; one that began on a day may end so much later.</summary>
    private static readonly TimeSpan LongestStay = TimeSpan.FromDays(7);

    /// <summary>Reads a rep's visits that began on the days from one to another, both included, by their begin.</summary>
    public async Task<List<Visit>> ReadAsync(Rep rep, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var filter = new AlertFilter
        {
            RepId = rep.Id,
            Kinds = Kinds,
            From = LocalDay.Of(from, rep.TimeZone).Begin,
            To = LocalDay.Of(to, rep.TimeZone).End + LongestStay,
        };
        List<Visit> visits = [];
        foreach (StoredAlert stored in await alerts.ReadEffectiveAsync(filter, MaxAlerts, cancel))
            if (Of(stored.Alert, rep) is { } visit && visit.Date >= from && visit.Date <= to) visits.Add(visit);
        visits.Sort(static (a, b) => a.BeganAt.CompareTo(b.BeganAt));
        return visits;
    }

    /// <summary>Reads the visits of several reps, some at a time.</summary>
    public async Task<List<Visit>> ReadAsync(IReadOnlyList<Rep> reps, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var found = new List<Visit>[reps.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = RepDays.Parallelism, CancellationToken = cancel };
        await Parallel.ForAsync(0, found.Length, parallel, async (i, token) => found[i] = await ReadAsync(reps[i], from, to, token));
        return [.. found.SelectMany(static visits => visits)];
    }

    private static Visit? Of(Alert alert, Rep rep)
    {
        if (alert.GeofenceId is not { } customer) return null;
        Instant beganAt = alert.Data.ValueKind == JsonValueKind.Object && alert.Data.TryGetProperty("beganAt"u8, out JsonElement began)
            && began.ValueKind == JsonValueKind.String && Instant.TryParse(began.GetString(), out Instant read) ? read : alert.At;
        VisitVerdict verdict = alert.Kind switch
        {
            AlertKind.VisitVerified => VisitVerdict.Verified,
            AlertKind.VisitDoubted => VisitVerdict.Doubted,
            _ => VisitVerdict.TooShort,
        };
        return new Visit(rep.Id, customer, LocalDay.DateAt(beganAt, rep.TimeZone), beganAt, alert.At, verdict);
    }
}

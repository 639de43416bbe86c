using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.LiveMap.Api;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>
/// Tells which planned visits nobody made, once a rep's day is over; and takes it back when a visit comes to light on the day
/// after. Ids are derived from rep, customer and day, so it is told once whatever restarts and however many nodes look.
/// </summary>
internal sealed partial class MissedVisits(
    Registry registry, DefinitionBook<VisitPlan> plans, VisitLog visits, AlertLog alerts, LiveMapOptions options, TimeProvider clock, ILogger<MissedVisits> logger) : BackgroundService
{
    private const int MaxAlerts = 20_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Memory = TimeSpan.FromDays(120);
    private static readonly string[] Kinds = [AlertKind.VisitMissed, AlertKind.VisitVerified];

    // The last day of each rep that was looked at; a restart looks again, which changes nothing.
    private readonly Dictionary<int, DateOnly> _looked = [];

    /// <summary>A planned visit that nobody made, and the day at whose end that is told.</summary>
    private sealed record Miss(VisitPlan Plan, string CustomerId, DaySpan Span, int Required, int Done);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nodes for viewers only leave it to those that track.
        if (!options.TakesGeofences) return;
        using var timer = new PeriodicTimer(LookEvery, clock);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (StoreUnavailableException e)
            {
                LogLater(logger, e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        while (await NextAsync(timer, stoppingToken));
    }

    /// <summary>Looks at the days that have ended since the last time.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        IReadOnlyList<VisitPlan> known = plans.All;
        if (known.Count == 0) return;
        Instant until = Instant.Now(clock) - options.MissedVisitsAfter;
        foreach (Rep rep in registry.Reps)
        {
            DateOnly ended = LocalDay.DateAt(until, rep.TimeZone).AddDays(-1);
            if (_looked.GetValueOrDefault(rep.Key) >= ended) continue;
            foreach (DateOnly date in (DateOnly[])[ended.AddDays(-1), ended])
            {
                List<VisitPlan> valid = [.. known.Where(plan => plan.IsValidOn(date) && plan.Concerns(rep))];
                if (valid.Count > 0) await TellAsync(rep, date, valid, cancel);
            }
            _looked[rep.Key] = ended;
        }
    }

    private async Task TellAsync(Rep rep, DateOnly date, List<VisitPlan> valid, CancellationToken cancel)
    {
        Instant at = LocalDay.Of(date, rep.TimeZone).End;
        var done = new HashSet<string>(StringComparer.Ordinal);
        List<Miss> missed = await MissedAsync(rep, date, valid, done, cancel);
        var filter = new AlertFilter { RepId = rep.Id, Kinds = Kinds, From = at - Memory, To = at + TimeSpan.FromMilliseconds(1) };
        List<StoredAlert> history = await alerts.ReadEffectiveAsync(filter, MaxAlerts, cancel);
        var told = history.Where(s => s.Alert.Kind == AlertKind.VisitMissed && s.Alert.At == at).Select(static s => s.Alert).ToDictionary(static a => a.GeofenceId ?? "", StringComparer.Ordinal);
        List<Alert> news = [];
        foreach (Miss miss in missed)
        {
            if (told.Remove(miss.CustomerId)) continue;
            int times = 1 + history.Where(s => s.Alert.GeofenceId == miss.CustomerId && s.Alert.At < at).Reverse().TakeWhile(static s => s.Alert.Kind == AlertKind.VisitMissed).Count();
            news.Add(AlertOf(rep, miss, at, times));
        }
        foreach (Alert wrong in told.Values.Where(alert => done.Contains(alert.GeofenceId ?? ""))) news.Add(Retraction(rep, wrong, date));
        await alerts.AppendAsync(news, cancel);
    }

    private async Task<List<Miss>> MissedAsync(Rep rep, DateOnly date, List<VisitPlan> valid, HashSet<string> done, CancellationToken cancel)
    {
        List<Miss> missed = [];
        List<Visit> own = await visits.ReadAsync(rep, date, date, cancel);
        foreach (VisitPlan plan in valid)
        {
            foreach (RouteStop stop in PlanStatus.Route(plan, rep.Id, date, own, dayIsOver: true))
            {
                if (stop.State == PlannedState.Missed) missed.Add(new Miss(plan, stop.CustomerId, new DaySpan(date, date), 1, 0));
                else done.Add(stop.CustomerId);
            }
            missed.AddRange(await MissedFrequenciesAsync(plan, rep, date, done, cancel));
        }
        return [.. missed.DistinctBy(static miss => miss.CustomerId)];
    }

    // At the end of a class's period, for the customers for which the rep is responsible; others may have made the visits.
    private async Task<List<Miss>> MissedFrequenciesAsync(VisitPlan plan, Rep rep, DateOnly date, HashSet<string> done, CancellationToken cancel)
    {
        List<Miss> missed = [];
        List<VisitFrequency> ending = [.. plan.Frequencies.Where(f => PlanPeriods.Of(f.Per, date, plan).End == date)];
        if (ending.Count == 0) return missed;
        List<Rep> reps = [.. registry.Reps.Where(plan.Concerns)];
        List<(Geofence Customer, VisitFrequency Frequency)> own = [.. registry.Geofences.Where(fence => fence.Purpose == GeofencePurpose.Customer)
            .Select(fence => (fence, ending.Find(f => f.Class == fence.Class)!))
            .Where(pair => pair.Item2 is not null && PlanStatus.ResponsibleFor(plan, pair.fence, reps)?.Id == rep.Id)];
        if (own.Count == 0) return missed;
        DateOnly from = own.Min(pair => PlanPeriods.Of(pair.Frequency.Per, date, plan).Begin);
        List<Visit> all = await visits.ReadAsync(reps, from, date, cancel);
        foreach ((Geofence customer, VisitFrequency frequency) in own)
        {
            CustomerStatus status = PlanStatus.Customer(plan, customer, frequency, rep.Id, date, all, dayIsOver: true);
            if (status.State == PlannedState.Missed) missed.Add(new Miss(plan, customer.Id, status.Period, status.Required, status.Done));
            else done.Add(customer.Id);
        }
        return missed;
    }

    private Alert AlertOf(Rep rep, Miss miss, Instant at, int times) => new()
    {
        Id = AlertId.Of(rep.Id, AlertKind.VisitMissed, miss.CustomerId, at),
        Kind = AlertKind.VisitMissed,
        Severity = times >= options.RepeatedlyMissed ? "warning" : "info",
        RepId = rep.Id,
        At = at,
        ConfirmedAt = at,
        GeofenceId = miss.CustomerId,
        Text = MissedText.Of(NameOf(rep), PlaceOf(miss.CustomerId), miss.Span, miss.Required, miss.Done, times),
        Data = MissedText.Data(miss.Plan.Id, miss.Span, miss.Required, miss.Done, times),
    };

    private Alert Retraction(Rep rep, Alert wrong, DateOnly date) => new()
    {
        Id = AlertId.Of(rep.Id, AlertKind.VisitMissed, wrong.Id, wrong.At),
        Kind = AlertKind.VisitMissed,
        Severity = "info",
        RepId = rep.Id,
        At = wrong.At,
        ConfirmedAt = wrong.At,
        Late = true,
        Supersedes = [wrong.Id],
        Retracted = true,
        GeofenceId = wrong.GeofenceId,
        Text = MissedText.Retracted(NameOf(rep), PlaceOf(wrong.GeofenceId ?? ""), date),
    };

    private static string NameOf(Rep rep) => string.IsNullOrWhiteSpace(rep.Name) ? rep.Id : rep.Name;

    private string PlaceOf(string id) => registry.FindGeofence(id) is { Name.Length: > 0 } fence ? fence.Name : id;

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken cancel)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Missed visits are told later: {Reason}")]
    private static partial void LogLater(ILogger logger, string reason);
}

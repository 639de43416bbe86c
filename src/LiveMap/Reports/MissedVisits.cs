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
            catch (Exception e)
            {
                // What cannot be told of plans must not end the server.
                LogFailed(logger, e);
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
        var endings = new Dictionary<(string, DateOnly), ILookup<string, CustomerStatus>>();
        foreach (Rep rep in registry.Reps)
        {
            DateOnly ended = LocalDay.DateAt(until, rep.TimeZone).AddDays(-1);
            if (_looked.GetValueOrDefault(rep.Key) >= ended) continue;
            foreach (DateOnly date in (DateOnly[])[ended.AddDays(-1), ended])
            {
                List<VisitPlan> valid = [.. known.Where(plan => plan.IsValidOn(date) && plan.Concerns(rep))];
                if (valid.Count > 0) await TellAsync(rep, date, valid, endings, cancel);
            }
            _looked[rep.Key] = ended;
        }
    }

    private async Task TellAsync(
        Rep rep, DateOnly date, List<VisitPlan> valid, Dictionary<(string, DateOnly), ILookup<string, CustomerStatus>> endings, CancellationToken cancel)
    {
        Instant at = LocalDay.Of(date, rep.TimeZone).End;
        var done = new HashSet<string>(StringComparer.Ordinal);
        List<Miss> missed = await MissedAsync(rep, date, valid, endings, done, cancel);
        var filter = new AlertFilter { RepId = rep.Id, Kinds = Kinds, From = at - Memory, To = at + TimeSpan.FromMilliseconds(1) };
        List<StoredAlert> history = await alerts.ReadEffectiveAsync(filter, MaxAlerts, cancel);
        var told = history.Where(s => s.Alert.Kind == AlertKind.VisitMissed && s.Alert.At == at).Select(static s => s.Alert)
            .DistinctBy(static a => a.GeofenceId).ToDictionary(static a => a.GeofenceId ?? "", StringComparer.Ordinal);
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

    private async Task<List<Miss>> MissedAsync(
        Rep rep, DateOnly date, List<VisitPlan> valid, Dictionary<(string, DateOnly), ILookup<string, CustomerStatus>> endings, HashSet<string> done, CancellationToken cancel)
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
            if (!endings.TryGetValue((plan.Id, date), out ILookup<string, CustomerStatus>? ending)) endings[(plan.Id, date)] = ending = await EndingAsync(plan, date, cancel);
            foreach (CustomerStatus status in ending[rep.Id])
            {
                if (status.State == PlannedState.Missed) missed.Add(new Miss(plan, status.CustomerId, status.Period, status.Required, status.Done));
                else done.Add(status.CustomerId);
            }
        }
        return [.. missed.DistinctBy(static miss => miss.CustomerId)];
    }

    // How the customers stand whose classes' periods end on a day, by who is responsible; anybody of the plan may have been there.
    private async Task<ILookup<string, CustomerStatus>> EndingAsync(VisitPlan plan, DateOnly date, CancellationToken cancel)
    {
        List<VisitFrequency> ending = [.. plan.Frequencies.Where(f => PlanPeriods.Of(f.Per, date, plan).End == date)];
        List<CustomerStatus> statuses = [];
        if (ending.Count > 0)
        {
            List<Rep> reps = [.. registry.Reps.Where(plan.Concerns)];
            DateOnly from = ending.Min(f => PlanPeriods.Of(f.Per, date, plan).Begin);
            ILookup<string, Visit> made = (await visits.ReadAsync(reps, from, date, cancel)).ToLookup(static visit => visit.CustomerId, StringComparer.Ordinal);
            foreach (Geofence fence in registry.Geofences)
            {
                if (fence.Purpose != GeofencePurpose.Customer || ending.Find(f => f.Class == fence.Class) is not { } frequency) continue;
                if (PlanStatus.ResponsibleFor(plan, fence, reps) is { } rep) statuses.Add(PlanStatus.Customer(plan, fence, frequency, rep.Id, date, made[fence.Id], dayIsOver: true));
            }
        }
        return statuses.ToLookup(static status => status.RepId!, StringComparer.Ordinal);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Missed visits cannot be told; tried again in a minute")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Missed visits are told later: {Reason}")]
    private static partial void LogLater(ILogger logger, string reason);
}

using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>
/// One rep's history, derived again from the stored track around an interval: what its tracker would have told had no fix been
/// late. Begins so far before the interval that the tracker has settled, in the stays that the alert log knows, and goes on until
/// nothing of the interval lives on in the tracker, or the track ends.
/// </summary>
internal sealed class RederivedRep
{
    private const int PageFixes = 20_000, EnoughFixes = 20, MaxFixes = 1_000_000;
    private static readonly TimeSpan Step = TimeSpan.FromHours(6);

    // What a tracker remembers of a fence that was left or nearly entered.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan[] Contexts = [Derivation.Settling, TimeSpan.FromHours(12), TimeSpan.FromDays(4), LongestContext];

    private readonly ITrackStore _tracks;
    private readonly Rep _rep;
    private readonly RepHistory _history;
    private readonly Instant _heard;
    private readonly TrackerContext _context;
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly List<TrackEvent> _events = [];
    private IReadOnlyList<Geofence> _unchanged = [];
    private Derivation? _derivation;
    private int _taken;

    /// <summary>A derivation that has not begun.</summary>
    /// <param name="tracks">The track store.</param>
    /// <param name="rep">Whose.</param>
    /// <param name="history">Its alerts, from <see cref="LongestContext"/> before the interval on.</param>
    /// <param name="options">The parameters of the rules.</param>
    /// <param name="heard">Fixes that were received later are left out.</param>
    /// <param name="shifts">The shifts, as they were all the time; null: none.</param>
    public RederivedRep(ITrackStore tracks, Rep rep, RepHistory history, RepOptions options, Instant heard, ShiftIndex? shifts = null)
    {
        (_tracks, _rep, _history, _heard) = (tracks, rep, history, heard);
        _context = new TrackerContext { Options = options, Geofences = new GeofenceIndex(), Shifts = shifts ?? new ShiftIndex(), FindRep = _ => rep };
    }

    /// <summary>How far back a derivation looks at the most for fixes to begin with.</summary>
    public static TimeSpan LongestContext { get; } = TimeSpan.FromDays(32);

    /// <summary>The last <see cref="TrackEvent.ConfirmedAt"/> up to which everything is derived.</summary>
    public Instant Until { get; private set; } = Instant.Min;

    /// <summary>Whether what follows does not depend on the interval any more.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>The newest fix that was left out because it was received too late, if it is not a late one.</summary>
    public Instant? LeftOut { get; private set; }

    /// <summary>Fixes that were taken.</summary>
    public int Fixes => _taken;

    /// <summary>Whether what is told of a geofence is to be compared.</summary>
    public bool Compares(string? geofenceId) => geofenceId is null || _keys.ContainsKey(geofenceId);

    /// <summary>Derives.</summary>
    /// <param name="from">The interval's first instant.</param>
    /// <param name="to">Its last one.</param>
    /// <param name="geofences">All there are now.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The track cannot be read.</exception>
    public async Task RunAsync(Instant from, Instant to, IReadOnlyList<Geofence> geofences, CancellationToken cancel)
    {
        Instant begin = await FindBeginAsync(from, cancel), end = to + Derivation.Settling;
        _unchanged = [.. geofences.Where(f => f.ChangedAt is not { } changed || changed < begin)];
        foreach (Geofence fence in _unchanged)
        {
            _keys[fence.Id] = fence.Key;
            _fences[fence.Key] = fence;
        }
        while (true)
        {
            bool isWhole = await TakeAsync(begin, end, cancel);
            Settle(to);
            if (IsSettled || !isWhole) return;
            if (await FindNextAsync(end, cancel) is not { } next)
            {
                TickToEnd(to);
                return;
            }
            (begin, end) = (end, next + Step);
        }
    }

    /// <summary>What is told, of the kinds that are corrected, with <see cref="TrackEvent.ConfirmedAt"/> from an instant to <see cref="Until"/>.</summary>
    public List<Alert> AlertsFrom(Instant from)
    {
        var writer = new AlertWriter(_ => _rep, key => _fences.GetValueOrDefault(key));
        var alerts = new List<Alert>();
        foreach (TrackEvent told in _events)
        {
            if (told.ConfirmedAt < from || told.ConfirmedAt > Until) continue;
            if (writer.Write(_rep.Key, Judged(told)) is { } alert && CorrectionPlan.IsCorrected(alert.Kind)) alerts.Add(alert);
        }
        return alerts;
    }

    // Mock cases are not derived again: what the log says of them decides about visits.
    private TrackEvent Judged(TrackEvent told)
    {
        if (told is not (VisitVerified or VisitDoubted)) return told;
        var visit = (VisitEvent)told;
        return _history.IsSuspected(visit.ConfirmedAt)
            ? new VisitDoubted { At = visit.At, ConfirmedAt = visit.ConfirmedAt, Position = visit.Position, GeofenceKey = visit.GeofenceKey, Reason = visit.Reason, BeganAt = visit.BeganAt }
            : new VisitVerified { At = visit.At, ConfirmedAt = visit.ConfirmedAt, Position = visit.Position, GeofenceKey = visit.GeofenceKey, Reason = visit.Reason, BeganAt = visit.BeganAt };
    }

    private async Task<Instant> FindBeginAsync(Instant from, CancellationToken cancel)
    {
        Instant first = from;
        foreach (TimeSpan context in Contexts)
        {
            TrackPage page = await _tracks.ReadTrackAsync(_rep.Key, from - context, from, null, EnoughFixes, cancel);
            if (page.Fixes.Count > 0) first = page.Fixes[0].Fix.FixedAt;
            if (page.Fixes.Count >= EnoughFixes) break;
        }
        return first;
    }

    /// <summary>Takes a part of the track; false: there are more fixes than are taken at the most.</summary>
    private async Task<bool> TakeAsync(Instant begin, Instant end, CancellationToken cancel)
    {
        var fixes = new List<JudgedFix>();
        TrackPosition? after = null;
        do
        {
            TrackPage page = await _tracks.ReadTrackAsync(_rep.Key, begin, end, after, PageFixes, cancel);
            foreach (JudgedFix judged in page.Fixes)
            {
                if (judged.Fix.ReceivedAt <= _heard) fixes.Add(judged);
                else if (judged.Outcome is not (FixOutcome.Late or FixOutcome.Future)) LeftOut ??= judged.Fix.FixedAt;
            }
            after = page.Next;
        }
        while (after is not null && _taken + fixes.Count < MaxFixes);
        _taken += fixes.Count;
        PutFences(fixes);
        if (fixes.Count > 0)
        {
            // An event that the fix before the track confirmed is part of what it begins with.
            _derivation ??= new Derivation(_rep.Key, _context, _history.StaysAt(fixes[0].Fix.FixedAt - TimeSpan.FromMilliseconds(1), KeyOf));
            _derivation.Apply(fixes, _events);
        }
        return after is null;
    }

    private void PutFences(List<JudgedFix> fixes)
    {
        var near = new NearFences(fixes);
        List<FenceStay> stays = _derivation is null && fixes.Count > 0 ? _history.StaysAt(fixes[0].Fix.FixedAt, KeyOf) : [];
        foreach (Geofence fence in _unchanged)
        {
            if (!_context.Geofences.Has(fence.Key) && fence.Concerns(_rep) && (near.Contains(fence) || stays.Exists(s => s.GeofenceKey == fence.Key)))
                _context.Geofences.Put(fence);
        }
    }

    private void Settle(Instant to)
    {
        if (_derivation?.NewestFixedAt is not { } newest) return;
        Until = newest;
        IsSettled = newest >= to + Memory && HasSameStays(newest);
    }

    // As long as the live tracker believes in another stay, it will tell another end of it.
    private bool HasSameStays(Instant at) => _derivation!.Stays.SequenceEqual(_history.LiveStaysAt(at, KeyOf));

    // Behind the last fix time alone decides, as long as nothing came in between.
    private void TickToEnd(Instant to)
    {
        if (_derivation is null || LeftOut is not null || _derivation.Tick(_heard, _events) is not { } deviceNow || deviceNow <= Until) return;
        Until = deviceNow;
        IsSettled = deviceNow >= to + Memory && HasSameStays(deviceNow);
    }

    private async Task<Instant?> FindNextAsync(Instant from, CancellationToken cancel)
    {
        TrackPosition? after = null;
        do
        {
            TrackPage page = await _tracks.ReadTrackAsync(_rep.Key, from, Instant.Max, after, EnoughFixes, cancel);
            foreach (JudgedFix judged in page.Fixes)
            {
                if (judged.Outcome != FixOutcome.Future && judged.Fix.ReceivedAt <= _heard) return judged.Fix.FixedAt;
                if (judged.Outcome != FixOutcome.Future) LeftOut ??= judged.Fix.FixedAt;
            }
            after = page.Next;
        }
        while (after is not null);
        return null;
    }

    private int? KeyOf(string id) => _keys.TryGetValue(id, out int key) ? key : null;
}

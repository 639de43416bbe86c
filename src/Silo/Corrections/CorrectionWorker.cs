using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>
/// Corrects what was told before late fixes came. The track store notes with each checkpoint whose history they change; once a rep
/// is quiet, its history is derived again, compared with the alert log, and the difference is appended. One rep at a time, away
/// from the trackers, whose state never moves back. A crash at any moment repeats work that writes nothing twice.
/// </summary>
internal sealed partial class CorrectionWorker
{
    private const int RepsAtOnce = 100, MostSpans = 50_000;
    private static readonly TimeSpan FirstFollowUp = TimeSpan.FromMinutes(5), LongestPause = TimeSpan.FromHours(1);

    private static readonly string[] Corrections = ["new", "changed", "retracted"];

    private readonly CorrectionOptions _options;
    private readonly RepOptions _rules;
    private readonly CorrectionParts _parts;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Counter _derived, _failed;
    private readonly Counter[] _corrections;
    private readonly Dictionary<int, FollowUp> _followUps = [];
    private int _waiting;

    // A rep that was looked at and is not done: when it is looked at again, unless more late fixes come.
    private readonly record struct FollowUp(Instant LookedAt, Instant At, TimeSpan Pause, long Touches);

    /// <summary>A worker; <see cref="RunAsync"/> brings it to life.</summary>
    public CorrectionWorker(CorrectionOptions options, RepOptions rules, CorrectionParts parts, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        (_options, _rules, _parts, _clock, _logger) = (options, rules, parts, clock, logger);
        _derived = metrics.Counter("tracking_histories_derived_total", "Times that a rep's history was derived again because of late fixes.");
        _failed = metrics.Counter("tracking_correction_failures_total", "Histories that could not be derived; they are tried again.");
        _corrections = [.. Corrections.Select(what => metrics.Counter("tracking_corrections_total", "Alerts that corrected history.", ("what", what)))];
        metrics.Gauge("tracking_late_reps_waiting", "Reps whose history late fixes have changed and that is to be derived again.", () => Volatile.Read(ref _waiting));
    }

    /// <summary>Looks for late fixes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        bool isFailing = false;
        while (true)
        {
            await Task.Delay(_options.LookInterval, _clock, cancel);
            try
            {
                await LookAsync(cancel);
                isFailing = false;
            }
            catch (StoreUnavailableException gone)
            {
                // Nothing is forgotten: the store has noted what is to be done.
                if (!isFailing) LogUnavailable(gone.Message);
                isFailing = true;
            }
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        IReadOnlyList<LateSpan> spans = await _parts.Tracks.ReadLateAsync(MostSpans, cancel);
        Volatile.Write(ref _waiting, spans.Count);
        Instant now = Instant.Now(_clock);
        // Those that are followed up stay noted, and must not stand in the way of the others.
        List<LateSpan> due = [.. spans.Where(s => IsDue(s, now)).Take(RepsAtOnce)];
        if (due.Count == 0) return;
        // In this order: alerts up to an instant, then every fix that can have caused them.
        Instant heard = await _parts.SettleAsync(cancel);
        var histories = new List<RepHistory?>(due.Count);
        foreach (LateSpan span in due) histories.Add(await ReadHistoryAsync(span, cancel));
        await _parts.SettleAsync(cancel);
        for (int i = 0; i < due.Count; i++)
        {
            long began = _clock.GetTimestamp();
            await TryCorrectAsync(due[i], histories[i], heard, cancel);
            // At the most half of one processor.
            if (_clock.GetElapsedTime(began) is { Ticks: > 0 } took) await Task.Delay(took, _clock, cancel);
        }
    }

    private bool IsDue(in LateSpan span, Instant now)
    {
        bool isQuiet = now - span.LastAt >= _options.Quiet;
        if (!_followUps.TryGetValue(span.RepKey, out FollowUp before)) return isQuiet || now - span.FirstAt >= _options.LongestWait;
        return before.Touches == span.Touches ? now >= before.At : isQuiet || now - before.LookedAt >= _options.LongestWait;
    }

    private async Task<RepHistory?> ReadHistoryAsync(LateSpan span, CancellationToken cancel) =>
        _parts.FindRep(span.RepKey) is { } rep ? await RepHistory.ReadAsync(_parts.ReadAlerts, rep, span.From, cancel) : null;

    private async Task TryCorrectAsync(LateSpan span, RepHistory? history, Instant heard, CancellationToken cancel)
    {
        try
        {
            bool isDone = history is null || _parts.FindRep(span.RepKey) is not { } rep || await CorrectAsync(span, rep, history, heard, cancel);
            if (isDone || Instant.Now(_clock) - span.LastAt > _options.LongestFollowUp) await ForgetAsync(span, cancel);
            else LookAgain(span);
        }
        catch (Exception bug) when (bug is not (OperationCanceledException or StoreUnavailableException or OutOfMemoryException))
        {
            _failed.Add();
            LogFailed(span.RepKey, bug);
            LookAgain(span);
        }
    }

    private async Task ForgetAsync(LateSpan span, CancellationToken cancel)
    {
        await _parts.Tracks.ForgetLateAsync(span, cancel);
        _followUps.Remove(span.RepKey);
    }

    private void LookAgain(in LateSpan span)
    {
        Instant now = Instant.Now(_clock);
        bool isAgain = _followUps.TryGetValue(span.RepKey, out FollowUp before) && before.Touches == span.Touches;
        TimeSpan pause = !isAgain ? FirstFollowUp : before.Pause * 2 < LongestPause ? before.Pause * 2 : LongestPause;
        _followUps[span.RepKey] = new FollowUp(now, now + pause, pause, span.Touches);
    }

    /// <summary>Derives a rep's history and appends what is different; false: later fixes still depend on it.</summary>
    private async Task<bool> CorrectAsync(LateSpan span, Rep rep, RepHistory history, Instant heard, CancellationToken cancel)
    {
        Instant oldest = span.LastAt - _options.MaxAge;
        if (span.To < oldest) return true;
        Instant from = span.From < oldest ? oldest : span.From;
        ShiftIndex shifts = _parts.ShiftsNow();
        // What check-ins said and which shift was there before is not kept: such histories stay as they were told.
        if (shifts.For(rep) is { Mode: DutyMode.CheckIn } || history.HasUnscheduledDuty(from - Derivation.Settling)) return true;
        var derived = new RederivedRep(_parts.Tracks, rep, history, _rules, heard, shifts);
        await derived.RunAsync(from, span.To, _parts.ListGeofences(), cancel);
        _derived.Add();
        // A fix of before that came after the alerts were read may have caused some of them.
        if (derived.LeftOut <= derived.Until) return false;
        List<Alert> corrections = CorrectionPlan.Compare(
            [.. history.Corrected.Where(a => derived.Compares(a.GeofenceId))], derived.AlertsFrom(from), from, derived.Until);
        if (corrections.Count > 0) await _parts.AppendAlerts(corrections, cancel);
        foreach (Alert correction in corrections) _corrections[correction.Retracted ? 2 : correction.Supersedes is null ? 0 : 1].Add();
        return derived.IsSettled;
    }

    [LoggerMessage(LogLevel.Warning, "Late fixes wait for their corrections while the store cannot be used: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(LogLevel.Error, "The history of rep {RepKey} could not be derived again; it is tried later.")]
    private partial void LogFailed(int repKey, Exception bug);
}

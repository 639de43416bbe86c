using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.LiveMap.Api;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>
/// What follows from an answer. A target that takes nothing is waited for, however long it takes; an alert is put aside only
/// when the target refuses it, takes another one, and refuses it again.
/// </summary>
internal sealed partial class WebhookWorker
{
    private const int MaxWitnesses = 3, AttemptsBeforeStuck = 8, AttemptsBeforeOwnRep = 3;

    private readonly List<StoredAlert> _batch = [];
    private long _stuckCursor, _stuckSince;
    private int _stuckAttempts;

    /// <summary>Sends the next alerts of the window; true: the target is gone.</summary>
    private async Task<bool> DeliverAsync(CancellationToken stop)
    {
        TakeBatch();
        Answer answer = await SendAsync(_batch, stop);
        switch (answer.Outcome)
        {
            case Outcome.Accepted:
                if (FixTrace.HasAlerts) AlertStream.Traced(_batch, "webhook");
                Delivered(_batch.Count);
                break;
            case Outcome.Gone:
                return true;
            case Outcome.Refused when _batch.Count > 1:
                if (answer.Status == 413) _maxBatch = Math.Max(1, _batch.Count / 2);
                _size = Math.Max(1, _batch.Count / 2);
                break;
            default:
                _size = Math.Max(1, _batch.Count / 4);
                if (_batch.Count > 1 || !await JudgeAsync(_batch[0], answer, stop)) await BackOffAsync(answer, stop);
                break;
        }
        await SaveNowAndThenAsync(stop);
        return false;
    }

    private void TakeBatch()
    {
        _batch.Clear();
        long bytes = 0;
        while (_next + _batch.Count < _window.Count && _batch.Count < Math.Min(_size, _maxBatch))
        {
            StoredAlert stored = _window[_next + _batch.Count];
            bytes += stored.Json.Length + CloudEvents.EnvelopeBytes;
            if (_batch.Count > 0 && bytes > shared.Options.MaxBatchBytes) break;
            _batch.Add(stored);
        }
    }

    /// <summary>The target took the next alerts of the window.</summary>
    private void Delivered(int count)
    {
        shared.Delivered.Add(count);
        _size = Math.Min(_size * 2, _maxBatch);
        Pass(count);
    }

    /// <summary>Goes on behind the next alerts of the window.</summary>
    private void Pass(int count)
    {
        _next += count;
        MoveTo(CursorBehind(count: 0));
    }

    /// <summary>The cursor once so many more alerts of the window are done.</summary>
    private long CursorBehind(int count) => _next + count == _window.Count ? _windowEnd : _window[_next + count - 1].Alert.Cursor;

    private async Task<Answer> SendAsync(IReadOnlyList<StoredAlert> alerts, CancellationToken stop)
    {
        Change(static state => state with { NextAttemptAt = null });
        Answer answer = await shared.Sender.SendAsync(webhook, shared.Events.Of(alerts), stop);
        Change(answer.Outcome == Outcome.Accepted
            ? state => state with { LastAnswer = answer, LastDeliveredAt = answer.At, Failures = 0, FailingSince = null, IsFull = false }
            : state => state with { LastAnswer = answer });
        return answer;
    }

    /// <summary>Leaves the target alone for a while, and looks at the log anew then.</summary>
    private async Task BackOffAsync(Answer answer, CancellationToken stop)
    {
        int failures = State.Failures + 1;
        TimeSpan wait = BackOff.Next(failures, shared.Options.BackOffFirst, shared.Options.BackOffMost);
        if (answer.RetryAfter > wait) wait = answer.RetryAfter.Value;
        if (failures == 1) LogFailing(shared.Logger, webhook, answer.Detail);
        Change(state => state with
        {
            Failures = failures,
            FailingSince = state.FailingSince ?? answer.At,
            NextAttemptAt = shared.Now + wait,
        });
        if (_progress != _saved) await SaveAsync(stop);
        await WaitAsync(wait, stop);
        ForgetWindow();
    }

    /// <summary>Finds out whether it is the alert or the target; true: the alert is dealt with.</summary>
    private async Task<bool> JudgeAsync(StoredAlert alert, Answer answer, CancellationToken stop)
    {
        if (alert.Alert.Cursor != _stuckCursor) (_stuckCursor, _stuckSince, _stuckAttempts) = (alert.Alert.Cursor, shared.Clock.GetTimestamp(), 0);
        _stuckAttempts++;
        bool isStuck = _stuckAttempts >= AttemptsBeforeStuck && shared.Clock.GetElapsedTime(_stuckSince) >= shared.Options.StuckAfter;
        // An answer that blames the server is believed for long; one that blames the alert is put to the test at once.
        if (answer.Outcome != Outcome.Refused && !isStuck) return false;
        if (answer.RetryAfter is not null) return false;
        if (await TakesOtherRepsAsync(alert, answer, stop))
        {
            Answer again = await SendAsync([alert], stop);
            if (again.Outcome == Outcome.Accepted)
            {
                Delivered(1);
                return true;
            }
            return again.Outcome == answer.Outcome && await PutAsideAsync(alert, again, stop);
        }
        // Once a later alert of the same rep is taken this one may not be tried again: it would come out of order.
        if (_stuckAttempts < AttemptsBeforeOwnRep || OtherReps(alert).Count > 0) return false;
        return _next + 1 < _window.Count && await IsTakenAheadAsync(_window[_next + 1], stop) && await PutAsideAsync(alert, answer, stop);
    }

    private async Task<bool> TakesOtherRepsAsync(StoredAlert alert, Answer answer, CancellationToken stop)
    {
        foreach (StoredAlert witness in OtherReps(alert).Take(answer.Outcome == Outcome.Refused ? MaxWitnesses : 1))
            if (await IsTakenAheadAsync(witness, stop)) return true;
        return false;
    }

    /// <summary>The next alert of each other rep in the window: sent ahead, they change no rep's order.</summary>
    private List<StoredAlert> OtherReps(StoredAlert alert)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { alert.Alert.RepId };
        List<StoredAlert> found = [];
        for (int i = _next + 1; i < _window.Count && found.Count < MaxWitnesses; i++)
            if (seen.Add(_window[i].Alert.RepId)) found.Add(_window[i]);
        return found;
    }

    /// <summary>Sends an alert ahead of its place; when it is taken, it is left out there.</summary>
    private async Task<bool> IsTakenAheadAsync(StoredAlert alert, CancellationToken stop)
    {
        DeliveryState before = State;
        Answer answer = await SendAsync([alert], stop);
        if (answer.Outcome != Outcome.Accepted) return false;
        // What counts as failing is the alert before it.
        Change(state => state with { Failures = before.Failures, FailingSince = before.FailingSince });
        shared.Delivered.Add();
        _ahead.Add(alert.Alert.Cursor);
        _window.Remove(alert);
        return true;
    }

    /// <summary>Makes the next alert of the window a dead letter; false: there are too many.</summary>
    private async Task<bool> PutAsideAsync(StoredAlert alert, Answer answer, CancellationToken stop)
    {
        var letter = new DeadLetter
        {
            WebhookId = webhook.Id,
            Cursor = alert.Alert.Cursor,
            AlertId = alert.Alert.Id,
            Json = alert.Json,
            Reason = answer.Detail,
            Attempts = _stuckAttempts + 1,
            At = answer.At,
        };
        SubscriberProgress behind = _progress with { Cursor = CursorBehind(1) };
        if (!await shared.Store.PutAsideAsync(letter, behind, stop))
        {
            Change(static state => state with { IsFull = true });
            return false;
        }
        _saved = behind;
        shared.DeadLettered.Add();
        LogPutAside(shared.Logger, webhook, alert.Alert.Id, answer.Detail);
        Change(static state => state with { Failures = 0, FailingSince = null });
        Pass(1);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The target of {Webhook} takes nothing; its alerts wait: {Reason}")]
    private static partial void LogFailing(ILogger logger, Webhook webhook, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Webhook}: alert {Id} is a dead letter: {Reason}")]
    private static partial void LogPutAside(ILogger logger, Webhook webhook, string id, string reason);
}

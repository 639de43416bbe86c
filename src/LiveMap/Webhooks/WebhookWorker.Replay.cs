using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>
/// Sends dead letters again that somebody marked, one by one and apart from the order of the log. The log does not wait for
/// them: when the target cannot be reached they have a back-off of their own.
/// </summary>
internal sealed partial class WebhookWorker
{
    private const int ReplayPage = 10;
    private bool _mayReplay = true;
    private long _replayAfter, _replayFailedAt;
    private TimeSpan _replayWait;
    private int _replayFailures;

    /// <summary>How long until dead letters may be sent again; null: there are none, as far as is known, or the target takes nothing.</summary>
    private TimeSpan? ReplayRest =>
        !_mayReplay || State.Failures > 0 ? null
        : _replayFailures == 0 ? TimeSpan.Zero : _replayWait - shared.Clock.GetElapsedTime(_replayFailedAt);

    /// <summary>Sends some; what is refused again stays a dead letter. True: the target is gone.</summary>
    private async Task<bool> ReplayAsync(CancellationToken stop)
    {
        IReadOnlyList<DeadLetter> letters = await shared.Store.ReadDeadLettersAsync(webhook.Id, _replayAfter, ReplayPage, replayOnly: true, stop);
        if (letters.Count == 0)
        {
            _mayReplay = _replayAfter > 0;
            _replayAfter = 0;
        }
        foreach (DeadLetter letter in letters)
        {
            Answer answer = await SendAsync([StoredAlert.From(letter.Json)], stop);
            // The next one is another one, so that a letter at which the target fails does not hold up the rest.
            _replayAfter = letter.Id;
            if (answer.Outcome == Outcome.Gone) return true;
            if (answer.Outcome == Outcome.Accepted)
            {
                shared.Delivered.Add();
                _replayFailures = 0;
                await shared.Store.DeleteDeadLettersAsync(webhook.Id, [letter.Id], stop);
                continue;
            }
            bool isOver = answer.Outcome == Outcome.Refused;
            await shared.Store.UpdateDeadLetterAsync(
                letter with { Reason = answer.Detail, Attempts = letter.Attempts + 1, At = answer.At, Replay = !isOver }, stop);
            if (isOver) continue;
            _replayFailures++;
            _replayFailedAt = shared.Clock.GetTimestamp();
            _replayWait = BackOff.Next(_replayFailures, shared.Options.BackOffFirst, shared.Options.BackOffMost);
            if (answer.RetryAfter > _replayWait) _replayWait = answer.RetryAfter.Value;
            return false;
        }
        return false;
    }
}

using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Simulation.Tests;

/// <summary>
/// A track store and an alert log on another machine: they answer late, refuse, or do the work and lose the answer. A commit
/// is all or nothing, repeats of stored fixes and known alerts are dropped, as in the real ones.
/// </summary>
internal sealed class SimulatedStore(World world) : ITrackStore
{
    private readonly Dictionary<int, byte[]> _states = [];
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly Dictionary<string, Definition> _shifts = [];
    private readonly HashSet<(int, Instant, GeoPoint)> _known = [];
    private readonly HashSet<string> _alertIds = [];
    private readonly Dictionary<int, LateSpan> _late = [];
    private long _sequence;

    public Dictionary<int, List<JudgedFix>> Fixes { get; } = [];

    public Dictionary<int, List<DeviceEvent>> DeviceEvents { get; } = [];

    public List<Alert> Alerts { get; } = [];

    public long Sequence => _sequence;

    public bool IsOff { get; set; }

    /// <summary>Percent of requests that fail, half of them after the work was done.</summary>
    public int FailurePercent { get; set; }

    /// <summary>A known bug for the check of the simulation: the cursor is kept, the fixes of every fifth checkpoint are not.</summary>
    public bool LosesFixes { get; set; }

    /// <summary>A known bug for the check of the simulation: of some checkpoints it is not noted that they brought late fixes.</summary>
    public bool LosesLate { get; set; }

    /// <summary>A geofence that was there before anything happened.</summary>
    public void Begin(Geofence fence) => _fences[fence.Key] = fence;

    public ReadOnlyMemory<byte> StateOf(int repKey) => _states.GetValueOrDefault(repKey);

    public long Restore(Action<Geofence> geofence, Action<Definition> definition, Action<int, ReadOnlyMemory<byte>> state)
    {
        foreach (Geofence fence in _fences.Values) geofence(fence);
        foreach (Definition shift in _shifts.Values) definition(shift);
        foreach ((int repKey, byte[] bytes) in _states) state(repKey, bytes);
        return _sequence;
    }

    public ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        RepFix[] fixes = [.. checkpoint.Fixes];
        (int RepKey, byte[] Bytes)[] states = [.. checkpoint.States.Select(static s => (s.RepKey, s.Snapshot.ToArray()))];
        GeofenceChange[] changes = [.. checkpoint.GeofenceChanges];
        RepDeviceEvent[] told = [.. checkpoint.DeviceEvents];
        DefinitionChange[] shifts = [.. checkpoint.DefinitionChanges];
        return Ask(() => Commit(checkpoint.Sequence, fixes, told, states, changes, shifts));
    }

    public ValueTask AppendAlertsAsync(IReadOnlyList<Alert> alerts, CancellationToken cancel)
    {
        Alert[] copy = [.. alerts];
        return Ask(() =>
        {
            foreach (Alert alert in copy)
            {
                if (_alertIds.Add(alert.Id)) Alerts.Add(alert);
            }
        });
    }

    public ValueTask<TrackPage> ReadTrackAsync(
        int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel, bool withAttributes = false) => Answer(() =>
    {
        // Tracks are short here: a page holds all there is behind a place.
        JudgedFix[] within = [.. Fixes.GetValueOrDefault(repKey, []).Where(f => f.Fix.FixedAt >= from && f.Fix.FixedAt < to).OrderBy(static f => f.Fix.FixedAt)];
        int read = after is { } place ? within.TakeWhile(f => f.Fix.FixedAt < place.FixedAt).Count() + place.Skip : 0;
        JudgedFix[] page = [.. within.Skip(read).Take(limit)];
        if (read + page.Length == within.Length) return new TrackPage(page, null);
        Instant last = page[^1].Fix.FixedAt;
        return new TrackPage(page, new TrackPosition(last, within.Take(read + page.Length).Count(f => f.Fix.FixedAt == last)));
    });

    public ValueTask<AlertPage> ReadAlertsAsync(long after, int limit, AlertFilter filter, CancellationToken cancel) => Answer(() =>
    {
        StoredAlert[] page = [.. Alerts.Select(static (alert, index) => alert with { Cursor = index + 1 }).Where(a => a.Cursor > after && filter.Passes(a))
            .Take(limit).Select(static a => new StoredAlert(a, default))];
        return new AlertPage(page, page.Length < limit ? Alerts.Count : page[^1].Alert.Cursor);
    });

    public ValueTask<IReadOnlyList<LateSpan>> ReadLateAsync(int limit, CancellationToken cancel) =>
        Answer<IReadOnlyList<LateSpan>>(() => [.. _late.Values.OrderBy(static s => s.FirstAt).ThenBy(static s => s.RepKey).Take(limit)]);

    public ValueTask ForgetLateAsync(LateSpan span, CancellationToken cancel) => Ask(() =>
    {
        if (_late.GetValueOrDefault(span.RepKey) == span) _late.Remove(span.RepKey);
    });

    /// <summary>Whether histories wait to be derived again.</summary>
    public bool HasLate => _late.Count > 0;

    public ValueTask<IReadOnlyList<ActivityBucket>> ReadActivityAsync(ActivityQuery query, CancellationToken cancel) =>
        throw new NotSupportedException("The simulation looks into the store itself.");

    public ValueTask<DeviceEventPage> ReadDeviceEventsAsync(DeviceEventQuery ask, CancellationToken cancel) =>
        throw new NotSupportedException("The simulation looks into the store itself.");

    public ValueTask<long> EraseAsync(int repKey, string repId, CancellationToken cancel) => new(_states.Remove(repKey) ? 1 : 0);

    public ValueTask ScrubAsync(Instant from, Instant to, CancellationToken cancel) => default;

    public ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel) => new(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<T> Answer<T>(Func<T> read)
    {
        T answer = default!;
        await Ask(() => answer = read());
        return answer;
    }

    private ValueTask Ask(Action work)
    {
        var answer = new TaskCompletionSource();
        world.After(TimeSpan.FromMilliseconds(1 + world.Dice.Below(world.Dice.Percent(3) ? 9000 : 40)), () => Do(work, answer));
        return new ValueTask(answer.Task);
    }

    private void Do(Action work, TaskCompletionSource answer)
    {
        bool fails = IsOff || world.Dice.Percent(FailurePercent), isDone = !IsOff && (!fails || world.Dice.Percent(50));
        if (isDone) work();
        if (fails) world.Tell($"the store fails; the work is {(isDone ? "done and the answer lost" : "not done")}");
        if (fails) answer.SetException(new StoreUnavailableException("made to fail"));
        else answer.SetResult();
    }

    private void NoteLate(int repKey, Instant at)
    {
        Instant now = Instant.From(world.Now);
        _late[repKey] = _late.TryGetValue(repKey, out LateSpan span)
            ? span with { From = at < span.From ? at : span.From, To = at > span.To ? at : span.To, LastAt = now, Touches = span.Touches + 1 }
            : new LateSpan(repKey, at, at, now, now, 1);
    }

    private void Commit(long sequence, RepFix[] fixes, RepDeviceEvent[] told, (int RepKey, byte[] Bytes)[] states, GeofenceChange[] changes, DefinitionChange[] shifts)
    {
        if (sequence < _sequence) return;
        _sequence = sequence;
        foreach ((int repKey, byte[] bytes) in states) _states[repKey] = bytes;
        foreach (GeofenceChange change in changes)
        {
            if (change.Geofence is { } fence) _fences[change.Key] = fence;
            else _fences.Remove(change.Key);
        }
        foreach (DefinitionChange change in shifts)
        {
            if (change.Definition is { } shift) _shifts[change.Id] = shift;
            else _shifts.Remove(change.Id);
        }
        world.Tell($"checkpoint at {sequence}: {fixes.Length} fixes, {states.Length} states, {changes.Length} changes of geofences");
        foreach (RepDeviceEvent row in told)
        {
            if (!DeviceEvents.TryGetValue(row.RepKey, out List<DeviceEvent>? list)) DeviceEvents.Add(row.RepKey, list = []);
            if (!list.Exists(e => (e.Kind, e.At) == (row.Event.Kind, row.Event.At))) list.Add(row.Event);
        }
        if (LosesFixes && world.Dice.Percent(20)) return;
        bool losesLate = LosesLate && world.Dice.Percent(30);
        foreach (RepFix fix in fixes)
        {
            if (!_known.Add((fix.RepKey, fix.Judged.Fix.FixedAt, fix.Judged.Fix.Position))) continue;
            if (!Fixes.TryGetValue(fix.RepKey, out List<JudgedFix>? list)) Fixes.Add(fix.RepKey, list = []);
            list.Add(fix.Judged);
            if (fix.Judged.Outcome == FixOutcome.Late && !losesLate) NoteLate(fix.RepKey, fix.Judged.Fix.FixedAt);
        }
    }
}

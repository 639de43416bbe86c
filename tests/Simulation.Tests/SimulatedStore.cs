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
    private readonly HashSet<(int, Instant, GeoPoint)> _known = [];
    private readonly HashSet<string> _alertIds = [];
    private long _sequence;

    public Dictionary<int, List<JudgedFix>> Fixes { get; } = [];

    public List<Alert> Alerts { get; } = [];

    public long Sequence => _sequence;

    public bool IsOff { get; set; }

    /// <summary>Percent of requests that fail, half of them after the work was done.</summary>
    public int FailurePercent { get; set; }

    /// <summary>A known bug for the check of the simulation: the cursor is kept, the fixes of every fifth checkpoint are not.</summary>
    public bool LosesFixes { get; set; }

    public ReadOnlyMemory<byte> StateOf(int repKey) => _states.GetValueOrDefault(repKey);

    public long Restore(Action<Geofence> geofence, Action<int, ReadOnlyMemory<byte>> state)
    {
        foreach (Geofence fence in _fences.Values) geofence(fence);
        foreach ((int repKey, byte[] bytes) in _states) state(repKey, bytes);
        return _sequence;
    }

    public ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        RepFix[] fixes = [.. checkpoint.Fixes];
        (int RepKey, byte[] Bytes)[] states = [.. checkpoint.States.Select(static s => (s.RepKey, s.Snapshot.ToArray()))];
        GeofenceChange[] changes = [.. checkpoint.GeofenceChanges];
        return Ask(() => Commit(checkpoint.Sequence, fixes, states, changes));
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
        int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel, bool withAttributes = false) =>
        throw new NotSupportedException("The simulation looks into the store itself.");

    public ValueTask<IReadOnlyList<ActivityBucket>> ReadActivityAsync(ActivityQuery query, CancellationToken cancel) =>
        throw new NotSupportedException("The simulation looks into the store itself.");

    public ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel) => new(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

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

    private void Commit(long sequence, RepFix[] fixes, (int RepKey, byte[] Bytes)[] states, GeofenceChange[] changes)
    {
        if (sequence < _sequence) return;
        _sequence = sequence;
        foreach ((int repKey, byte[] bytes) in states) _states[repKey] = bytes;
        foreach (GeofenceChange change in changes)
        {
            if (change.Geofence is { } fence) _fences[change.Key] = fence;
            else _fences.Remove(change.Key);
        }
        world.Tell($"checkpoint at {sequence}: {fixes.Length} fixes, {states.Length} states, {changes.Length} changes of geofences");
        if (LosesFixes && world.Dice.Percent(20)) return;
        foreach (RepFix fix in fixes)
        {
            if (!_known.Add((fix.RepKey, fix.Judged.Fix.FixedAt, fix.Judged.Fix.Position))) continue;
            if (!Fixes.TryGetValue(fix.RepKey, out List<JudgedFix>? list)) Fixes.Add(fix.RepKey, list = []);
            list.Add(fix.Judged);
        }
    }
}

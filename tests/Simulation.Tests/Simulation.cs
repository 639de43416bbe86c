using Tracking.Contracts;
using Tracking.Silo;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Simulation.Tests;

/// <summary>A known bug that is put in to see that the simulation finds it.</summary>
internal enum KnownBug
{
    None,
    AcknowledgeEarly,
    LoseFixes,
    LoseLate,
}

/// <summary>How a run ended.</summary>
/// <param name="Failure">What is not as it must be; null: nothing.</param>
/// <param name="Digest">The same in every run of the seed.</param>
/// <param name="Fixes">Fixes that the journal accepted.</param>
/// <param name="Crashes">How often the process died.</param>
internal sealed record Verdict(string? Failure, ulong Digest, int Fixes, int Crashes);

/// <summary>One run: half an hour of phones, geofences, crashes and outages; then quiet, and the comparison with the oracle.</summary>
#pragma warning disable CA1001 // the disk and the store are memory, and end with the run
internal sealed class Simulation
#pragma warning restore CA1001
{
    private const int FirstLasting = 11;
    private static readonly TrackerOptions Rules = new() { Signal = new SignalOptions { LostMinimum = TimeSpan.FromMinutes(2) } };
    private readonly World _world;
    private readonly SimulatedDisk _disk;
    private readonly SimulatedStore _store;
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly Dictionary<string, Definition> _shifts = [];
    private readonly List<Phone> _phones = [];
    private readonly SiloOptions _options;
    private readonly bool _changesFences;
    private Server _server;
    private string? _liveFailure;
    private int _crashes;
    private int _stepsToCrash;
    private bool _isQuiet;

    private Simulation(ulong seed, KnownBug bug, Action<string>? story)
    {
        _world = new World(seed) { Story = story, BeforeStep = MayCrash };
        Dice dice = _world.Dice;
        _disk = new SimulatedDisk(_world) { DiesInCommit = DiesInCommit };
        _store = new SimulatedStore(_world) { FailurePercent = dice.Below(15), LosesFixes = bug == KnownBug.LoseFixes, LosesLate = bug == KnownBug.LoseLate };
        _options = new SiloOptions
        {
            Tracker = Rules,
            Partitions = 1 + dice.Below(3),
            MailboxBlocks = 1 + dice.Below(4),
            CheckpointInterval = TimeSpan.FromMilliseconds(500 + dice.Below(20_000)),
            CheckpointRecords = 1 + dice.Below(60),
            MaxWaitingAlerts = 1 + dice.Below(8),
            TickInterval = TimeSpan.FromMilliseconds(1000 + dice.Below(9000)),
            Corrections = new CorrectionOptions
            {
                Quiet = TimeSpan.FromSeconds(1 + dice.Below(60)),
                LongestWait = TimeSpan.FromSeconds(60 + dice.Below(240)),
                LongestFollowUp = TimeSpan.FromHours(1),
            },
        };
        for (int key = FirstLasting; key < FirstLasting + 4; key++) _store.Begin(_fences[key] = NewLastingFence(key));
        _changesFences = dice.Percent(50);
        _stepsToCrash = 200 + dice.Below(4000);
        _server = NewServer();
        for (int rep = 1, reps = 2 + dice.Below(4); rep <= reps; rep++)
            _phones.Add(new Phone(_world, rep, () => _server) { LossPercent = dice.Below(30), AcknowledgesEarly = bug == KnownBug.AcknowledgeEarly, SendsNewestFirst = dice.Percent(50) });
    }

    /// <summary>Runs a seed.</summary>
    public static Verdict Run(ulong seed, KnownBug bug = KnownBug.None, Action<string>? story = null) => new Simulation(seed, bug, story).Run();

    private Verdict Run()
    {
        foreach (Phone phone in _phones) phone.Start();
        if (_changesFences) _world.After(TimeSpan.FromSeconds(5), ChangeFences);
        _world.After(TimeSpan.FromSeconds(60), BreakSomething);
        _world.RunUntil(static () => false, TimeSpan.FromMinutes(20));
        string? failure = Settle() ? Compare() : $"does not settle: {_server.Silo.Problem}";
        return new Verdict(_liveFailure ?? failure, _world.Digest, _disk.History.Count, _crashes);
    }

    private bool Settle()
    {
        _isQuiet = true;
        _disk.IsFull = _store.IsOff = false;
        _store.FailurePercent = 0;
        foreach (Phone phone in _phones)
        {
            phone.SwitchOff();
            phone.LossPercent = 0;
        }
        if (!_world.RunUntil(() => _phones.TrueForAll(static p => p.IsEmpty) && _server.IsSettled, TimeSpan.FromHours(2))) return false;
        // A restart brings fences that the journal refused; then so much time passes that nothing is left to decide.
        Restart();
        if (!_world.RunUntil(() => _server.IsSettled, TimeSpan.FromMinutes(10))) return false;
        _world.Jump(TimeSpan.FromHours(8));
        _world.RunUntil(static () => false, TimeSpan.FromMinutes(2));
        if (!_world.RunUntil(() => !_store.HasLate, TimeSpan.FromHours(2))) return false;
        _liveFailure ??= _server.LiveFailure;
        return _server.IsSettled;
    }

    private string? Compare()
    {
        var oracle = new Oracle(Rules);
        foreach (Geofence fence in _fences.Values.Where(static f => f.Key >= FirstLasting)) oracle.Begin(fence);
        foreach (JournalRecord record in _disk.History) oracle.Apply(record);
        oracle.Tick(Instant.From(_world.Now) - _options.TickSlack);
        return CompareAcknowledged() ?? oracle.Reps.Select(rep => CompareRep(oracle, rep)).FirstOrDefault(static f => f is not null);
    }

    private string? CompareAcknowledged()
    {
        HashSet<(int, Instant, GeoPoint)> accepted = [.. _disk.History.Select(static r => (r.RepKey, r.Fix.FixedAt, r.Fix.Position))];
        for (int index = 0; index < _phones.Count; index++)
        {
            foreach ((Instant fixedAt, GeoPoint position) in _phones[index].Acknowledged)
            {
                if (!accepted.Contains((index + 1, fixedAt, position))) return $"rep {index + 1}: the fix of {fixedAt} was acknowledged and is lost";
            }
        }
        return null;
    }

    private string? CompareRep(Oracle oracle, int rep)
    {
        string[] fixes = [.. oracle.Fixes.Where(f => f.RepKey == rep).Select(static f => f.Judged).DistinctBy(static j => (j.Fix.FixedAt, j.Fix.Position)).Select(Shown)];
        string[] stored = [.. _store.Fixes.GetValueOrDefault(rep, []).Select(Shown)];
        if (Difference(fixes, stored) is { } fix) return $"rep {rep}: fixes: {fix}";
        string[] told = [.. oracle.DeviceEvents.Where(e => e.RepKey == rep).Select(static e => e.Event).DistinctBy(static e => (e.Kind, e.At)).Select(Shown)];
        string[] kept = [.. _store.DeviceEvents.GetValueOrDefault(rep, []).Select(Shown)];
        if (Difference(told, kept) is { } word) return $"rep {rep}: device events: {word}";
        Alert[] log = [.. _store.Alerts.Where(a => a.RepId == $"r{rep}")];
        // What was derived before it was decided live has the same id.
        HashSet<string> early = [.. log.Where(IsCorrection).Select(static a => a.Id)];
        string[] alerts = [.. oracle.Alerts.Where(a => a.RepId == $"r{rep}" && !early.Contains(a.Id)).DistinctBy(static a => a.Id).Select(Shown)];
        string[] written = [.. log.Where(static a => !IsCorrection(a)).Select(Shown)];
        if (Difference(alerts, written) is { } alert) return $"rep {rep}: alerts: {alert}";
        // A change of a fence around a rep moves the instants of others; histories are derived without such changes.
        if (!_changesFences && Difference([.. PunctualAlerts(oracle, rep).Select(ShownEffective)], [.. EffectiveAlertsOf(log).Select(ShownEffective)]) is { } effective)
            return $"rep {rep}: effective alerts: {effective}";
        return oracle.StateOf(rep).AsSpan().SequenceEqual(_store.StateOf(rep).Span) ? null
            : $"rep {rep}: another state: expected {Convert.ToHexString(oracle.StateOf(rep))}, found {Convert.ToHexString(_store.StateOf(rep).Span)}";
    }

    private static bool IsCorrection(Alert alert) => alert.Late && alert.Kind != AlertKind.Sos;

    // What one tracker tells that is fed the whole track in order.
    private IEnumerable<Alert> PunctualAlerts(Oracle oracle, int rep)
    {
        JudgedFix[] track = [.. oracle.Fixes.Where(f => f.RepKey == rep).Select(static f => f.Judged).DistinctBy(static j => (j.Fix.FixedAt, j.Fix.Position))];
        var punctual = new Oracle(Rules);
        foreach (Geofence fence in _fences.Values.Where(static f => f.Key >= FirstLasting)) punctual.Begin(fence);
        foreach (Fix fix in InOrder(track)) punctual.Apply(new JournalRecord(JournalRecordKind.Fix, rep, rep, fix, default));
        punctual.Tick(Instant.From(_world.Now) - _options.TickSlack);
        return Compared(punctual.Alerts);
    }

    private static IEnumerable<Alert> EffectiveAlertsOf(Alert[] log) =>
        Compared([.. EffectiveAlerts.Of([.. log.Select(static a => new StoredAlert(a, default))]).Select(static a => a.Alert)]);

    private static IEnumerable<Alert> Compared(IReadOnlyList<Alert> alerts) => alerts
        .Where(static a => CorrectionPlan.IsCorrected(a.Kind) && a.Kind != AlertKind.GeofenceDwelled && a.GeofenceId?.StartsWith("lasting", StringComparison.Ordinal) == true)
        .DistinctBy(static a => a.Id).OrderBy(static a => a.At).ThenBy(ShownEffective, StringComparer.Ordinal);

    // A late fix comes as long after its instant as the accepted fix before it, but before the next accepted one.
    private static IEnumerable<Fix> InOrder(JudgedFix[] track)
    {
        Fix[] accepted = [.. track.Where(static j => j.Outcome == FixOutcome.Accepted).Select(static j => j.Fix)];
        IEnumerable<Fix> arrived = track.Where(static j => j.Outcome is not (FixOutcome.Future or FixOutcome.Spike)).Select(judged =>
        {
            Fix fix = judged.Fix;
            if (judged.Outcome != FixOutcome.Late) return fix;
            Fix[] before = [.. accepted.Where(a => a.FixedAt <= fix.FixedAt)], after = [.. accepted.Where(a => a.FixedAt > fix.FixedAt)];
            long ms = fix.ReceivedAt.EpochMs;
            if (before.Length > 0) ms = Math.Min(ms, fix.FixedAt.EpochMs + (before[^1].ReceivedAt.EpochMs - before[^1].FixedAt.EpochMs));
            if (after.Length > 0) ms = Math.Min(ms, after[0].ReceivedAt.EpochMs);
            bool isCovered = before.Length > 0 && after.Length > 0 && fix.ReceivedAt - after[0].ReceivedAt > TimeSpan.FromMinutes(2)
                && after[0].FixedAt - before[^1].FixedAt <= TimeSpan.FromMinutes(1);
            return isCovered ? default : fix with { ReceivedAt = new Instant(ms) };
        });
        return arrived.Where(static f => f.ReceivedAt != default).OrderBy(static f => f.ReceivedAt).ThenBy(static f => f.FixedAt);
    }

    private static string ShownEffective(Alert alert) =>
        $"{(alert.Kind == AlertKind.VisitDoubted ? AlertKind.VisitVerified : alert.Kind)} {alert.GeofenceId} {alert.At} {alert.Data.GetRawText()}";

    private static string? Difference(string[] expected, string[] found)
    {
        int at = 0;
        while (at < expected.Length && at < found.Length && expected[at] == found[at]) at++;
        if (at == expected.Length && at == found.Length) return null;
        return $"of {expected.Length}, at {at} expected {expected.ElementAtOrDefault(at) ?? "nothing"}, found {found.ElementAtOrDefault(at) ?? "nothing"} (of {found.Length})";
    }

    private static string Shown(JudgedFix judged) => $"{judged.Fix.FixedAt} received {judged.Fix.ReceivedAt} {judged.Fix.Position} {judged.Outcome}";

    private static string Shown(DeviceEvent told) => $"{told.At} received {told.ReceivedAt} {told.Kind} {told.BatteryPct}";

    private static string Shown(Alert alert) => $"{alert.Id} {alert.Kind} {alert.GeofenceId} {alert.At} {alert.ConfirmedAt} {alert.Text.En} {alert.Data.GetRawText()}";

    private Server NewServer() => new(_world, _disk, _store, _fences, _shifts, _options) { CommitMs = 5 + _world.Dice.Below(60) };

    private void MayCrash(SimulatedProcess process)
    {
        if (_isQuiet || --_stepsToCrash > 0) return;
        Crash("between two steps");
    }

    private bool DiesInCommit()
    {
        if (_isQuiet || !_world.Dice.Percent(1)) return false;
        Crash("in a commit of the journal");
        return true;
    }

    private void Crash(string where)
    {
        _crashes++;
        _stepsToCrash = 200 + _world.Dice.Below(6000);
        _world.Tell($"the process dies {where}");
        _server.Process.Kill();
        Server dead = _server;
        _world.After(TimeSpan.FromSeconds(1 + _world.Dice.Below(20)), () =>
        {
            if (_server == dead) Restart();
        });
    }

    private void Restart()
    {
        _liveFailure ??= _server.LiveFailure;
        _server.Process.Kill();
        _server = NewServer();
        _world.Tell($"the process starts");
    }

    private void BreakSomething()
    {
        if (_isQuiet) return;
        TimeSpan pause = TimeSpan.FromSeconds(1 + _world.Dice.Below(120));
        if (_world.Dice.Percent(50)) _store.IsOff = true;
        else _disk.IsFull = true;
        _world.Tell($"{(_store.IsOff ? "the store is gone" : "the disk is full")} for {pause}");
        _world.After(pause, () => _store.IsOff = _disk.IsFull = false);
        _world.After(pause + TimeSpan.FromSeconds(_world.Dice.Below(600)), BreakSomething);
    }

    private void ChangeFences()
    {
        if (_isQuiet) return;
        int key = 1 + _world.Dice.Below(6);
        Geofence? next = null;
        if (_fences.TryGetValue(key, out Geofence? known) && _world.Dice.Percent(20)) _fences.Remove(key);
        else _fences[key] = next = NewFence(key, (known?.Version ?? _world.Steps) + 1);
        Instant now = Instant.From(_world.Now);
        byte[] payload = GeofenceChangeJsonConverter.ToUtf8(new GeofenceChange(key, next, now));
        _server.Append([new JournalRecord(JournalRecordKind.GeofenceChanged, 0, 0, new Fix { ReceivedAt = now }, payload)], false, static () => { });
        _world.After(TimeSpan.FromSeconds(1 + _world.Dice.Below(90)), ChangeFences);
    }

    private Geofence NewLastingFence(int key) => NewFence(key, 1) with
    {
        Id = $"lasting{key}",
        Purpose = GeofencePurpose.Customer,
        ChangedAt = Instant.From(_world.Now) - TimeSpan.FromDays(100),
    };

    private Geofence NewFence(int key, long version) => new()
    {
        Key = key,
        Id = $"f{key}",
        Name = $"Fence {key}",
        Version = version,
        ChangedAt = Instant.From(_world.Now),
        Purpose = (GeofencePurpose)_world.Dice.Below(4),
        Shape = new CircleShape(new GeoPoint(48.2 + ((_world.Dice.Part() - 0.5) * 0.02), 16.37 + ((_world.Dice.Part() - 0.5) * 0.03)), 100 + _world.Dice.Below(800)),
        DwellS = _world.Dice.Percent(50) ? 20 + _world.Dice.Below(100) : null,
    };
}

using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Tests;

/// <summary>What a test asks of a host.</summary>
public abstract class HostUnderTest : IAsyncDisposable
{
    public abstract Task StartAsync();

    /// <summary>Completes when what the journal held at the start is applied.</summary>
    public abstract Task Ready { get; }

    public abstract string? Problem { get; }

    public abstract long CommittedSequence { get; }

    /// <summary>Ends in order.</summary>
    public abstract Task StopAsync();

    /// <summary>Ends as a crash would.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>How a host is set up in a test.</summary>
public sealed record HostSetup
{
    public int MaxUnflushedRecords { get; init; } = 500_000;

    public int CheckpointRecords { get; init; } = 50_000;

    public int MaxWaitingAlerts { get; init; } = 20_000;

    public Action<JournalRecord>? Fault { get; init; }

    public IReadOnlyList<ILiveSink> Sinks { get; init; } = [];
}

/// <summary>What every host of trackers must do, whatever it is built of: the same as one tracker a rep that is fed in order.</summary>
public abstract class SiloConformance
{
    protected abstract HostUnderTest Make(TestStore store, HostSetup setup);

    [Theory]
    [InlineData(1, 20_000)]
    [InlineData(2, 1)]
    public async Task The_same_input_gives_the_same_tracks_and_alerts_as_a_single_tracker(int seed, int maxWaitingAlerts)
    {
        await using var store = new TestStore();
        var work = new Workload(seed, store.AddReps(200), store);
        HostUnderTest host = await StartAsync(store, new HostSetup { MaxWaitingAlerts = maxWaitingAlerts });
        for (int step = 0; step < 40; step++) await store.AppendAsync(work.Next());
        await SettleAsync(store, host);
        await host.StopAsync();
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep), $"seed {seed}");
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_crash_at_any_moment_loses_and_doubles_nothing(int seed)
    {
        await using var store = new TestStore();
        var random = new Random(seed);
        var work = new Workload(seed, store.AddReps(200), store);
        HostUnderTest host = await StartAsync(store, new HostSetup { CheckpointRecords = 700 });
        for (int step = 0; step < 40; step++)
        {
            await store.AppendAsync(work.Next());
            if (random.Next(5) != 0) continue;
            long far = host.CommittedSequence + random.Next(300);
            if (random.Next(2) == 0) await store.UntilAsync(() => host.CommittedSequence >= Math.Min(far, store.Journal.DurableSequence), "some checkpoint");
            for (int pause = random.Next(30); pause > 0; pause--) await Task.Yield();
            await host.DisposeAsync();
            await store.ReopenAsync();
            host = await StartAsync(store, new HostSetup { CheckpointRecords = 700 });
        }
        await SettleAsync(store, host);
        await host.StopAsync();
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep), $"seed {seed}");
    }

    [Fact]
    public async Task A_store_that_is_out_for_a_while_delays_and_loses_nothing()
    {
        await using var store = new TestStore();
        var work = new Workload(21, store.AddReps(100), store);
        HostUnderTest host = await StartAsync(store, new HostSetup { CheckpointRecords = 200 });
        await store.AppendAsync(work.Next());
        await store.UntilAsync(() => host.CommittedSequence == store.Journal.DurableSequence, "the first checkpoint");
        store.Tracks.IsOff = true;
        for (int step = 0; step < 30; step++) await store.AppendAsync(work.Next());
        await store.UntilAsync(() => store.Tracks.Refused > 2 && host.Problem is not null, "repeated attempts");
        Assert.True(host.CommittedSequence < store.Journal.DurableSequence - 1000);
        Assert.NotEmpty(await store.ReadAlertsAsync());
        store.Tracks.IsOff = false;
        await SettleAsync(store, host);
        Assert.Null(host.Problem);
        await host.StopAsync();
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep), "outage");
    }

    [Theory]
    [InlineData(22, false)]
    [InlineData(23, true)]
    public async Task A_store_that_is_out_for_long_stops_neither_the_live_map_nor_anything_else(int seed, bool alertsToo)
    {
        await using var store = new TestStore();
        int[] reps = store.AddReps(100);
        var work = new Workload(seed, reps, store);
        var board = new Board();
        HostUnderTest host = await StartAsync(store, new HostSetup { MaxUnflushedRecords = 1000, CheckpointRecords = 200, MaxWaitingAlerts = 5, Sinks = [board] });
        await store.AppendAsync(work.Next());
        for (int outage = 0; outage < 2; outage++)
        {
            await store.UntilAsync(() => host.CommittedSequence == store.Journal.DurableSequence, "a checkpoint");
            store.Tracks.IsOff = true;
            store.AlertsAreOff = alertsToo;
            for (int step = 0; step < 40; step++) await store.AppendAsync(work.Next());
            var oracle = new Oracle(store.Registry.FindRep);
            oracle.Apply(work.All);
            await store.UntilAsync(() => Array.TrueForAll(reps, rep => board.Newest.TryGetValue(rep, out RepLive live) && live.HeardAt == oracle.LiveOf(rep).HeardAt),
                "the live map goes on", () => $" ({host.Problem})");
            AssertSame(oracle, board, reps);
            Assert.True(host.CommittedSequence < store.Journal.DurableSequence - 1000);
            store.Tracks.IsOff = store.AlertsAreOff = false;
            await store.UntilAsync(() => host.Problem is null, "all is well", () => $" ({host.Problem}, {host.CommittedSequence} of {store.Journal.DurableSequence}, refused {store.Tracks.Refused})");
            for (int step = 0; step < 3; step++) await store.AppendAsync(work.Next());
        }
        await SettleAsync(store, host);
        await host.StopAsync();
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep), $"seed {seed}");
        Assert.Equal(work.All.Count(r => r.Kind == JournalRecordKind.Fix && r.Fix.HasPosition), CountedFixes(store));
    }

    [Fact]
    public async Task A_host_that_runs_ahead_of_its_store_ends_in_order_and_goes_on_at_the_next_start()
    {
        await using var store = new TestStore();
        var work = new Workload(24, store.AddReps(100), store);
        HostUnderTest host = await StartAsync(store, new HostSetup { MaxUnflushedRecords = 1000, CheckpointRecords = 200 });
        store.Tracks.IsOff = true;
        for (int step = 0; step < 40; step++) await store.AppendAsync(work.Next());
        await store.UntilAsync(() => host.Problem?.Contains("is shown", StringComparison.Ordinal) == true, "running ahead");
        await host.StopAsync();
        store.Tracks.IsOff = false;
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup());
        await SettleAsync(store, host);
        await host.StopAsync();
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep), "seed 24");
    }

    [Fact]
    public async Task A_fence_change_takes_effect_exactly_between_two_fixes_of_one_block()
    {
        await using var store = new TestStore();
        int[] reps = store.AddReps(8);
        HostUnderTest host = await StartAsync(store, new HostSetup());
        var place = new GeoPoint(48.2, 16.37);
        var all = new List<JournalRecord>();
        Geofence fence = Fences.Put(store, new Geofence { Id = "depot", Name = "Depot", Shape = new CircleShape(place, 300) });
        for (int round = 0; round < 6; round++)
        {
            store.Clock.Advance(Workload.Step);
            var now = Instant.Now(store.Clock);
            var block = new List<JournalRecord>();
            foreach (int rep in reps) block.Add(At(rep, place, now));
            block.Add(Fences.Record(new GeofenceChange(fence.Key, fence with { Version = (2 * round) + 1 }, now)));
            foreach (int rep in reps) block.Add(At(rep, new GeoPoint(48.2 + (rep * 1e-6), 16.37), now + TimeSpan.FromSeconds(1)));
            block.Add(Fences.Record(new GeofenceChange(fence.Key, null, now + TimeSpan.FromSeconds(2))));
            foreach (int rep in reps) block.Add(At(rep, place, now + TimeSpan.FromSeconds(3)));
            all.AddRange(block);
            await store.AppendAsync([.. block]);
            fence = fence with { Version = 1 };
        }
        await SettleAsync(store, host);
        await host.StopAsync();
        var oracle = new Oracle(store.Registry.FindRep);
        await CompareAsync(store, all, oracle, "fences");
        Assert.Equal(6 * reps.Length, oracle.Alerts.Values.Sum(a => a.Count(x => x.Kind == AlertKind.GeofenceEntered)));
        Assert.Equal(6 * reps.Length, oracle.Alerts.Values.Sum(a => a.Count(x => x.Kind == AlertKind.GeofenceExited)));
    }

    [Fact]
    public async Task A_fix_at_which_a_rule_fails_is_quarantined_and_the_rep_goes_on_without_it()
    {
        await using var store = new TestStore();
        var work = new Workload(31, store.AddReps(50), store);
        static bool IsPoison(JournalRecord record) => (record.Fix.FixedAt.EpochMs / 100) % 23 == 0;
        var setup = new HostSetup { Fault = record => { if (IsPoison(record)) throw new DivideByZeroException("made to fail"); } };
        HostUnderTest host = await StartAsync(store, setup);
        for (int step = 0; step < 30; step++) await store.AppendAsync(work.Next());
        await SettleAsync(store, host);
        await host.StopAsync();
        int poison = work.All.Count(r => r.Kind != JournalRecordKind.GeofenceChanged && IsPoison(r));
        Assert.True(poison > 20);
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep) { IsPoison = IsPoison }, "poison");
        IReadOnlyList<QuarantineEntry> kept = await store.Quarantine.ReadAsync(null, 1000, CancellationToken.None);
        Assert.Equal(poison, kept.Count);
        Assert.All(kept, entry => Assert.Equal("ruleFailed", entry.Reason));
        Assert.Contains("DivideByZeroException: made to fail", kept[0].Detail, StringComparison.Ordinal);
        Assert.Equal(poison, store.MetricOf("tracking_rule_failures_total"));
    }

    [Fact]
    public async Task A_host_that_cannot_go_on_says_so_and_the_next_start_loses_nothing()
    {
        await using var store = new TestStore();
        var work = new Workload(61, store.AddReps(60), store);
        int left = 300;
        var setup = new HostSetup { Fault = _ => { if (Interlocked.Decrement(ref left) < 0) throw new InsufficientMemoryException("made to fail"); } };
        HostUnderTest host = await StartAsync(store, setup);
        for (int step = 0; step < 10; step++) await store.AppendAsync(work.Next());
        await store.UntilAsync(() => host.Problem is not null, "the host says so");
        Assert.True(host.CommittedSequence < store.Journal.DurableSequence);
        await host.DisposeAsync();
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup());
        for (int step = 0; step < 10; step++) await store.AppendAsync(work.Next());
        await SettleAsync(store, host);
        await host.StopAsync();
        await CompareAsync(store, work.All, new Oracle(store.Registry.FindRep), "failed host");
        Assert.Empty(await store.Quarantine.ReadAsync(null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Fences_that_the_trackers_have_not_seen_are_brought_to_them_at_the_start()
    {
        await using var store = new TestStore();
        int[] reps = store.AddReps(3);
        var place = new GeoPoint(48.2, 16.37);
        HostUnderTest host = await StartAsync(store, new HostSetup());
        var now = Instant.Now(store.Clock);
        foreach (int rep in reps) await store.AppendAsync(At(rep, place, now));
        await SettleAsync(store, host, moveOn: false);
        await host.StopAsync();
        // As if the process had ended between the registry and the journal.
        Fences.Put(store, new Geofence { Id = "late", Name = "Late", Shape = new CircleShape(place, 300) });
        long before = store.Journal.DurableSequence;
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup());
        Assert.Equal(before + 1, store.Journal.DurableSequence);
        await SettleAsync(store, host, moveOn: false);
        await host.DisposeAsync();
        List<Alert> alerts = await store.ReadAlertsAsync();
        Assert.Equal(["r1", "r2", "r3"], alerts.Select(a => a.RepId).Order());
        Assert.All(alerts, a => Assert.Equal("""{"reason":"fenceChanged"}""", a.Data.GetRawText()));
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup());
        await host.StopAsync();
        Assert.Equal(before + 1, store.Journal.DurableSequence);
    }

    [Fact]
    public async Task A_fence_with_100_000_vertices_goes_through_the_journal_and_a_restart()
    {
        await using var store = new TestStore();
        int[] reps = store.AddReps(1);
        HostUnderTest host = await StartAsync(store, new HostSetup());
        GeoPoint[] ring = [.. Enumerable.Range(0, 100_000).Select(i => new GeoPoint(48.2 + (0.01 * Math.Sin(i * Math.Tau / 100_000)), 16.37 + (0.01 * Math.Cos(i * Math.Tau / 100_000))))];
        Geofence fence = Fences.Put(store, new Geofence { Id = "round", Name = "Round", Shape = new PolygonShape([new PolygonRings(ring, [])]) });
        var now = Instant.Now(store.Clock);
        await store.AppendAsync(Fences.Record(new GeofenceChange(fence.Key, fence, now)), At(reps[0], new GeoPoint(48.2, 16.37), now));
        await SettleAsync(store, host, moveOn: false);
        await host.DisposeAsync();
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup());
        now = Instant.Now(store.Clock) + TimeSpan.FromMinutes(1);
        await store.AppendAsync(At(reps[0], new GeoPoint(48.22, 16.37), now), At(reps[0], new GeoPoint(48.22, 16.37), now + TimeSpan.FromMinutes(1)));
        await SettleAsync(store, host, moveOn: false);
        await host.StopAsync();
        Assert.Equal([AlertKind.GeofenceEntered, AlertKind.GeofenceExited], (await store.ReadAlertsAsync()).Select(a => a.Kind));
    }

    [Fact]
    public async Task Silence_is_noticed_by_time_alone_and_once()
    {
        await using var store = new TestStore();
        int[] reps = store.AddReps(2);
        HostUnderTest host = await StartAsync(store, new HostSetup());
        await store.AppendAsync(At(reps[0], new GeoPoint(48.2, 16.37), Instant.Now(store.Clock)), At(reps[1], new GeoPoint(48.2, 16.37), Instant.Now(store.Clock)));
        await SettleAsync(store, host, moveOn: false);
        store.Clock.Advance(TimeSpan.FromHours(1));
        await store.UntilAsync(() => store.MetricOf("tracking_reps{status=\"lost\"}") == 2, "both reps lost");
        await SettleAsync(store, host);
        await host.DisposeAsync();
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup());
        store.Clock.Advance(TimeSpan.FromHours(1));
        await SettleAsync(store, host);
        await host.StopAsync();
        List<Alert> alerts = await store.ReadAlertsAsync();
        Assert.Equal([AlertKind.SignalLost, AlertKind.SignalLost], alerts.Select(a => a.Kind));
    }

    [Fact]
    public async Task The_live_map_hears_the_newest_state_and_everything_after_a_restart()
    {
        await using var store = new TestStore();
        int[] reps = store.AddReps(30);
        var work = new Workload(41, reps, store);
        var board = new Board();
        HostUnderTest host = await StartAsync(store, new HostSetup { Sinks = [board] });
        for (int step = 0; step < 10; step++) await store.AppendAsync(work.Next());
        await SettleAsync(store, host, moveOn: false);
        await host.StopAsync();
        var oracle = new Oracle(store.Registry.FindRep);
        oracle.Apply(work.All);
        AssertSame(oracle, board, reps);
        var again = new Board();
        await store.ReopenAsync();
        host = await StartAsync(store, new HostSetup { Sinks = [again] });
        await host.StopAsync();
        AssertSame(oracle, again, reps);
    }

    [Fact]
    public async Task Every_judged_fix_is_counted_by_outcome()
    {
        await using var store = new TestStore();
        var work = new Workload(51, store.AddReps(60), store);
        HostUnderTest host = await StartAsync(store, new HostSetup());
        for (int step = 0; step < 20; step++) await store.AppendAsync(work.Next());
        await store.AppendAsync(new JournalRecord(JournalRecordKind.DeviceEvent, 1, 1, new Fix { ReceivedAt = Instant.Now(store.Clock) }, "{}"u8.ToArray()));
        await SettleAsync(store, host);
        await host.StopAsync();
        Assert.Equal(work.All.Count(r => r.Kind == JournalRecordKind.DeviceEvent), store.MetricOf("tracking_device_events_total{kind=\"boot\"}"));
        Assert.Equal("ruleFailed", Assert.Single(await store.Quarantine.ReadAsync(null, 10, CancellationToken.None)).Reason);
        Assert.Equal(work.All.Count(r => r.Kind == JournalRecordKind.Fix && r.Fix.HasPosition), CountedFixes(store));
    }

    private static double CountedFixes(TestStore store) => Text(store).Split('\n')
        .Where(l => l.StartsWith("tracking_fixes_total{", StringComparison.Ordinal))
        .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    protected static JournalRecord At(int repKey, GeoPoint place, Instant at) =>
        new(JournalRecordKind.Fix, repKey, 1, new Fix { FixedAt = at, ReceivedAt = at, Position = place.Quantised(), AccuracyM = 5 }, default);

    private async Task<HostUnderTest> StartAsync(TestStore store, HostSetup setup)
    {
        HostUnderTest host = Make(store, setup);
        await host.StartAsync();
        await store.UntilAsync(() => host.Ready.IsCompleted, "ready");
        await host.Ready;
        return host;
    }

    /// <summary>Waits until everything is stored; first lets so much time pass that time has nothing more to decide.</summary>
    private static async Task SettleAsync(TestStore store, HostUnderTest host, bool moveOn = true)
    {
        await store.UntilAsync(() => host.CommittedSequence == store.Journal.DurableSequence, "everything stored", () => $" ({host.Problem})");
        if (!moveOn) return;
        store.Clock.Advance(TimeSpan.FromHours(8));
        int reps = store.Registry.Reps.Count;
        long seen = -1;
        long now = 0;
        for (int quiet = 0; quiet < 40; quiet = now == seen ? quiet + 1 : 0)
        {
            seen = now;
            store.Clock.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Delay(2);
            now = store.Alerts.NewestCursor;
        }
        Assert.True(reps > 0);
    }

    private static async Task CompareAsync(TestStore store, List<JournalRecord> records, Oracle oracle, string told)
    {
        oracle.Apply(records);
        oracle.Tick(Instant.Now(store.Clock) - TimeSpan.FromSeconds(2));
        Dictionary<string, List<Alert>> alerts = (await store.ReadAlertsAsync()).GroupBy(a => a.RepId).ToDictionary(g => g.Key, g => g.ToList());
        foreach (Rep rep in store.Registry.Reps)
        {
            IEnumerable<string> expected = oracle.Alerts.GetValueOrDefault(rep.Key, []).Select(Shown);
            Assert.True(expected.SequenceEqual(alerts.GetValueOrDefault(rep.Id, []).Select(Shown)),
                $"{told}: alerts of {rep.Id}\nexpected\n{string.Join('\n', expected)}\nfound\n{string.Join('\n', alerts.GetValueOrDefault(rep.Id, []).Select(Shown))}");
            ILookup<Fix, string> sent = records.Where(r => r.RepKey == rep.Key).ToLookup(r => r.Fix, r => System.Text.Encoding.UTF8.GetString(r.Payload.Span));
            string[] track = [.. oracle.Fixes.GetValueOrDefault(rep.Key, []).DistinctBy(j => (j.Fix.FixedAt, j.Fix.Position)).Select(j => Shown(j, sent[j.Fix].First())).Order()];
            string[] stored = [.. (await store.ReadTrackAsync(rep.Key)).Select(s => Shown(s.Judged, s.Attributes)).Order()];
            Assert.True(track.SequenceEqual(stored),
                $"{told}: track of {rep.Id}\nmissing\n{string.Join('\n', track.Except(stored))}\ntoo much\n{string.Join('\n', stored.Except(track))}");
        }
    }

    private static string Shown(Alert alert) =>
        $"{alert.Id} {alert.Kind} {alert.Severity} {alert.At} {alert.ConfirmedAt} {alert.Late} {alert.GeofenceId} {alert.Text.En} {alert.Text.Zh} {JsonSerializer.Serialize(alert.Data)}";

    private static string Shown(JudgedFix judged, string? attributes) =>
        $"{judged.Fix.FixedAt} {judged.Fix.ReceivedAt} {judged.Fix.Position.LatitudeE7} {judged.Fix.Position.LongitudeE7} {judged.Outcome} {attributes}";

    private static string Text(TestStore store)
    {
        var text = new System.Text.StringBuilder();
        store.Metrics.WriteTo(text);
        return text.ToString();
    }

    private static void AssertSame(Oracle oracle, Board board, int[] reps)
    {
        foreach (int rep in reps)
        {
            RepLive expected = oracle.LiveOf(rep), found = board.Newest[rep];
            Assert.Equal((expected.FixedAt, expected.HeardAt, expected.Position, expected.Motion), (found.FixedAt, found.HeardAt, found.Position, found.Motion));
            Assert.Equal(expected.InsideGeofences, found.InsideGeofences);
        }
    }

    private sealed class Board : ILiveSink
    {
        public System.Collections.Concurrent.ConcurrentDictionary<int, RepLive> Newest { get; } = new();

        public void Publish(in RepLive live) => Newest[live.RepKey] = live;
    }
}

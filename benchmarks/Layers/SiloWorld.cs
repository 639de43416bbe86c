using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Silo;
using Tracking.Silo.Local;
using Tracking.Store;

namespace Tracking.Layers;

/// <summary>A host over a real store in a temporary folder, with reps that walk to and fro across fences.</summary>
internal sealed class SiloWorld : IAsyncDisposable
{
    private const double StepDeg = 0.0004;
    private readonly string _folder = Directory.CreateTempSubdirectory("tracking-bench-").FullName;
    private readonly int[] _reps;
    private Registry? _registry;
    private AlertLog? _alerts;
    private SqliteTrackStore? _tracks;
    private Quarantine? _quarantine;
    private int _round;

    /// <param name="reps">How many reps.</param>
    /// <param name="fences">How many fences of 32 vertices, in a city of 50 km.</param>
    public SiloWorld(int reps, int fences)
    {
        _reps = [.. Enumerable.Range(1, reps)];
        Open();
        for (int from = 0; from < fences; from += 1000)
        {
            Geofence[] some = [.. Enumerable.Range(from, Math.Min(1000, fences - from)).Select(Fence)];
            if (!_registry!.TryPutGeofences(some, null, out _)) throw new InvalidOperationException("the registry refused fences");
        }
    }

    public Journal Journal { get; private set; } = null!;

    public AlertLog Alerts => _alerts!;

    public LocalSilo Silo { get; private set; } = null!;

    public async Task StartAsync()
    {
        await Silo.StartAsync(CancellationToken.None);
        await Silo.Ready;
    }

    /// <summary>One fix of some reps, in one call.</summary>
    /// <param name="from">The first rep, from 0.</param>
    /// <param name="count">How many reps.</param>
    /// <param name="now">Fixed at and received at.</param>
    public void Append(int from, int count, Instant now)
    {
        var records = new JournalRecord[count];
        for (int index = 0; index < count; index++) records[index] = new(JournalRecordKind.Fix, _reps[from + index], 1, FixOf(from + index, now), default);
        while (!Journal.Append(records).Accepted) Thread.Yield();
    }

    /// <summary>Lets every rep walk one step on.</summary>
    public void StepOn() => _round++;

    public async Task UntilCommittedAsync()
    {
        while (Silo.CommittedSequence < Journal.DurableSequence) await Task.Delay(1);
    }

    /// <summary>Ends in order or as a crash would, and opens everything anew.</summary>
    public async Task ReopenAsync(bool inOrder)
    {
        await CloseAsync(inOrder);
        Open();
    }

    /// <summary>Ends the host and forgets it; the store stays open.</summary>
    public async Task DropSiloAsync()
    {
        await Silo.DisposeAsync();
        Silo = MakeSilo();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync(inOrder: false);
        Directory.Delete(_folder, recursive: true);
    }

    public Fix FixOf(int rep, Instant now)
    {
        var random = new Random(rep);
        int there = _round % 40;
        double way = StepDeg * (there < 20 ? there : 40 - there);
        return new Fix
        {
            FixedAt = now,
            ReceivedAt = now,
            Position = new GeoPoint(48.0 + (random.NextDouble() * 0.4) + way, 16.1 + (random.NextDouble() * 0.6)).Quantised(),
            AccuracyM = 5,
            SpeedMps = 13,
            BatteryPct = 80,
        };
    }

    private static Geofence Fence(int index)
    {
        var random = new Random(index + 1_000_000);
        (double latitude, double longitude) = (48.0 + (random.NextDouble() * 0.4), 16.1 + (random.NextDouble() * 0.6));
        double size = 0.001 + (random.NextDouble() * 0.002);
        GeoPoint[] ring = [.. Enumerable.Range(0, 32).Select(v =>
            new GeoPoint(latitude + (size * Math.Sin(v * Math.Tau / 32)), longitude + (1.5 * size * Math.Cos(v * Math.Tau / 32))))];
        return new Geofence { Id = $"f{index}", Name = $"Fence {index}", Shape = new PolygonShape([new PolygonRings(ring, [])]) };
    }

    private void Open()
    {
        var metrics = new Metrics();
        TimeProvider clock = TimeProvider.System;
        _registry = Registry.Open(Path.Combine(_folder, "tracking.db"), new RegistryOptions(), clock);
        Journal = Journal.Open(Path.Combine(_folder, "journal.db"), new JournalOptions(), metrics, clock);
        _alerts = AlertLog.Open(Path.Combine(_folder, "alerts.db"), new AlertLogOptions(), metrics, clock);
        _tracks = SqliteTrackStore.Open(Path.Combine(_folder, "tracks.db"), new TrackStoreOptions(), metrics, clock);
        _quarantine = Quarantine.Open(Path.Combine(_folder, "quarantine.db"), new QuarantineOptions(), metrics, clock);
        Silo = MakeSilo();
    }

    private LocalSilo MakeSilo() =>
        new(new SiloOptions(), Journal, _tracks!, _alerts!, _registry!, _quarantine!, [], new Metrics(), TimeProvider.System, NullLogger<LocalSilo>.Instance);

    private async Task CloseAsync(bool inOrder)
    {
        if (inOrder) await Silo.StopAsync(CancellationToken.None);
        await Silo.DisposeAsync();
        await Journal.DisposeAsync();
        await _alerts!.DisposeAsync();
        await _tracks!.DisposeAsync();
        await _quarantine!.DisposeAsync();
        await _registry!.DisposeAsync();
    }
}

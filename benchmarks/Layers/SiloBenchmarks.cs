using System.Buffers;
using BenchmarkDotNet.Attributes;
using Tracking.Contracts;
using Tracking.Silo;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Layers;

/// <summary>What the host adds to the tracker: the turn, the state before it, and the way through journal, partitions and store.</summary>
[MemoryDiagnoser]
public class SiloBenchmarks
{
    private const int Fixes = 50_000;
    private const int Reps = 5000;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private SiloWorld _world = null!;
    private RepTurn _turn = null!;
    private RepCell _cell = null!;
    private byte[] _snapshot = [];
    private long _nowMs = 1_795_334_400_000;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _world = new SiloWorld(Reps, 1000);
        await _world.StartAsync();
        var context = new TrackerContext { Options = TrackerOptions.Default, Geofences = new GeofenceIndex(), FindRep = static _ => null };
        _turn = new RepTurn(context, new AlertWriter(static _ => null, static _ => null));
        _cell = _turn.Create(1);
        for (int second = 0; second < 100; second++) Turn();
        RepTurn.Save(_cell, _buffer);
        _snapshot = _buffer.WrittenSpan.ToArray();
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _world.DisposeAsync();

    /// <summary>One fix through the turn.</summary>
    [Benchmark]
    public int Turn()
    {
        var record = new JournalRecord(JournalRecordKind.Fix, 1, 1, MakeFix(), default);
        _turn.TryApply(_cell, record, out _);
        int given = _turn.Fixes.Count;
        _turn.Fixes.Clear();
        _turn.Alerts.Clear();
        return given;
    }

    /// <summary>What <see cref="Turn"/> spends on its input.</summary>
    [Benchmark]
    public Fix MakeFix()
    {
        _nowMs += 1000;
        _world.StepOn();
        return _world.FixOf(0, new Instant(_nowMs));
    }

    /// <summary>The state before a segment, kept to undo a rule that fails.</summary>
    [Benchmark]
    public int Save()
    {
        _buffer.ResetWrittenCount();
        RepTurn.Save(_cell, _buffer);
        return _buffer.WrittenCount;
    }

    /// <summary>One rep at a restart.</summary>
    [Benchmark]
    public object Load() => _turn.Load(1, _snapshot);

    /// <summary>One fix from the journal through the partitions into the track store, durable.</summary>
    [Benchmark(OperationsPerInvoke = Fixes)]
    public async Task ThroughTheHost()
    {
        for (int from = 0; from < Fixes; from += Reps)
        {
            _world.StepOn();
            _nowMs += 1000;
            for (int part = 0; part < Reps; part += 500) _world.Append(part, 500, new Instant(_nowMs));
        }
        while (_world.Silo.CommittedSequence < Fixes) await Task.Yield();
        await _world.UntilCommittedAsync();
    }
}

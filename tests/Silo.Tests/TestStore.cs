using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Tests;

/// <summary>The real embedded store in a folder of its own; can be closed and opened again as after a crash.</summary>
public sealed class TestStore : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tracking-silo-").FullName;

    private volatile bool _alertsAreOff;

    public TestStore() => Open();

    public FakeClock Clock { get; } = new();

    public Metrics Metrics { get; private set; } = null!;

    public Registry Registry { get; private set; } = null!;

    public Journal Journal { get; private set; } = null!;

    public AlertLog Alerts { get; private set; } = null!;

    public OutageStore Tracks { get; private set; } = null!;

    public Quarantine Quarantine { get; private set; } = null!;

    /// <summary>Whether the alert log takes nothing.</summary>
    public bool AlertsAreOff
    {
        get => _alertsAreOff;
        set => _alertsAreOff = value;
    }

    /// <summary>The real alert log behind that switch.</summary>
    public ValueTask AppendAlertsAsync(IReadOnlyList<Alert> alerts, CancellationToken cancel) =>
        _alertsAreOff ? throw new StoreUnavailableException("switched off") : Alerts.AppendAsync(alerts, cancel);

    /// <summary>Closes every file and opens it anew.</summary>
    public async Task ReopenAsync()
    {
        await CloseAsync();
        Open();
    }

    /// <summary>Adds reps r1, r2, … with a device each, and gives their keys.</summary>
    public int[] AddReps(int count)
    {
        var keys = new int[count];
        for (int index = 0; index < count; index++)
        {
            Registry.AddDevice($"d{index + 1}", $"r{index + 1}", "field", $"Rep {index + 1}", "Europe/Vienna");
            keys[index] = Registry.FindRep($"r{index + 1}")!.Key;
        }
        return keys;
    }

    /// <summary>Appends records and waits until they are durable.</summary>
    public async Task<long> AppendAsync(params JournalRecord[] records)
    {
        JournalTicket ticket = Journal.Append(records);
        Assert.True(ticket.Accepted);
        Assert.True(await ticket.WhenDurableAsync());
        return Journal.DurableSequence;
    }

    public async Task<List<Alert>> ReadAlertsAsync()
    {
        var all = new List<Alert>();
        for (long after = 0; ; after = all[^1].Cursor)
        {
            IReadOnlyList<Alert> page = await Alerts.ReadAsync(after, 1000, AlertFilter.All, CancellationToken.None);
            if (page.Count == 0) return all;
            all.AddRange(page);
        }
    }

    public async Task<List<(JudgedFix Judged, string? Attributes)>> ReadTrackAsync(int repKey)
    {
        var all = new List<(JudgedFix, string?)>();
        TrackPosition? after = null;
        do
        {
            TrackPage page = await Tracks.ReadTrackAsync(repKey, Instant.Min, Instant.Max, after, 5000, CancellationToken.None, withAttributes: true);
            for (int index = 0; index < page.Fixes.Count; index++)
                all.Add((page.Fixes[index], page.Attributes![index] is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null));
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    /// <summary>Moves the clock in small steps until something holds.</summary>
    public async Task UntilAsync(Func<bool> holds, string what, Func<string>? explain = null)
    {
        long began = Environment.TickCount64;
        while (!holds())
        {
            if (Environment.TickCount64 - began > 60_000) Assert.Fail($"not within a minute: {what}{explain?.Invoke()}");
            Clock.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Delay(1);
        }
    }

    public double MetricOf(string line)
    {
        var text = new System.Text.StringBuilder();
        Metrics.WriteTo(text);
        string? found = text.ToString().Split('\n').FirstOrDefault(l => l.StartsWith(line + " ", StringComparison.Ordinal));
        return found is null ? 0 : double.Parse(found[(line.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Open()
    {
        Metrics = new Metrics();
        Registry = Registry.Open(Path.Combine(_folder, "tracking.db"), new RegistryOptions(), Clock);
        Journal = Journal.Open(Path.Combine(_folder, "journal.db"), new JournalOptions(), Metrics, Clock);
        Alerts = AlertLog.Open(Path.Combine(_folder, "alerts.db"), new AlertLogOptions(), Metrics, Clock);
        Tracks = new OutageStore(SqliteTrackStore.Open(Path.Combine(_folder, "tracks.db"), new TrackStoreOptions(), Metrics, Clock));
        Quarantine = Quarantine.Open(Path.Combine(_folder, "quarantine.db"), new QuarantineOptions(), Metrics, Clock);
    }

    private async Task CloseAsync()
    {
        await Journal.DisposeAsync();
        await Alerts.DisposeAsync();
        await Tracks.DisposeAsync();
        await Quarantine.DisposeAsync();
        await Registry.DisposeAsync();
    }
}

/// <summary>The real track store behind a switch: while it is off, nothing is written.</summary>
public sealed class OutageStore(ITrackStore store) : ITrackStore
{
    private volatile bool _isOff;
    private int _refused;

    public bool IsOff
    {
        get => _isOff;
        set => _isOff = value;
    }

    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Whether states come back as another version of the program would have written them.</summary>
    public bool StatesAreForeign { get; set; }

    public long Restore(Action<Geofence> geofence, Action<Definition> definition, Action<int, ReadOnlyMemory<byte>> state) =>
        store.Restore(geofence, definition, StatesAreForeign ? (repKey, _) => state(repKey, "\u00ff of another version"u8.ToArray()) : state);

    public ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        if (!_isOff) return store.CommitAsync(checkpoint, cancel);
        Interlocked.Increment(ref _refused);
        throw new StoreUnavailableException("switched off");
    }

    public ValueTask<TrackPage> ReadTrackAsync(
        int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel, bool withAttributes = false) =>
        store.ReadTrackAsync(repKey, from, to, after, limit, cancel, withAttributes);

    public ValueTask<IReadOnlyList<ActivityBucket>> ReadActivityAsync(ActivityQuery query, CancellationToken cancel) => store.ReadActivityAsync(query, cancel);

    public ValueTask<IReadOnlyList<LateSpan>> ReadLateAsync(int limit, CancellationToken cancel) => store.ReadLateAsync(limit, cancel);

    /// <summary>Whether it cannot be noted that a history has been derived.</summary>
    public bool ForgetsFail { get; set; }

    public ValueTask ForgetLateAsync(LateSpan span, CancellationToken cancel) =>
        ForgetsFail ? throw new StoreUnavailableException("switched off") : store.ForgetLateAsync(span, cancel);

    public ValueTask<DeviceEventPage> ReadDeviceEventsAsync(DeviceEventQuery ask, CancellationToken cancel) => store.ReadDeviceEventsAsync(ask, cancel);

    public ValueTask<long> EraseAsync(int repKey, string repId, CancellationToken cancel) => store.EraseAsync(repKey, repId, cancel);

    public ValueTask ScrubAsync(Instant from, Instant to, CancellationToken cancel) => store.ScrubAsync(from, to, cancel);

    public ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel) => store.DeleteBeforeAsync(before, cancel);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

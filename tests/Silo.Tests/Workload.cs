using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Tests;

/// <summary>
/// People who walk about Vienna, from a seed: with repeats, late and vague fixes, wild jumps, clocks ahead, heartbeats and
/// silence; and fences that come, change and go among them. Every call of <see cref="Next"/> is half a minute.
/// </summary>
public sealed class Workload(int seed, int[] repKeys, TestStore store)
{
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    private readonly Random _random = new(seed);
    private readonly Dictionary<int, (double Latitude, double Longitude)> _places = [];
    private readonly Dictionary<int, Fix> _last = [];
    private readonly DateTimeOffset _begin = store.Clock.GetUtcNow();
    private int _step;

    /// <summary>Everything that was made, in the order of the journal.</summary>
    public List<JournalRecord> All { get; } = [];

    /// <summary>Moves the clock on and gives the records of the next half minute.</summary>
    public JournalRecord[] Next()
    {
        store.Clock.AdvanceTo(_begin + (Step * ++_step));
        var now = Instant.Now(store.Clock);
        var records = new List<JournalRecord>();
        foreach (int repKey in repKeys)
        {
            if (_random.Next(100) < 12) continue;
            records.Add(NextOf(repKey, now));
            if (_random.Next(100) < 4) records.Add(records[^1]);
            if (_random.Next(100) < 3) records.Add(ToldBy(repKey, now));
            if (_random.Next(400) == 0) records.AddRange(ChangeFences(now));
        }
        All.AddRange(records);
        return [.. records];
    }

    private JournalRecord NextOf(int repKey, Instant now)
    {
        (double latitude, double longitude) = _places.GetValueOrDefault(repKey, (48.2 + (_random.NextDouble() * 0.02), 16.36 + (_random.NextDouble() * 0.03)));
        latitude += (_random.NextDouble() - 0.5) * 0.004;
        longitude += (_random.NextDouble() - 0.5) * 0.006;
        _places[repKey] = (latitude, longitude);
        var fix = new Fix
        {
            FixedAt = now - TimeSpan.FromMilliseconds(_random.Next(5000)),
            ReceivedAt = now,
            Position = new GeoPoint(latitude, longitude).Quantised(),
            AccuracyM = 3 + _random.Next(20),
            SpeedMps = _random.Next(15),
            BatteryPct = 90 - (_step / 10),
            Protocol = (Protocol)_random.Next(6),
        };
        fix = _random.Next(100) switch
        {
            < 3 => fix with { FixedAt = now - TimeSpan.FromMinutes(1 + _random.Next(20)), Traits = FixTraits.Buffered },
            < 5 => fix with { AccuracyM = 500 },
            < 8 => fix with { Position = new GeoPoint(latitude + 3, longitude - 2).Quantised() },
            < 9 => fix with { FixedAt = now + TimeSpan.FromMinutes(20) },
            < 13 => fix with { Traits = FixTraits.NoPosition },
            < 14 => fix with { Traits = FixTraits.Mock },
            < 15 => fix with { Alarm = DeviceAlarm.Sos },
            < 17 when _last.TryGetValue(repKey, out Fix before) => before with { ReceivedAt = now },
            _ => fix,
        };
        _last[repKey] = fix;
        byte[] payload = _random.Next(5) == 0 ? System.Text.Encoding.UTF8.GetBytes($$"""{"step":{{_step}}}""") : [];
        return new JournalRecord(JournalRecordKind.Fix, repKey, 1, fix, payload);
    }

    private static JournalRecord ToldBy(int repKey, Instant now) => new(JournalRecordKind.DeviceEvent, repKey, 1, new Fix { ReceivedAt = now },
        DeviceEventJson.ToUtf8(new DeviceEvent { Kind = DeviceEventKind.Boot, At = now - TimeSpan.FromSeconds(1), BatteryPct = 50 }));

    private IEnumerable<JournalRecord> ChangeFences(Instant now)
    {
        IReadOnlyList<Geofence> there = store.Registry.Geofences;
        if (there.Count > 20 && _random.Next(2) == 0)
        {
            Geofence gone = store.Registry.DeleteGeofence(there[_random.Next(there.Count)].Id, null)!;
            return [Fences.Record(new GeofenceChange(gone.Key, null, now))];
        }
        string id = there.Count > 5 && _random.Next(3) == 0 ? there[_random.Next(there.Count)].Id : $"f{_step}-{_random.Next(1_000_000)}";
        var center = new GeoPoint(48.2 + (_random.NextDouble() * 0.02), 16.36 + (_random.NextDouble() * 0.03));
        GeoShape shape = _random.Next(2) == 0 ? new CircleShape(center, 50 + _random.Next(400)) : Fences.Square(center, 0.001 + (_random.NextDouble() * 0.004));
        Geofence fence = Fences.Put(store, new Geofence { Id = id, Name = $"Fence {id}", Shape = shape, DwellS = _random.Next(3) == 0 ? 60 : null });
        return [Fences.Record(new GeofenceChange(fence.Key, fence, now))];
    }
}

/// <summary>Geofences for tests.</summary>
internal static class Fences
{
    public static Geofence Put(TestStore store, Geofence fence)
    {
        Assert.True(store.Registry.TryPutGeofences([fence], null, out IReadOnlyList<Geofence>? stored));
        return stored[0];
    }

    public static JournalRecord Record(GeofenceChange change) =>
        new(JournalRecordKind.GeofenceChanged, 0, 0, new Fix { ReceivedAt = change.At }, GeofenceChangeJsonConverter.ToUtf8(change));

    public static PolygonShape Square(GeoPoint center, double halfDeg) => new([new PolygonRings(
        [
            new(center.LatitudeDeg - halfDeg, center.LongitudeDeg - halfDeg), new(center.LatitudeDeg - halfDeg, center.LongitudeDeg + halfDeg),
            new(center.LatitudeDeg + halfDeg, center.LongitudeDeg + halfDeg), new(center.LatitudeDeg + halfDeg, center.LongitudeDeg - halfDeg),
        ], [])]);
}

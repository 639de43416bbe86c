using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Simulation.Tests;

/// <summary>
/// A rep's phone: walks about, keeps every fix until it is acknowledged, and sends the oldest ones again and again through a
/// network that loses, repeats, delays and so reorders both ways.
/// </summary>
internal sealed class Phone(World world, int repKey, Func<Server> server)
{
    private static readonly DeviceEventKind[] Kinds =
        [DeviceEventKind.AppStopped, DeviceEventKind.AppStarted, DeviceEventKind.Shutdown, DeviceEventKind.Boot, DeviceEventKind.MockAppFound, DeviceEventKind.BatteryLow];

    private readonly List<Fix> _kept = [];
    private double _latitude = 48.2, _longitude = 16.37;
    private bool _isOn = true;

    /// <summary>A known bug for the check of the simulation: fixes are acknowledged before they are durable.</summary>
    public bool AcknowledgesEarly { get; init; }

    /// <summary>Whether it sends the newest fixes before those that it kept while it had no answer, so that those come late.</summary>
    public bool SendsNewestFirst { get; init; }

    public HashSet<(Instant FixedAt, GeoPoint Position)> Acknowledged { get; } = [];

    public bool IsEmpty => _kept.Count == 0;

    public int LossPercent { get; set; } = 10;

    public void Start()
    {
        Walk();
        Send();
    }

    /// <summary>Walks no more; what is kept is still sent.</summary>
    public void SwitchOff() => _isOn = false;

    private void Walk()
    {
        if (!_isOn) return;
        _latitude += (world.Dice.Part() - 0.5) * 0.004;
        _longitude += (world.Dice.Part() - 0.5) * 0.006;
        bool jumps = world.Dice.Percent(4);
        var fix = new Fix
        {
            FixedAt = Instant.From(world.Now),
            Position = new GeoPoint(_latitude + (jumps ? 2 : 0), _longitude).Quantised(),
            AccuracyM = world.Dice.Percent(4) ? 500 : 5 + world.Dice.Below(20),
            SpeedMps = world.Dice.Below(15),
            BatteryPct = 50,
            Alarm = world.Dice.Percent(1) ? DeviceAlarm.Sos : DeviceAlarm.None,
        };
        _kept.Add(fix);
        if (world.Dice.Percent(10)) Tell();
        if (world.Dice.Percent(6)) CheckIn();
        int pauseS = world.Dice.Percent(2) ? 900 : 5 + world.Dice.Below(25);
        world.After(TimeSpan.FromSeconds(pauseS), Walk);
    }

    // Sent once, and kept by nobody: the network may lose or repeat it.
    private void Tell()
    {
        var told = new DeviceEvent { Kind = Kinds[world.Dice.Below(Kinds.Length)], At = Instant.From(world.Now), BatteryPct = world.Dice.Below(100) };
        for (int copy = world.Dice.Below(3); copy > 0; copy--)
        {
            world.After(Delay(), () => server().Append(
                [new JournalRecord(JournalRecordKind.DeviceEvent, repKey, repKey, new Fix { ReceivedAt = Instant.From(world.Now) }, DeviceEventJson.ToUtf8(told))], false, static () => { }));
        }
    }

    private void CheckIn()
    {
        var checkIn = new CheckIn { Action = (CheckInAction)world.Dice.Below(4), At = Instant.From(world.Now), GeofenceKey = 1 + world.Dice.Below(6) };
        for (int copy = world.Dice.Below(3); copy > 0; copy--)
        {
            world.After(Delay(), () => server().Append(
                [new JournalRecord(JournalRecordKind.CheckIn, repKey, repKey, new Fix { ReceivedAt = Instant.From(world.Now) }, CheckInJson.ToUtf8(checkIn))], false, static () => { }));
        }
    }

    private void Send()
    {
        if (_kept.Count > 0)
        {
            int count = 1 + world.Dice.Below(8);
            Fix[] batch = SendsNewestFirst && world.Dice.Percent(60) ? [.. _kept.TakeLast(count)] : [.. _kept.Take(count)];
            int copies = world.Dice.Percent(LossPercent) ? 0 : world.Dice.Percent(LossPercent) ? 2 : 1;
            for (int copy = 0; copy < copies; copy++) world.After(Delay(), () => Arrive(batch));
        }
        if (_isOn || _kept.Count > 0) world.After(TimeSpan.FromSeconds(2 + world.Dice.Below(12)), Send);
    }

    private TimeSpan Delay() => TimeSpan.FromMilliseconds(10 + world.Dice.Below(world.Dice.Percent(LossPercent) ? 60_000 : 300));

    private void Arrive(Fix[] batch)
    {
        Instant now = Instant.From(world.Now);
        JournalRecord[] records = [.. batch.Select(fix => new JournalRecord(JournalRecordKind.Fix, repKey, repKey, fix with { ReceivedAt = now }, default))];
        server().Append(records, AcknowledgesEarly, () =>
        {
            if (!world.Dice.Percent(LossPercent)) world.After(Delay(), () => Learn(batch));
        });
    }

    private void Learn(Fix[] batch)
    {
        foreach (Fix fix in batch) Acknowledged.Add((fix.FixedAt, fix.Position));
        _kept.RemoveAll(fix => Array.Exists(batch, b => b.FixedAt == fix.FixedAt));
    }
}

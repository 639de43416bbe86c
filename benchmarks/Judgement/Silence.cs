using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>One silence: its reason, when it is, what the device tells about it and what it keeps to itself.</summary>
internal sealed class Silence
{
    private readonly string _reason;
    private readonly Random _random;
    private readonly float _level;
    private readonly float _drain;
    private readonly float _diesAt;

    public Silence(string reason, int seed)
    {
        _reason = reason;
        _random = new Random(seed * 31 + reason.Length);
        From = Lives.Begin + TimeSpan.FromMinutes(80 + _random.Next(20));
        To = From + TimeSpan.FromMinutes(35 + _random.Next(50));
        _level = 20 + (60 * _random.NextSingle());
        _drain = 3 + (9 * _random.NextSingle());
        _diesAt = _random.Next(4) == 0 ? 10 * _random.NextSingle() : 2 * _random.NextSingle();
        NeighboursLost = reason == "areaOutage" ? 0.55 + (0.45 * _random.NextDouble()) : 0.3 * _random.NextDouble();
    }

    public Instant From { get; }

    public Instant To { get; }

    public double NeighboursLost { get; }

    /// <summary>What is left of a day's fixes.</summary>
    public IEnumerable<Fix> Of(List<Fix> fixes)
    {
        bool records = _reason is "noNetwork" or "aeroplaneMode" || (_reason == "areaOutage" && _random.Next(10) < 7);
        int blind = 4 + _random.Next(5);
        foreach (Fix fix in fixes)
        {
            Fix told = fix with { BatteryPct = LevelAt(fix.FixedAt), Traits = fix.Traits & ~FixTraits.Charging };
            bool before = fix.FixedAt < From;
            if (_reason == "noSatellites" && before && fix.FixedAt >= From - TimeSpan.FromSeconds(30 * blind)) told = told with { Traits = told.Traits | FixTraits.NoPosition };
            if (before || fix.FixedAt >= To) yield return told;
            else if (records && fix.HasPosition) yield return told with { ReceivedAt = To };
        }
    }

    /// <summary>What the device tells.</summary>
    public IEnumerable<DeviceEvent> Told()
    {
        (DeviceEventKind begin, double tellsBegin, DeviceEventKind end, double tellsEnd) = _reason switch
        {
            "switchedOff" => (DeviceEventKind.Shutdown, 0.8, DeviceEventKind.Boot, 0.9),
            "batteryDead" => (DeviceEventKind.BatteryLow, 0.7, DeviceEventKind.Boot, 0.8),
            "appStopped" => (DeviceEventKind.AppStopped, 0.5, DeviceEventKind.AppStarted, 0.9),
            "locationPermission" => (DeviceEventKind.PermissionDenied, 0.9, DeviceEventKind.PermissionGranted, 0.9),
            "locationService" => (DeviceEventKind.LocationServiceOff, 0.9, DeviceEventKind.LocationServiceOn, 0.9),
            "aeroplaneMode" => (DeviceEventKind.AeroplaneModeOn, 0.1, DeviceEventKind.AeroplaneModeOff, 0.95),
            "noNetwork" => (DeviceEventKind.ConnectionLost, 0.3, DeviceEventKind.Other, 0),
            _ => (DeviceEventKind.Other, 0, DeviceEventKind.Other, 0),
        };
        if (_random.NextDouble() < tellsBegin) yield return new DeviceEvent { Kind = begin, At = From, ReceivedAt = From + TimeSpan.FromSeconds(1), BatteryPct = LevelAt(From) };
        if (_random.NextDouble() < tellsEnd) yield return new DeviceEvent { Kind = end, At = To, ReceivedAt = To };
    }

    private float LevelAt(Instant at)
    {
        double hours = (at - From).TotalHours;
        if (_reason != "batteryDead") return MathF.Round(Math.Clamp(_level - (float)(4 * hours), 6, 100));
        double level = at < From ? _diesAt - (_drain * hours) : 5 + (30 * (at - To).TotalHours);
        return MathF.Round((float)Math.Clamp(level, 1, 100));
    }
}

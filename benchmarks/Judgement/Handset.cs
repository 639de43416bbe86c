using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>What a phone and its app leave out or spoil, all of it honestly.</summary>
internal sealed record Quality(string Name)
{
    public bool TellsSpeed { get; init; } = true;
    public bool TellsAltitude { get; init; } = true;
    public int Decimals { get; init; } = 7;

    /// <summary>Share of fixes that a reflection throws 30 to 250 m away, while the phone claims as much as ever.</summary>
    public double OutlierShare { get; init; }

    /// <summary>Share of fixes that overtake the one before on the network.</summary>
    public double SwapShare { get; init; }

    /// <summary>Seconds by which the activity sensor lags behind.</summary>
    public int ActivityLagS { get; init; } = 20;

    public bool WholeNumbers { get; init; }

    public static readonly IReadOnlyList<Quality> All =
    [
        new("plain"),
        new("silent about speed") { TellsSpeed = false, TellsAltitude = false },
        new("outliers") { OutlierShare = 0.004, ActivityLagS = 90 },
        new("whole numbers") { WholeNumbers = true, Decimals = 6 },
        new("overtaking") { SwapShare = 0.01, ActivityLagS = 240 },
        new("five decimals") { Decimals = 5 },
    ];

    /// <summary>Those whose apps tell enough for a cheat to show.</summary>
    public static readonly IReadOnlyList<Quality> Telling = [All[0], All[2], All[3], All[4]];
}

/// <summary>Makes fixes, as the server gets them, of what a phone reports.</summary>
internal sealed class Handset(Quality quality, int seed) : IReportSink
{
    private readonly Random _random = new(seed);
    private Instant _movedAt = new(0);
    private Instant _restedAt = new(0);
    private Instant _drivenAt = new(0);
    private Instant _received = new(0);

    /// <summary>In the order of arrival.</summary>
    public List<Fix> Fixes { get; } = [];

    public void Report(Person person, in DeviceReport report)
    {
        // The activity sensor wakes up late and goes to sleep later.
        TimeSpan lag = TimeSpan.FromSeconds(quality.ActivityLagS);
        if (report.Moving) _drivenAt = report.FixedAt;
        if (report.FixedAt - _drivenAt > TimeSpan.FromSeconds(60)) _restedAt = report.FixedAt;
        if (report.Moving && report.FixedAt - _restedAt >= lag / 3) _movedAt = report.FixedAt;
        bool active = report.FixedAt - _movedAt < lag;
        Instant received = person.Now + TimeSpan.FromMilliseconds(_random.Next(200, 1500));
        _received = received > _received ? received : _received;
        Fixes.Add(Spoil(report, active) with { ReceivedAt = _received });
        if (quality.SwapShare > 0 && Fixes.Count > 1 && _random.NextDouble() < quality.SwapShare) Swap();
    }

    private Fix Spoil(in DeviceReport report, bool active) => new()
    {
        FixedAt = report.FixedAt,
        Position = report.HasPosition ? Place(report.Position) : default,
        AccuracyM = Whole(report.AccuracyM),
        AltitudeM = quality.TellsAltitude ? Whole(report.AltitudeM) : float.NaN,
        SpeedMps = quality.TellsSpeed ? Whole(report.SpeedMps) : float.NaN,
        CourseDeg = quality.TellsSpeed ? Whole(report.CourseDeg) : float.NaN,
        BatteryPct = report.BatteryPct,
        Satellites = (short)report.Satellites,
        Activity = active ? Activity.Driving : Activity.Still,
        Provider = !report.HasPosition ? LocationProvider.Unknown : report.FromNetwork ? LocationProvider.Network : LocationProvider.Gnss,
        Traits = (report.HasPosition ? 0 : FixTraits.NoPosition) | (report.Mock ? FixTraits.Mock : 0)
            | FixTraits.ChargingKnown | (report.Charging ? FixTraits.Charging : 0),
    };

    private float Whole(float value) => quality.WholeNumbers ? MathF.Round(value) : value;

    private GeoPoint Place(GeoPoint point)
    {
        if (quality.OutlierShare > 0 && _random.NextDouble() < quality.OutlierShare)
        {
            double angle = _random.NextDouble() * 2 * Math.PI, metres = 30 + (220 * _random.NextDouble());
            point = TrueDay.Moved(point, metres * Math.Cos(angle), metres * Math.Sin(angle));
        }
        return new GeoPoint(Math.Round(point.LatitudeDeg, quality.Decimals), Math.Round(point.LongitudeDeg, quality.Decimals)).Quantised();
    }

    private void Swap()
    {
        Fix last = Fixes[^1], before = Fixes[^2];
        Fixes[^2] = last with { ReceivedAt = before.ReceivedAt };
        Fixes[^1] = before with { ReceivedAt = last.ReceivedAt };
    }
}

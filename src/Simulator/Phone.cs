using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>A model of phone and how its app reports.</summary>
/// <param name="Name">For people.</param>
/// <param name="SigmaM">Standard deviation of its position under open sky, metres per axis.</param>
/// <param name="DrainPctPerHour">What tracking takes from the battery.</param>
/// <param name="MovingS">Seconds between fixes on the way.</param>
/// <param name="StillS">Seconds between fixes at rest.</param>
public sealed record PhoneModel(string Name, double SigmaM, double DrainPctPerHour, int MovingS, int StillS)
{
    /// <summary>From good to poor.</summary>
    public static readonly IReadOnlyList<PhoneModel> All =
    [
        new("flagship", 2.5, 4, 2, 30),
        new("middle", 4, 6, 5, 30),
        new("budget", 6, 8, 5, 60),
        new("old", 9, 11, 10, 60),
    ];
}

/// <summary>What a phone reports.</summary>
public readonly record struct DeviceReport
{
    /// <summary>Everything optional unknown.</summary>
    public DeviceReport() { }

    /// <summary>The phone's clock.</summary>
    public Instant FixedAt { get; init; }

    /// <summary>False: a heartbeat, alive without a position.</summary>
    public bool HasPosition { get; init; }

    /// <summary>In the coordinate system that the phone reports.</summary>
    public GeoPoint Position { get; init; }

    /// <summary>Metres.</summary>
    public float AltitudeM { get; init; } = float.NaN;

    /// <summary>Metres per second.</summary>
    public float SpeedMps { get; init; } = float.NaN;

    /// <summary>Degrees clockwise from north; NaN at rest.</summary>
    public float CourseDeg { get; init; } = float.NaN;

    /// <summary>Metres, 68 % radius.</summary>
    public float AccuracyM { get; init; } = float.NaN;

    /// <summary>0 to 100.</summary>
    public float BatteryPct { get; init; } = float.NaN;

    /// <summary>On a charger.</summary>
    public bool Charging { get; init; }

    /// <summary>The phone itself says that the position is mocked.</summary>
    public bool Mock { get; init; }

    /// <summary>Satellites used.</summary>
    public int Satellites { get; init; }

    /// <summary>From Wi-Fi rather than satellites.</summary>
    public bool FromNetwork { get; init; }

    /// <summary>What the activity sensor says.</summary>
    public bool Moving { get; init; }
}

/// <summary>Makes measured positions of true ones: drift that is correlated in time, worse between high houses and within walls.</summary>
internal sealed class GpsReceiver(double sigmaM, Dice dice)
{
    private const double IndoorSigmaM = 14;
    private PlanePoint _drift;
    private Instant _at;

    /// <summary>Measures, or gives no position.</summary>
    public DeviceReport Measure(City city, PlanePoint truth, Walker carrier, Instant now)
    {
        if (carrier.InTunnel) return new DeviceReport { FixedAt = now, Moving = true };
        bool indoors = carrier.Indoors;
        double canyon = city.CanyonAt(truth);
        double sigma = indoors ? Math.Max(IndoorSigmaM, sigmaM) : sigmaM * (1 + (3 * canyon));
        // Gauss-Markov: the same for any step; a parked phone wanders slowly, a moving one sees new reflections all the time.
        double keep = _at.EpochMs == 0 ? 0 : Math.Exp(-(now - _at).TotalSeconds / (indoors ? 300 : 40));
        double fresh = Math.Sqrt(1 - (keep * keep)) * sigma;
        _drift = new((_drift.EastM * keep) + (fresh * dice.Normal()), (_drift.NorthM * keep) + (fresh * dice.Normal()));
        _at = now;
        double white = sigmaM * 0.2;
        PlanePoint measured = truth + _drift + new PlanePoint(white * dice.Normal(), white * dice.Normal());
        // 68 % of a two-dimensional normal distribution lie within 1.51 standard deviations.
        double accuracy = 1.51 * Math.Sqrt((sigma * sigma) + (white * white)) * Math.Exp(0.12 * dice.Normal());
        double speed = Math.Max(0, carrier.SpeedMps + (dice.Normal() * 0.25));
        bool moves = carrier.SpeedMps > 0.5;
        return new DeviceReport
        {
            FixedAt = now,
            HasPosition = true,
            Position = city.ToGeo(measured),
            AltitudeM = (float)Math.Round(180 + (truth.NorthM / 150) + (dice.Normal() * sigma), 1),
            SpeedMps = (float)Math.Round(moves ? speed : 0, 2),
            CourseDeg = moves ? (float)Math.Round((carrier.BearingDeg + (dice.Normal() * 4) + 360) % 360, 1) : float.NaN,
            AccuracyM = (float)Math.Round(Math.Max(2, accuracy), 1),
            Satellites = indoors ? 0 : Math.Clamp((int)(13 - (8 * canyon) + dice.Normal()), 4, 16),
            FromNetwork = indoors,
            Moving = moves,
        };
    }
}

/// <summary>A battery: drains, charges, goes flat, and lets the phone start again when it holds a little.</summary>
internal sealed class Battery(double levelPct, double drainPctPerHour)
{
    /// <summary>0 to 100.</summary>
    public double LevelPct { get; private set; } = levelPct;

    /// <summary>Whether the phone is off for want of power.</summary>
    public bool Flat { get; private set; }

    /// <summary>One second passes.</summary>
    public void Step(bool charging)
    {
        double change = charging ? 45.0 / 3600 : -(Flat ? 0 : drainPctPerHour / 3600);
        LevelPct = Math.Clamp(LevelPct + change, 0, 100);
        if (LevelPct <= 0.5) Flat = true;
        else if (LevelPct >= 4) Flat = false;
    }
}

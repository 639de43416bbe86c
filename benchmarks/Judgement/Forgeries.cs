using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>Cheats that forge the fixes themselves on their way to the server, without any flag.</summary>
internal static class Forgeries
{
    public static readonly string[] Names =
        ["JoystickWalk", "ConstantSpeed", "PlannedRamp", "FarAndStay", "OwnTrackTwiceAsFast", "NoSatellites", "MockNowAndThen"];

    private const double StepS = 5;

    /// <summary>A life's fixes with those of a window forged.</summary>
    public static List<Fix> Make(string name, List<Fix> fixes, CheatWindow window, int seed)
    {
        var random = new Random(seed);
        List<Fix> before = [.. fixes.Where(f => f.HasPosition && f.FixedAt < window.From)];
        Fix first = before[^1];
        List<Fix> made = name switch
        {
            "JoystickWalk" => Walk(first, window, random, static (_, r) => (1.4, r.NextDouble() < 0.05)),
            "ConstantSpeed" => Walk(first, window, random, static (_, r) => (11, r.NextDouble() < 0.02)),
            "PlannedRamp" => Walk(first, window, random, static (t, _) => (Math.Min(55, 5 + (0.8 * (t % 240))), false)),
            "OwnTrackTwiceAsFast" => Replay(before, window, random),
            _ => [],
        };
        if (made.Count > 0) return [.. fixes.Where(f => f.ReceivedAt < window.From), .. made, .. fixes.Where(f => f.ReceivedAt >= window.To)];
        return [.. fixes.Select(f => f.ReceivedAt >= window.From && f.ReceivedAt < window.To ? Changed(name, f, random) : name == "FarAndStay" && f.ReceivedAt >= window.To ? Far(f) : f)];
    }

    private static Fix Changed(string name, Fix fix, Random random) => name switch
    {
        "FarAndStay" => Far(fix) with { Provider = LocationProvider.Gnss, Satellites = 9, AccuracyM = 3 + (3 * random.NextSingle()) },
        "NoSatellites" => fix.HasPosition ? fix with { Satellites = 0, Provider = LocationProvider.Gnss, AccuracyM = 3 + (3 * random.NextSingle()) } : fix,
        "MockNowAndThen" => random.Next(50) == 0 ? fix with { Traits = fix.Traits | FixTraits.Mock } : fix,
        _ => fix,
    };

    // A private network does not move a phone, but the app that goes with it does: 400 km, for good.
    private static Fix Far(Fix fix) => fix.HasPosition ? fix with { Position = new GeoPoint(fix.Position.LatitudeDeg - 2.5, fix.Position.LongitudeDeg + 3.1).Quantised() } : fix;

    private static List<Fix> Walk(Fix first, CheatWindow window, Random random, Func<double, Random, (double SpeedMps, bool Turns)> step)
    {
        List<Fix> fixes = [];
        GeoPoint at = first.Position;
        double courseDeg = 360 * random.NextDouble();
        for (double t = 0; window.From + TimeSpan.FromSeconds(t) < window.To; t += StepS)
        {
            (double speed, bool turns) = step(t, random);
            if (turns) courseDeg = (courseDeg + 60 + (240 * random.NextDouble())) % 360;
            double course = courseDeg * Math.PI / 180;
            at = TrueDay.Moved(at, speed * StepS * Math.Cos(course), speed * StepS * Math.Sin(course));
            fixes.Add(Forged(first, window.From + TimeSpan.FromSeconds(t), at, speed, courseDeg, random));
        }
        return fixes;
    }

    // The rep's own way of today, every position of it, with times and speeds that agree with each other.
    private static List<Fix> Replay(List<Fix> before, CheatWindow window, Random random)
    {
        List<Fix> fixes = [];
        Instant at = window.From;
        for (int i = 1; i < before.Count && at < window.To; i++)
        {
            TimeSpan step = (before[i].FixedAt - before[i - 1].FixedAt) / 2;
            if (step <= TimeSpan.Zero) continue;
            at += step;
            double speed = TrueDay.Metres(before[i - 1].Position, before[i].Position) / step.TotalSeconds;
            fixes.Add(Forged(before[i], at, before[i].Position, speed, before[i].CourseDeg, random));
        }
        return fixes;
    }

    private static Fix Forged(Fix like, Instant at, GeoPoint position, double speedMps, double courseDeg, Random random) => like with
    {
        FixedAt = at,
        ReceivedAt = at + TimeSpan.FromSeconds(0.4),
        Position = position.Quantised(),
        AccuracyM = MathF.Round(3 + (3 * random.NextSingle()), 1),
        SpeedMps = (float)speedMps,
        CourseDeg = (float)courseDeg,
        AltitudeM = 180 + random.NextSingle(),
        Provider = LocationProvider.Gnss,
        Satellites = 9,
        Activity = Activity.Walking,
        Traits = FixTraits.None,
    };
}

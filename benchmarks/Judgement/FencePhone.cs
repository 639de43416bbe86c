using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>
/// What a phone sees of a way whose every second is known: drift that lasts a minute and white noise, together σ per axis, and
/// reflections that throw single fixes 200 m away.
/// </summary>
/// <param name="SigmaM">Metres per axis.</param>
/// <param name="ClaimedM">The accuracy that it claims; NaN: what is true, the radius of 68 %.</param>
/// <param name="IntervalS">Seconds from fix to fix.</param>
/// <param name="OutlierShare">Share of the fixes that lie 200 m from the truth.</param>
/// <param name="TellsSpeed">Whether it reports a speed.</param>
/// <param name="Drifts">Whether most of its noise is drift; otherwise all of it is white.</param>
internal sealed record FencePhone(double SigmaM, double ClaimedM, double IntervalS, double OutlierShare = 0, bool TellsSpeed = false, bool Drifts = true)
{
    private const double DriftS = 60, OutlierM = 200;

    private double DriftPart => Drifts ? 0.8 : 0;

    private double WhitePart => Drifts ? 0.6 : 1;

    /// <summary>Fixes along a way.</summary>
    /// <param name="lengthS">How long.</param>
    /// <param name="at">Where the phone truly is at a second.</param>
    /// <param name="speedMps">How fast it truly is.</param>
    /// <param name="random">The dice.</param>
    public List<Fix> See(double lengthS, Func<double, GeoPoint> at, Func<double, double> speedMps, Random random)
    {
        double keep = Math.Exp(-IntervalS / DriftS), fresh = Math.Sqrt(1 - (keep * keep)) * DriftPart * SigmaM;
        double driftN = DriftPart * SigmaM * Normal(random), driftE = DriftPart * SigmaM * Normal(random);
        List<Fix> fixes = new((int)(lengthS / IntervalS) + 1);
        for (double second = random.NextDouble() * IntervalS; second < lengthS; second += IntervalS)
        {
            (driftN, driftE) = ((driftN * keep) + (fresh * Normal(random)), (driftE * keep) + (fresh * Normal(random)));
            GeoPoint truth = at(second);
            GeoPoint seen = TrueDay.Moved(truth, driftN + (WhitePart * SigmaM * Normal(random)), driftE + (WhitePart * SigmaM * Normal(random)));
            double angle = random.NextDouble() * 2 * Math.PI;
            if (random.NextDouble() < OutlierShare) seen = TrueDay.Moved(truth, OutlierM * Math.Cos(angle), OutlierM * Math.Sin(angle));
            fixes.Add(new Fix
            {
                FixedAt = Lives.Begin + TimeSpan.FromSeconds(second),
                ReceivedAt = Lives.Begin + TimeSpan.FromSeconds(second + 0.4),
                Position = seen.Quantised(),
                AccuracyM = (float)(double.IsNaN(ClaimedM) ? 1.51 * SigmaM : ClaimedM * (0.7 + (0.6 * random.NextDouble()))),
                SpeedMps = TellsSpeed ? (float)Math.Max(0, speedMps(second) + (0.2 * Normal(random))) : float.NaN,
            });
        }
        return fixes;
    }

    /// <summary>A standard normal number.</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

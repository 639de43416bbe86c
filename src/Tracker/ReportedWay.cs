using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The way by the speeds that a device reports. Receivers measure speed by the Doppler shift, apart from position and far more
/// exactly than positions a second apart give it; where houses reflect and where people wait or walk, only it tells drift from
/// movement. Believed for dense fixes only, and only where positions confirm it.
/// </summary>
internal static class ReportedWay
{
    private const double MostStepS = 5.5, LegS = 30;
    private const double LeastShare = 0.85, MostShare = 1.15, ChordFactor = 1.1, Slack = 2;

    /// <summary>Puts the way by speeds in place of metres by positions, leg by leg, where the two agree.</summary>
    /// <param name="way">A trip.</param>
    /// <param name="stepsM">Metres from each of its fixes to the next.</param>
    public static void Prefer(ReadOnlySpan<Fix> way, Span<double> stepsM)
    {
        // Speeds that are always 0, in other units, or made up do not fit the trip as a whole.
        double toldM = 0, wentM = 0;
        for (int i = 0; i + 1 < way.Length; i++)
        {
            double metres = StepM(way[i], way[i + 1]);
            if (double.IsNaN(metres)) continue;
            toldM += metres;
            wentM += stepsM[i];
        }
        if (!(toldM >= LeastShare * wentM && toldM <= MostShare * wentM)) return;
        for (int from = 0; from + 1 < way.Length;)
        {
            int to = from;
            double metres = 0, accuracyM = 0;
            while (to + 1 < way.Length && (way[to].FixedAt - way[from].FixedAt).TotalSeconds < LegS && StepM(way[to], way[to + 1]) is var step && !double.IsNaN(step))
            {
                metres += step;
                accuracyM = Math.Max(accuracyM, Math.Max(way[to].AccuracyM, way[to + 1].AccuracyM));
                to++;
            }
            if (to > from) PreferLeg(way, stepsM, from, to, metres, accuracyM);
            from = Math.Max(to, from + 1);
        }
    }

    private static void PreferLeg(ReadOnlySpan<Fix> way, Span<double> stepsM, int from, int to, double toldM, double accuracyM)
    {
        double wentM = 0;
        for (int i = from; i < to; i++) wentM += stepsM[i];
        double chordM = Geodesy.DistanceM(way[from].Position, way[to].Position);
        if (chordM > ChordFactor * toldM + Slack * accuracyM || toldM > ChordFactor * wentM + Slack * accuracyM) return;
        for (int i = from; i < to; i++) stepsM[i] = StepM(way[i], way[i + 1]);
    }

    // Metres between two fixes at the mean of their speeds; NaN: not known.
    private static double StepM(in Fix from, in Fix to)
    {
        double elapsedS = (to.FixedAt - from.FixedAt).TotalSeconds;
        return elapsedS <= MostStepS && !float.IsNaN(from.AccuracyM) && !float.IsNaN(to.AccuracyM) ? (from.SpeedMps + to.SpeedMps) / 2 * elapsedS : double.NaN;
    }
}

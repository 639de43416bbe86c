using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// What a turn between two sparse fixes adds to the straight line between them, by the courses that the device reports at
/// both: the line of the first course and that of the second meet at the corner.
/// </summary>
internal static class Bend
{
    private const double LeastS = 8, MostS = 60, LeastM = 50, MovingMps = 2, PreciseM = 30;
    private const double LeastTurnSin = 0.35, LeastAside = 0.3, MostFactor = 1.4, Rounding = 0.9;

    /// <summary>Metres more than the line.</summary>
    /// <param name="from">The fix before.</param>
    /// <param name="to">The fix after.</param>
    /// <param name="lineM">Metres between them.</param>
    public static double ExtraM(in Fix from, in Fix to, double lineM)
    {
        double elapsedS = (to.FixedAt - from.FixedAt).TotalSeconds;
        if (elapsedS is < LeastS or > MostS || lineM < LeastM || !IsTold(from) || !IsTold(to)) return 0;
        (double east, double north) = new LocalFrame(from.Position).ToMetres(to.Position);
        (double sin1, double cos1) = Math.SinCos(from.CourseDeg * Wgs84.RadPerDeg);
        (double sin2, double cos2) = Math.SinCos(to.CourseDeg * Wgs84.RadPerDeg);
        double turnSin = sin1 * cos2 - cos1 * sin2;
        double wayM;
        if (Math.Abs(turnSin) >= LeastTurnSin)
        {
            // line = a (course before) + b (course after)
            double a = (east * cos2 - north * sin2) / turnSin, b = (sin1 * north - cos1 * east) / turnSin;
            if (a <= 0 || b <= 0) return 0;
            wayM = a + b;
        }
        else
        {
            // The same course, but aside: two turns.
            double along = east * sin1 + north * cos1, aside = Math.Abs(east * cos1 - north * sin1);
            if (along <= 0 || aside < LeastAside * lineM || sin1 * sin2 + cos1 * cos2 < 0) return 0;
            wayM = along + aside;
        }
        return Rounding * Math.Clamp(wayM - lineM, 0, (MostFactor - 1) * lineM);
    }

    private static bool IsTold(in Fix fix) => fix.SpeedMps >= MovingMps && !float.IsNaN(fix.CourseDeg) && fix.AccuracyM <= PreciseM;
}

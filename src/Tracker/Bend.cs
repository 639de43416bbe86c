using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// What a turn between two sparse fixes adds to the straight line between them, by the courses that the device reports at
/// both: the line of the first course and that of the second meet at the corner. Where none are reported, the steps before and
/// behind stand for them, and count less.
/// </summary>
internal static class Bend
{
    private const double LeastS = 8, MostS = 60, LeastM = 50, MovingMps = 2, PreciseM = 30, PrecisePart = 0.2;
    private const double LeastTurnSin = 0.25, LeastAside = 0.2, MostFactor = 1.4, GuessedPart = 0.7;

    /// <summary>Metres more than the line from one fix of a way to the next.</summary>
    /// <param name="way">The way.</param>
    /// <param name="index">The fix before.</param>
    /// <param name="lineM">Metres between the two.</param>
    public static double ExtraM(ReadOnlySpan<Fix> way, int index, double lineM)
    {
        ref readonly Fix from = ref way[index], to = ref way[index + 1];
        double elapsedS = (to.FixedAt - from.FixedAt).TotalSeconds;
        if (elapsedS is < LeastS or > MostS || lineM < LeastM) return 0;
        double before = CourseOf(from, way, index - 1, lineM), after = CourseOf(to, way, index + 1, lineM);
        double extraM = double.IsNaN(before) || double.IsNaN(after) ? 0 : ExtraM(from, to, lineM, before, after);
        return Tells(from) && Tells(to) ? extraM : GuessedPart * extraM;
    }

    private static bool Tells(in Fix fix) => !float.IsNaN(fix.CourseDeg) && fix.SpeedMps >= MovingMps;

    // The course that the device reports; where it stands or reports none, that of the step before or behind.
    private static double CourseOf(in Fix fix, ReadOnlySpan<Fix> way, int step, double lineM)
    {
        if (!(fix.AccuracyM <= Math.Max(PreciseM, PrecisePart * lineM))) return double.NaN;
        if (Tells(fix)) return fix.CourseDeg;
        if (step < 0 || step + 1 >= way.Length) return double.NaN;
        ref readonly Fix from = ref way[step], to = ref way[step + 1];
        bool near = (to.FixedAt - from.FixedAt).TotalSeconds <= MostS && Geodesy.DistanceM(from.Position, to.Position) >= LeastM;
        return near ? Geodesy.CourseDeg(from.Position, to.Position) : double.NaN;
    }

    private static double ExtraM(in Fix from, in Fix to, double lineM, double beforeDeg, double afterDeg)
    {
        (double east, double north) = new LocalFrame(from.Position).ToMetres(to.Position);
        (double sin1, double cos1) = Math.SinCos(beforeDeg * Wgs84.RadPerDeg);
        (double sin2, double cos2) = Math.SinCos(afterDeg * Wgs84.RadPerDeg);
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
        return Math.Clamp(wayM - lineM, 0, (MostFactor - 1) * lineM);
    }
}

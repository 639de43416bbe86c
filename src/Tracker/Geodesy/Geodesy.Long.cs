using Tracking.Contracts;
using static Tracking.Tracker.Wgs84;

namespace Tracking.Tracker;

// Names follow Vincenty (1975): U reduced latitude, sigma angular distance on the auxiliary sphere, alpha azimuth.
public static partial class Geodesy
{
    private const int Iterations = 40;
    private const double Tolerance = 1e-13;

    private static (double DistanceM, double CourseDeg) Solve(GeoPoint from, GeoPoint to)
    {
        double l = WrapDeg(to.LongitudeDeg - from.LongitudeDeg) * RadPerDeg;
        (double sinU1, double cosU1) = Reduced(from.LatitudeDeg);
        (double sinU2, double cosU2) = Reduced(to.LatitudeDeg);
        double lambda = l;
        for (int i = 0; i < Iterations; i++)
        {
            (double sinLambda, double cosLambda) = Math.SinCos(lambda);
            double east = cosU2 * sinLambda;
            double north = cosU1 * sinU2 - sinU1 * cosU2 * cosLambda;
            double sinSigma = Math.Sqrt(east * east + north * north);
            double cosSigma = sinU1 * sinU2 + cosU1 * cosU2 * cosLambda;
            if (sinSigma < 1e-15) break;
            double sigma = Math.Atan2(sinSigma, cosSigma);
            double sinAlpha = cosU1 * cosU2 * sinLambda / sinSigma;
            double cos2Alpha = 1 - sinAlpha * sinAlpha;
            double cos2SigmaM = cos2Alpha < 1e-15 ? 0 : cosSigma - 2 * sinU1 * sinU2 / cos2Alpha;
            double next = l + LongitudeCorrection(sinAlpha, cos2Alpha, sigma, sinSigma, cosSigma, cos2SigmaM);
            if (Math.Abs(next) > Math.PI) break;
            if (Math.Abs(next - lambda) < Tolerance)
                return (LengthM(cos2Alpha, sigma, sinSigma, cosSigma, cos2SigmaM), Turn(Math.Atan2(east, north) / RadPerDeg));
            lambda = next;
        }
        return SolveAntipodal(sinU1, cosU1, sinU2, cosU2, l);
    }

    /// <summary>
    /// The inverse problem by bisection over the first azimuth (Karney 2013, section 5: with U1 the latitude that is
    /// farther from the equator, and south, the difference of longitude grows with the azimuth).
    /// </summary>
    private static (double DistanceM, double CourseDeg) SolveAntipodal(double sinU1, double cosU1, double sinU2, double cosU2, double l)
    {
        bool swapped = Math.Abs(sinU1) < Math.Abs(sinU2);
        if (swapped) (sinU1, cosU1, sinU2, cosU2) = (sinU2, cosU2, sinU1, cosU1);
        bool mirrored = sinU1 > 0;
        if (mirrored) (sinU1, sinU2) = (-sinU1, -sinU2);
        // On the equator every geodesic begins at a node and the quadrant of sigma is lost: 1e-13 rad is a micrometre.
        if (sinU1 > -1e-13) sinU1 = -1e-13;
        double wanted = Math.Abs(l), low = 0, high = Math.PI;
        Hybrid found = default;
        for (int i = 0; i < 60; i++)
        {
            double alpha1 = (low + high) / 2;
            found = SolveHybrid(sinU1, cosU1, sinU2, cosU2, alpha1);
            if (found.Longitude < wanted) low = alpha1;
            else high = alpha1;
        }
        double course = swapped ? found.Alpha2 : (low + high) / 2;
        // Backwards along the same geodesic the azimuths turn about; a mirrored hemisphere turns north into south.
        if (swapped != mirrored) course = Math.PI - course;
        return (found.DistanceM, Turn((l < 0 ? -course : course) / RadPerDeg));
    }

    private readonly record struct Hybrid(double DistanceM, double Longitude, double Alpha2);

    private static Hybrid SolveHybrid(double sinU1, double cosU1, double sinU2, double cosU2, double alpha1)
    {
        (double sinAlpha1, double cosAlpha1) = Math.SinCos(alpha1);
        double sinAlpha = sinAlpha1 * cosU1;
        double north1 = cosAlpha1 * cosU1;
        double north2 = Math.Sqrt(Math.Max(0, north1 * north1 + (sinU1 - sinU2) * (sinU1 + sinU2)));
        double sigma1 = Math.Atan2(sinU1, north1), sigma2 = Math.Atan2(sinU2, north2);
        double omega1 = Math.Atan2(sinAlpha * sinU1, north1), omega2 = Math.Atan2(sinAlpha * sinU2, north2);
        double sigma = sigma2 - sigma1;
        (double sinSigma, double cosSigma) = Math.SinCos(sigma);
        double cos2Alpha = 1 - sinAlpha * sinAlpha;
        double cos2SigmaM = Math.Cos(sigma1 + sigma2);
        double longitude = omega2 - omega1 - LongitudeCorrection(sinAlpha, cos2Alpha, sigma, sinSigma, cosSigma, cos2SigmaM);
        return new(LengthM(cos2Alpha, sigma, sinSigma, cosSigma, cos2SigmaM), longitude, Math.Atan2(sinAlpha, north2));
    }

    private static GeoPoint Direct(GeoPoint from, double courseDeg, double distanceM)
    {
        (double sinU1, double cosU1) = Reduced(from.LatitudeDeg);
        (double sinAlpha1, double cosAlpha1) = Math.SinCos(courseDeg * RadPerDeg);
        double sigma1 = Math.Atan2(sinU1, cosU1 * cosAlpha1);
        double sinAlpha = cosU1 * sinAlpha1;
        double cos2Alpha = 1 - sinAlpha * sinAlpha;
        (double scale, double b) = Series(cos2Alpha);
        double first = distanceM / (B * scale), sigma = first;
        double sinSigma = 0, cosSigma = 1, cos2SigmaM = 1;
        for (int i = 0; i < Iterations; i++)
        {
            (sinSigma, cosSigma) = Math.SinCos(sigma);
            cos2SigmaM = Math.Cos(2 * sigma1 + sigma);
            double next = first + DeltaSigma(b, sinSigma, cosSigma, cos2SigmaM);
            bool done = Math.Abs(next - sigma) < Tolerance;
            sigma = next;
            if (done) break;
        }
        (sinSigma, cosSigma) = Math.SinCos(sigma);
        double up = sinU1 * cosSigma + cosU1 * sinSigma * cosAlpha1;
        double back = sinU1 * sinSigma - cosU1 * cosSigma * cosAlpha1;
        double latitude = Math.Atan2(up, (1 - F) * Math.Sqrt(sinAlpha * sinAlpha + back * back));
        double lambda = Math.Atan2(sinSigma * sinAlpha1, cosU1 * cosSigma - sinU1 * sinSigma * cosAlpha1);
        double l = lambda - LongitudeCorrection(sinAlpha, cos2Alpha, sigma, sinSigma, cosSigma, cos2SigmaM);
        return new GeoPoint(latitude / RadPerDeg, WrapDeg(from.LongitudeDeg + l / RadPerDeg));
    }

    private static (double Sin, double Cos) Reduced(double latitudeDeg)
    {
        (double sin, double cos) = Math.SinCos(latitudeDeg * RadPerDeg);
        double up = (1 - F) * sin;
        double length = Math.Sqrt(up * up + cos * cos);
        return (up / length, cos / length);
    }

    private static double LongitudeCorrection(
        double sinAlpha, double cos2Alpha, double sigma, double sinSigma, double cosSigma, double cos2SigmaM)
    {
        double c = F / 16 * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
        double inner = cos2SigmaM + c * cosSigma * (2 * cos2SigmaM * cos2SigmaM - 1);
        return (1 - c) * F * sinAlpha * (sigma + c * sinSigma * inner);
    }

    private static (double Scale, double B) Series(double cos2Alpha)
    {
        const double SecondE2 = E2 / (1 - E2);
        double u2 = cos2Alpha * SecondE2;
        double scale = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)));
        double b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)));
        return (scale, b);
    }

    private static double DeltaSigma(double b, double sinSigma, double cosSigma, double cos2SigmaM)
    {
        double squared = cos2SigmaM * cos2SigmaM;
        double outer = b / 6 * cos2SigmaM * (4 * sinSigma * sinSigma - 3) * (4 * squared - 3);
        return b * sinSigma * (cos2SigmaM + b / 4 * (cosSigma * (2 * squared - 1) - outer));
    }

    private static double LengthM(double cos2Alpha, double sigma, double sinSigma, double cosSigma, double cos2SigmaM)
    {
        (double scale, double b) = Series(cos2Alpha);
        return B * scale * (sigma - DeltaSigma(b, sinSigma, cosSigma, cos2SigmaM));
    }
}

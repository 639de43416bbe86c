using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The length of a trip without the zigzag of its noise: a Kalman filter with constant velocity and a
/// Rauch-Tung-Striebel smoother run back over it (Bar-Shalom, Li, Kirubarajan: Estimation with Applications to Tracking
/// and Navigation, 2001, 6.3 and 8.6). How noisy the fixes and how lively the movement are is chosen, trip by trip, by the
/// likelihood of what was measured: phones claim 5 m for smooth and for jumpy tracks alike.
/// </summary>
internal sealed class Distance
{
    // Standard deviation per axis as a part of the claimed accuracy, and spectral density of acceleration, m²/s³.
    private static readonly double[] NoiseScales = [0.05, 0.15, 0.3, 0.6, 1, 1.5, 3];
    private static readonly double[] Livelinesses = [0.01, 0.1, 1, 5, 20];

    // Gauss-Legendre quadrature with four points on 0 to 1.
    private static readonly double[] GaussAt = [0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970262];
    private static readonly double[] GaussWeight = [0.17392742256872693, 0.3260725774312731, 0.3260725774312731, 0.17392742256872693];

    // However jumpy a track looks, its noise is not believed to be more than this beyond what is claimed.
    private const double MaxClaimScale = 1.5, MaxNoiseM = 15;

    private readonly double _noise;
    private readonly State[] _states;
    private readonly double[] _eastM;
    private readonly double[] _northM;
    private readonly double[] _elapsedS;
    private readonly double[] _accuracyM;

    /// <summary>Smooths a trip.</summary>
    /// <param name="fixes">Its fixes in order of time, at least two.</param>
    /// <param name="options">Parameters.</param>
    public Distance(ReadOnlySpan<Fix> fixes, DistanceOptions options)
    {
        int count = fixes.Length;
        _states = new State[count];
        _eastM = new double[count];
        _northM = new double[count];
        _elapsedS = new double[count];
        _accuracyM = new double[count];
        Unroll(fixes, options);
        (double noise, double liveliness) = MostLikely();
        _noise = noise;
        Filter(noise, liveliness);
        Smooth(liveliness);
    }

    /// <summary>
    /// Metres from one fix to the next: along the smoothed way, which takes away the zigzag of fixes that lie close
    /// together compared with their noise. Fixes far apart (4 to 8 σ, and 5 to 10 s) leave room for turns that smoothing
    /// would cut short; there the straight line counts if it is longer, less what noise across it adds on average: for a
    /// line d between points of variance σ² per axis, σ²/d.
    /// </summary>
    public double StepM(int index)
    {
        double smoothM = SmoothStepM(index);
        double east = _eastM[index + 1] - _eastM[index], north = _northM[index + 1] - _northM[index];
        double lineM = Math.Sqrt(east * east + north * north);
        double variance = (Variance(_noise, index) + Variance(_noise, index + 1)) / 2;
        double straight = Math.Clamp(smoothM / Math.Sqrt(variance) / 4 - 1, 0, 1) * Math.Clamp(_elapsedS[index + 1] / 5 - 1, 0, 1);
        if (straight == 0) return smoothM;
        return smoothM + straight * Math.Max(0, lineM - variance / Math.Max(lineM, Math.Sqrt(variance)) - smoothM);
    }

    // The length of the cubic that joins both smoothed positions with both smoothed velocities, which is the way of the
    // filter's model between measurements.
    private double SmoothStepM(int index)
    {
        State from = _states[index], to = _states[index + 1];
        double t = _elapsedS[index + 1];
        double east = to.EastM - from.EastM, north = to.NorthM - from.NorthM;
        double length = 0;
        for (int i = 0; i < GaussAt.Length; i++)
        {
            double u = GaussAt[i];
            double along = 6 * u * (1 - u), begin = t * (1 - u) * (1 - 3 * u), end = t * u * (3 * u - 2);
            double eastU = along * east + begin * from.EastMps + end * to.EastMps;
            double northU = along * north + begin * from.NorthMps + end * to.NorthMps;
            length += GaussWeight[i] * Math.Sqrt(eastU * eastU + northU * northU);
        }
        return length;
    }

    // Lays the way out in a plane, step by step with the true length of each, however long it is.
    private void Unroll(ReadOnlySpan<Fix> fixes, DistanceOptions options)
    {
        for (int i = 0; i < fixes.Length; i++)
        {
            double accuracyM = fixes[i].AccuracyM;
            _accuracyM[i] = double.IsNaN(accuracyM) ? options.UnknownAccuracyM : Math.Max(1, accuracyM);
            if (i == 0) continue;
            _elapsedS[i] = (fixes[i].FixedAt.EpochMs - fixes[i - 1].FixedAt.EpochMs) / 1000.0;
            GeoPoint from = fixes[i - 1].Position, to = fixes[i].Position;
            var frame = new LocalFrame(new GeoPoint((from.LatitudeDeg + to.LatitudeDeg) / 2, from.LongitudeDeg));
            (double east, _) = frame.ToMetres(to);
            double north = (to.LatitudeDeg - from.LatitudeDeg) * frame.NorthMPerDeg;
            double flat = Math.Sqrt(east * east + north * north);
            double scale = flat > 0 ? Geodesy.DistanceM(from, to) / flat : 0;
            _eastM[i] = _eastM[i - 1] + east * scale;
            _northM[i] = _northM[i - 1] + north * scale;
        }
    }

    private (double Noise, double Liveliness) MostLikely()
    {
        (double Noise, double Liveliness) best = (NoiseScales[0], Livelinesses[^1]);
        double bestLikelihood = double.NegativeInfinity;
        foreach (double noise in NoiseScales)
        {
            foreach (double liveliness in Livelinesses)
            {
                double likelihood = Filter(noise, liveliness);
                if (likelihood > bestLikelihood) (bestLikelihood, best) = (likelihood, (noise, liveliness));
            }
        }
        return best;
    }

    // Runs forward; returns the log-likelihood of the measurements, without its constant.
    private double Filter(double noise, double liveliness)
    {
        double variance = Variance(noise, 0);
        var state = new State { PosVar = variance, VelVar = 400 };
        _states[0] = state;
        double likelihood = 0;
        for (int i = 1; i < _states.Length; i++)
        {
            state = state.Predict(_elapsedS[i], liveliness);
            double total = state.PosVar + Variance(noise, i);
            double east = _eastM[i] - state.EastM, north = _northM[i] - state.NorthM;
            likelihood -= Math.Log(total) + (east * east + north * north) / (2 * total);
            state = state.Update(east, north, total);
            _states[i] = state;
        }
        return likelihood;
    }

    private void Smooth(double liveliness)
    {
        for (int i = _states.Length - 2; i >= 0; i--)
        {
            State filtered = _states[i];
            State predicted = filtered.Predict(_elapsedS[i + 1], liveliness);
            State next = _states[i + 1];
            // Gain = P Fᵀ P'⁻¹ for the position and velocity of one axis; both axes share it.
            double t = _elapsedS[i + 1];
            double a = filtered.PosVar + t * filtered.Cov, b = filtered.Cov, c = filtered.Cov + t * filtered.VelVar, d = filtered.VelVar;
            double determinant = predicted.PosVar * predicted.VelVar - predicted.Cov * predicted.Cov;
            if (!(determinant > 0)) continue;
            double pp = (a * predicted.VelVar - b * predicted.Cov) / determinant, pv = (b * predicted.PosVar - a * predicted.Cov) / determinant;
            double vp = (c * predicted.VelVar - d * predicted.Cov) / determinant, vv = (d * predicted.PosVar - c * predicted.Cov) / determinant;
            double east = next.EastM - predicted.EastM, north = next.NorthM - predicted.NorthM;
            double eastMps = next.EastMps - predicted.EastMps, northMps = next.NorthMps - predicted.NorthMps;
            filtered.EastM += pp * east + pv * eastMps;
            filtered.NorthM += pp * north + pv * northMps;
            filtered.EastMps += vp * east + vv * eastMps;
            filtered.NorthMps += vp * north + vv * northMps;
            _states[i] = filtered;
        }
    }

    private double Variance(double noise, int index) =>
        Square(Math.Min(noise * _accuracyM[index], Math.Max(MaxClaimScale * _accuracyM[index], MaxNoiseM)));

    private static double Square(double value) => value * value;

    private struct State
    {
        public double EastM, NorthM, EastMps, NorthMps;
        public double PosVar, Cov, VelVar;

        public readonly State Predict(double t, double liveliness) => new()
        {
            EastM = EastM + t * EastMps,
            NorthM = NorthM + t * NorthMps,
            EastMps = EastMps,
            NorthMps = NorthMps,
            PosVar = PosVar + t * (2 * Cov + t * (VelVar + liveliness * t / 3)),
            Cov = Cov + t * (VelVar + liveliness * t / 2),
            VelVar = VelVar + liveliness * t,
        };

        public readonly State Update(double eastM, double northM, double total)
        {
            double position = PosVar / total, velocity = Cov / total;
            return new()
            {
                EastM = EastM + position * eastM,
                NorthM = NorthM + position * northM,
                EastMps = EastMps + velocity * eastM,
                NorthMps = NorthMps + velocity * northM,
                PosVar = PosVar * (1 - position),
                Cov = Cov * (1 - position),
                VelVar = VelVar - velocity * Cov,
            };
        }
    }
}

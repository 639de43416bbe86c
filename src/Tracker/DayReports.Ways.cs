using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>What lies between each fix and the next.</content>
public static partial class DayReports
{
    private sealed class Ways
    {
        public Ways(ReadOnlySpan<Fix> track, List<Segment> segments, DistanceOptions options)
        {
            RawM = new double[track.Length];
            PaidM = new double[track.Length];
            WithinM = new double[track.Length];
            for (int i = 0; i + 1 < track.Length; i++) RawM[i] = Geodesy.DistanceM(track[i].Position, track[i + 1].Position);
            for (int i = 0; i < segments.Count; i++)
            {
                Segment trip = segments[i];
                if (trip.Kind != IntervalKind.Trip || trip.Last == trip.First) continue;
                MeasureTrip(track[trip.First..(trip.Last + 1)], trip.First, options);
                if (i > 0) WithinM[trip.First] += WayWithinM(track, segments[i - 1], trip.First);
                if (i + 1 < segments.Count) WithinM[trip.Last - 1] += WayWithinM(track, segments[i + 1], trip.Last);
            }
        }

        /// <summary>Metres from a fix to the next one.</summary>
        public double[] RawM { get; }

        /// <summary>The same, smoothed, within trips; 0 elsewhere.</summary>
        public double[] PaidM { get; }

        /// <summary>What the trip's first and last step gain by the way within the radius of the stops at its ends.</summary>
        public double[] WithinM { get; }

        public double PaidBetweenM(int first, int last)
        {
            double sum = 0;
            for (int i = first; i < last; i++) sum += PaidM[i] + WithinM[i];
            return sum;
        }

        public void ForgetPaid(int first, int last)
        {
            Array.Clear(PaidM, first, last - first);
            Array.Clear(WithinM, first, last - first);
        }

        // A trip goes from where the rep stood to where it stands next, not from one rim of the radius to the other; what its
        // fix at the rim is off by anyway does not count.
        private static double WayWithinM(ReadOnlySpan<Fix> track, Segment stop, int rim)
        {
            if (stop.Kind != IntervalKind.Stop) return 0;
            double metres = Geodesy.DistanceM(MedianOf(track[stop.First..(stop.Last + 1)]), track[rim].Position);
            double accuracyM = float.IsNaN(track[rim].AccuracyM) ? 0 : track[rim].AccuracyM;
            return Math.Sqrt(Math.Max(0, metres * metres - accuracyM * accuracyM));
        }

        private void MeasureTrip(ReadOnlySpan<Fix> trip, int first, DistanceOptions options)
        {
            var distance = new Distance(trip, options);
            double smoothM = 0, rawM = 0;
            for (int i = 0; i + 1 < trip.Length; i++)
            {
                smoothM += PaidM[first + i] = distance.StepM(i);
                rawM += RawM[first + i];
            }
            // Smoothing takes noise away; where it would add, what was reported stands.
            if (smoothM > rawM) Array.Copy(RawM, first, PaidM, first, trip.Length - 1);
        }
    }
}

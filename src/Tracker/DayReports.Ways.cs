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
            SpeedMps = new double[track.Length];
            for (int i = 0; i + 1 < track.Length; i++) RawM[i] = Geodesy.DistanceM(track[i].Position, track[i + 1].Position);
            foreach (Segment segment in segments)
            {
                if (segment.Kind == IntervalKind.Trip && segment.Last > segment.First)
                    MeasureTrip(track[segment.First..(segment.Last + 1)], segment.First, options);
            }
        }

        /// <summary>Metres from a fix to the next one.</summary>
        public double[] RawM { get; }

        /// <summary>The same, smoothed, within trips; 0 elsewhere.</summary>
        public double[] PaidM { get; }

        /// <summary>Smoothed speed at each fix of a trip.</summary>
        public double[] SpeedMps { get; }

        public double PaidBetweenM(int first, int last)
        {
            double sum = 0;
            for (int i = first; i < last; i++) sum += PaidM[i];
            return sum;
        }

        public void ForgetPaid(int first, int last) => Array.Clear(PaidM, first, last - first);

        private void MeasureTrip(ReadOnlySpan<Fix> trip, int first, DistanceOptions options)
        {
            var distance = new Distance(trip, options);
            double smoothM = 0, rawM = 0;
            for (int i = 0; i < trip.Length; i++)
            {
                SpeedMps[first + i] = distance.SpeedMps(i);
                if (i + 1 == trip.Length) break;
                smoothM += PaidM[first + i] = distance.StepM(i);
                rawM += RawM[first + i];
            }
            // Smoothing takes noise away; where it would add, what was reported stands.
            if (smoothM > rawM) Array.Copy(RawM, first, PaidM, first, trip.Length - 1);
        }
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>What lies between each fix and the next.</content>
public static partial class DayReports
{
    private sealed class Ways
    {
        private const double RestS = 12, RestMps = 0.3;

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
                int first = i > 0 ? Reach(track, segments[i - 1], trip.First, -1) : trip.First;
                int last = i + 1 < segments.Count ? Reach(track, segments[i + 1], trip.Last, 1) : trip.Last;
                MeasureTrip(track, first, trip, last, options);
                if (i > 0) WithinM[trip.First] += WayWithinM(track, segments[i - 1], first);
                if (i + 1 < segments.Count) WithinM[trip.Last - 1] += WayWithinM(track, segments[i + 1], last);
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
        // fix nearest to that is off by anyway does not count.
        private static double WayWithinM(ReadOnlySpan<Fix> track, Segment stop, int nearest)
        {
            if (stop.Kind != IntervalKind.Stop) return 0;
            double metres = Geodesy.DistanceM(MedianOf(track[stop.First..(stop.Last + 1)]), track[nearest].Position);
            double accuracyM = float.IsNaN(track[nearest].AccuracyM) ? 0 : track[nearest].AccuracyM;
            return Math.Sqrt(Math.Max(0, metres * metres - accuracyM * accuracyM));
        }

        // How far into the stop the track still shows the way there: fix by fix, as long as they come nearer to where the rep
        // stood without a rest.
        private static int Reach(ReadOnlySpan<Fix> track, Segment stop, int rim, int step)
        {
            if (stop.Kind != IntervalKind.Stop) return rim;
            GeoPoint stood = MedianOf(track[stop.First..(stop.Last + 1)]);
            int nearest = rim;
            double nearestM = Geodesy.DistanceM(stood, track[rim].Position);
            for (int i = rim + step; i >= stop.First && i <= stop.Last; i += step)
            {
                if (Math.Abs((track[i].FixedAt - track[nearest].FixedAt).TotalSeconds) > RestS || track[i].SpeedMps < RestMps) break;
                double metres = Geodesy.DistanceM(stood, track[i].Position);
                if (metres < nearestM) (nearest, nearestM) = (i, metres);
            }
            return nearest;
        }

        private void MeasureTrip(ReadOnlySpan<Fix> track, int first, Segment trip, int last, DistanceOptions options)
        {
            ReadOnlySpan<Fix> way = track[first..(last + 1)];
            var distance = new Distance(way, options);
            double smoothM = 0, rawM = 0, beforeM = 0, afterM = 0;
            for (int i = first; i < last; i++)
            {
                double metres = distance.StepM(i - first);
                if (i < trip.First) beforeM += metres;
                else if (i >= trip.Last) afterM += metres;
                else
                {
                    smoothM += PaidM[i] = metres;
                    rawM += RawM[i];
                }
            }
            // Smoothing takes noise away; where it would add, what was reported stands.
            if (smoothM > rawM) Array.Copy(RawM, trip.First, PaidM, trip.First, trip.Last - trip.First);
            for (int i = trip.First; i < trip.Last; i++) PaidM[i] += Bend.ExtraM(way, i - first, RawM[i]);
            WithinM[trip.First] += beforeM;
            WithinM[trip.Last - 1] += afterM;
        }
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>What lies between each fix and the next.</content>
public static partial class DayReports
{
    private sealed class Ways
    {
        private const double HaltS = 45, RestMps = 0.3, UntoldM = 25, UntoldPart = 2;

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

        // A trip goes from where the rep stood to where it stands next, not from one rim of the radius to the other; what both
        // places are off by anyway does not count.
        private static double WayWithinM(ReadOnlySpan<Fix> track, Segment stop, int end)
        {
            if (stop.Kind != IntervalKind.Stop) return 0;
            ReadOnlySpan<Fix> stay = track[stop.First..(stop.Last + 1)];
            double metres = Geodesy.DistanceM(MedianOf(stay), track[end].Position), endM = KnownM(track[end]), stayM = KnownM(stay[stay.Length / 2]);
            return Math.Sqrt(Math.Max(0, metres * metres - endM * endM - stayM * stayM));
        }

        // How far into the stop the track still shows the way: fix by fix until it has not moved for longer than it takes to
        // get into a vehicle or to wait at a light. Nearer to each other than they are off by, fixes show no movement.
        private static int Reach(ReadOnlySpan<Fix> track, Segment stop, int rim, int step)
        {
            if (stop.Kind != IntervalKind.Stop) return rim;
            int end = rim;
            for (int i = rim + step; i >= stop.First && i <= stop.Last; i += step)
            {
                if (Math.Abs((track[i].FixedAt - track[end].FixedAt).TotalSeconds) > HaltS) break;
                if (track[i].SpeedMps < RestMps) continue;
                double offM = Math.Max(KnownM(track[i]), KnownM(track[end]));
                double leastM = float.IsNaN(track[i].SpeedMps) ? Math.Max(UntoldM, UntoldPart * offM) : offM;
                if (Geodesy.DistanceM(track[i].Position, track[end].Position) > leastM) end = i;
            }
            return end;
        }

        private static double KnownM(in Fix fix) => float.IsNaN(fix.AccuracyM) ? 0 : fix.AccuracyM;

        private void MeasureTrip(ReadOnlySpan<Fix> track, int first, Segment trip, int last, DistanceOptions options)
        {
            ReadOnlySpan<Fix> way = track[first..(last + 1)];
            var distance = new Distance(way, options);
            var steps = new double[way.Length - 1];
            for (int i = 0; i < steps.Length; i++) steps[i] = distance.StepM(i);
            ReportedWay.Prefer(way, steps);
            double smoothM = 0, rawM = 0;
            for (int i = first; i < last; i++) (smoothM, rawM) = (smoothM + steps[i - first], rawM + RawM[i]);
            // Smoothing takes noise away; where it would add, what was reported stands.
            if (smoothM > rawM) RawM.AsSpan(first, steps.Length).CopyTo(steps);
            double beforeM = 0, afterM = 0;
            for (int i = first; i < last; i++)
            {
                double metres = steps[i - first] + Bend.ExtraM(way, i - first, RawM[i]);
                if (i < trip.First) beforeM += metres;
                else if (i >= trip.Last) afterM += metres;
                else PaidM[i] = metres;
            }
            WithinM[trip.First] += beforeM;
            WithinM[trip.Last - 1] += afterM;
        }
    }
}

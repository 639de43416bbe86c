using System.Runtime.InteropServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>Cuts a track's segments to a day and adds up.</content>
public static partial class DayReports
{
    private sealed class Day(List<Fix> track, List<Segment> segments, Ways ways, Instant begin, Instant end)
    {
        private static readonly TimeSpan SpeedWindow = TimeSpan.FromSeconds(10);
        private readonly List<DayTrip> _trips = [];
        private readonly List<DayStop> _stops = [];
        private readonly List<DayGap> _gaps = [];
        private double _stationaryM;

        public DayReport Report(List<OutcomeCount> rejected)
        {
            foreach (Segment segment in segments) Add(segment);
            return new DayReport
            {
                RawM = Sum(ways.RawM, 0, track.Count - 1),
                AcceptedM = _trips.Sum(static trip => trip.DistanceM),
                InferredM = _gaps.Sum(static gap => gap.InferredM),
                StationaryM = _stationaryM,
                MovingS = _trips.Sum(static trip => (trip.EndedAt - trip.BeganAt).TotalSeconds),
                StoppedS = _stops.Sum(static stop => (stop.EndedAt - stop.BeganAt).TotalSeconds),
                Trips = _trips,
                Stops = _stops,
                Gaps = _gaps,
                Rejected = rejected,
            };
        }

        private void Add(Segment segment)
        {
            Instant beganAt = Later(track[segment.First].FixedAt, begin);
            Instant endedAt = Earlier(track[segment.Last].FixedAt, end);
            bool instant = beganAt == endedAt && segment.First == segment.Last && beganAt < end;
            if (endedAt <= beganAt && !instant) return;
            switch (segment.Kind)
            {
                case IntervalKind.Trip:
                    double metres = Sum(ways.PaidM, segment.First, segment.Last) + Sum(ways.WithinM, segment.First, segment.Last);
                    double speedMps = MaxSpeedMps(segment, beganAt, endedAt);
                    _trips.Add(new(beganAt, endedAt, metres, speedMps, PositionAt(segment, beganAt), PositionAt(segment, endedAt)));
                    break;
                case IntervalKind.Stop:
                    _stationaryM += Sum(ways.RawM, segment.First, segment.Last);
                    _stops.Add(new(beganAt, endedAt, MedianOf(CollectionsMarshal.AsSpan(track)[segment.First..(segment.Last + 1)])));
                    break;
                default:
                    _gaps.Add(new(beganAt, endedAt, ReasonOf(track[segment.First]), Sum(ways.RawM, segment.First, segment.Last)));
                    break;
            }
        }

        // The part of the steps that lies within the day: a step over midnight belongs to both days in proportion.
        private double Sum(double[] steps, int first, int last)
        {
            double sum = 0;
            for (int i = first; i < last; i++)
            {
                long from = track[i].FixedAt.EpochMs, to = track[i + 1].FixedAt.EpochMs;
                if (from >= begin.EpochMs && (to < end.EpochMs || (to == end.EpochMs && from < to)))
                {
                    sum += steps[i];
                    continue;
                }
                long within = Math.Min(to, end.EpochMs) - Math.Max(from, begin.EpochMs);
                if (within > 0) sum += steps[i] * within / (to - from);
            }
            return sum;
        }

        // Over ten seconds at least: a car does not reach its top speed for one, but a position that jumps does.
        private double MaxSpeedMps(Segment trip, Instant beganAt, Instant endedAt)
        {
            double max = 0, metres = 0;
            int from = trip.First;
            for (int to = trip.First + 1; to <= trip.Last; to++)
            {
                metres += ways.PaidM[to - 1];
                while (from + 1 < to && track[to].FixedAt - track[from + 1].FixedAt >= SpeedWindow) metres -= ways.PaidM[from++];
                double elapsedS = (track[to].FixedAt - track[from].FixedAt).TotalSeconds;
                bool within = track[to].FixedAt > beganAt && track[from].FixedAt < endedAt;
                bool enough = elapsedS >= SpeedWindow.TotalSeconds || (to == trip.Last && from == trip.First);
                if (within && enough && elapsedS > 0) max = Math.Max(max, metres / elapsedS);
            }
            return max;
        }

        private GeoPoint PositionAt(Segment segment, Instant at)
        {
            int i = segment.First;
            while (i < segment.Last && track[i + 1].FixedAt <= at) i++;
            long from = track[i].FixedAt.EpochMs;
            if (i == segment.Last || from >= at.EpochMs) return track[i].Position;
            double part = (double)(at.EpochMs - from) / (track[i + 1].FixedAt.EpochMs - from);
            return Geodesy.Interpolate(track[i].Position, track[i + 1].Position, part).Quantised();
        }

        private static string ReasonOf(in Fix before) => before.BatteryPct <= 5 && (before.Traits & FixTraits.Charging) == 0 ? "batteryDead" : "unknown";

        private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

        private static Instant Later(Instant a, Instant b) => a > b ? a : b;
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker;

// How much proof a change takes. A single fix proves it only when it fits the movement before it: a parked phone that
// jumps 200 m for one fix must not leave. Two fixes in a row do, beyond the band and, for an exit, clearly beyond their
// error; each time that a pending change was taken back, more is asked for.
public sealed partial class GeofenceStates
{
    private const double UnknownAccuracyM = 10;
    private const double LeastAccuracyM = 10;

    // Accuracy is the radius that holds 68 % in the plane: 1.51 standard deviations of one axis.
    private const double AccuracyPerSigma = 1.51;

    // Half the square of 4.9 standard deviations; two fixes at 3.5 each reach it.
    private const double ExitScore = 12;
    private const double SlowExitScore = 6;
    private const double ReentryScore = 3;
    private const byte MaxDoubt = 5;
    private const double ConfirmS = 20;
    private const double SilentExitS = 120;
    private const double MinPassM = 20;
    private const double MaxSpeedMps = 70;
    private const double MaxStepS = 120;
    private const double MinStepM = 15, StepSigmas = 3;

    // Between fixes farther apart than this nobody knows when the boundary was crossed.
    private const double MaxInterpolatedS = 600;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    /// <summary>The point is in the shape and the rep is not known to be: is it proven?</summary>
    private void Approach(ref Entry entry, PreparedFence fence, double depthM, bool sure, in Turn turn)
    {
        bool entering = entry.Phase == Phase.Entering;
        if (!entering)
        {
            if (!sure) return;
            if (!fence.Concerns(turn.Context.FindRep(turn.RepKey)))
            {
                entry.Phase = Phase.Ignored;
                return;
            }
            if (!OpenAt(fence, ref entry, Later(turn.Fix.FixedAt, _clock)))
            {
                entry.Phase = Phase.Closed;
                return;
            }
            Begin(ref entry, Phase.Entering, fence, turn);
        }
        if (sure) Support(ref entry, depthM, turn);
        double elapsedS = (turn.Fix.FixedAt - entry.SupportedSince).TotalSeconds;
        bool single = sure && !turn.Vague && entry.Support == 1 && depthM > turn.AccuracyM && (!turn.HasPrevious || MayMove(turn, unknown: true, 0.25));
        Forget(ref entry, turn.Fix.FixedAt);
        bool several = entry.Support >= 2 && (elapsedS >= ConfirmS || entry.Score >= ReentryScore * (entry.Returns - 1));
        if (!single && !several && !(entering && elapsedS >= ConfirmS)) return;
        if (MayEnter(fence)) ConfirmEntry(ref entry, fence, turn.Fix.FixedAt, turn.Passages);
    }

    // What is seen of a rep that rests is noise around its place, unless the place itself lies there.
    private bool MayEnter(PreparedFence fence) => !_rest.IsResting || fence.Contains(_rest.Place);

    private bool MayExit(PreparedFence fence)
    {
        if (_rest.IsMoving) return true;
        if (_rest.IsResting && !_rest.IsSettled) return false;
        double errorM = _rest.IsResting ? _rest.PlaceErrorM : 0;
        return !fence.Contains(_rest.Place) && fence.DistanceM(_rest.Place) > fence.BandM + errorM;
    }

    private void ConfirmEntry(ref Entry entry, PreparedFence fence, Instant confirmedAt, List<Passage> passages)
    {
        if (entry.Left)
        {
            // To come back soon is the first sign of flapping: the next exit takes more proof, and so does a third entry.
            Remember(ref entry, confirmedAt);
            entry.Returns = (byte)Math.Min(entry.Returns + 1, MaxDoubt);
        }
        Enter(ref entry, fence, Later(entry.PendingAt, _clock), confirmedAt, entry.PendingPosition, GeofenceReason.Movement, passages);
    }

    /// <summary>The rep is inside and the point is not: has it left?</summary>
    private void Leave(ref Entry entry, PreparedFence fence, in Turn turn)
    {
        double awayM = fence.DistanceM(turn.Fix.Position);
        if (turn.Vague && awayM <= turn.AccuracyM + fence.BandM) return;
        if (entry.Phase == Phase.Inside) Begin(ref entry, Phase.Leaving, fence, turn);
        if (awayM <= fence.BandM)
        {
            entry.Support = 0;
            entry.Score = 0;
            entry.ConfirmAt = Instant.Max;
            return;
        }
        Support(ref entry, awayM, turn);
        Forget(ref entry, turn.Fix.FixedAt);
        int doubt = entry.Doubt;
        double factor = (1 + doubt) * (1 + doubt);
        double elapsedS = (turn.Fix.FixedAt - entry.SupportedSince).TotalSeconds;
        bool single = !turn.Vague && entry.Support == 1 && awayM > fence.BandM + turn.AccuracyM
            && entry.Score >= ExitScore * factor && MayMove(turn, unknown: false, 0.25);
        bool several = entry.Support >= 2 && entry.Score >= ExitScore * factor;
        bool slow = entry.Support >= 2 && elapsedS >= ConfirmS * (1 + doubt) && entry.Score >= SlowExitScore * factor;
        if (!single && !several && !slow) return;
        if (MayExit(fence)) ConfirmExit(ref entry, fence, turn.Fix.FixedAt, turn.Passages);
    }

    private void ConfirmExit(ref Entry entry, PreparedFence fence, Instant confirmedAt, List<Passage> passages)
    {
        Instant at = Later(entry.PendingAt, entry.EnteredAt), switchAt = entry.SwitchAt;
        bool closed = switchAt <= at && !OpenAt(fence, ref entry, switchAt);
        if (closed) at = switchAt;
        if (entry.DwellAt <= at) Dwell(ref entry, confirmedAt, passages);
        Exit(ref entry, at, confirmedAt, entry.PendingPosition, closed ? GeofenceReason.Schedule : GeofenceReason.Movement, passages);
        entry.Phase = Phase.Outside;
        entry.Left = true;
        entry.DoubtUntil = confirmedAt + Memory;
    }

    /// <summary>The pending entry is taken back, unless the fix inside and this one show a way right through.</summary>
    private void NoLongerEntering(ref Entry entry, PreparedFence fence, in Turn turn)
    {
        double awayM = fence.DistanceM(turn.Fix.Position);
        if (turn.Vague && awayM <= turn.AccuracyM) return;
        if (!turn.Vague && turn.HasPrevious && _rest.IsMoving && MayCross(turn))
        {
            (Instant at, GeoPoint position) = CrossingOf(fence, inside: false, turn);
            if (Geodesy.DistanceM(entry.PendingPosition, position) >= MinPassM)
            {
                Enter(ref entry, fence, Later(entry.PendingAt, _clock), turn.Fix.FixedAt, entry.PendingPosition, GeofenceReason.Movement, turn.Passages);
                Exit(ref entry, at, turn.Fix.FixedAt, position, GeofenceReason.Movement, turn.Passages);
            }
        }
        entry.Phase = Phase.Outside;
        if (_rest.IsMoving) Remember(ref entry, turn.Fix.FixedAt);
    }

    private void NoLongerLeaving(ref Entry entry, in Turn turn)
    {
        bool doubtful = entry.Support > 0 && _rest.IsMoving;
        entry.Phase = Phase.Inside;
        if (doubtful) Remember(ref entry, turn.Fix.FixedAt);
    }

    private static void Begin(ref Entry entry, Phase phase, PreparedFence fence, in Turn turn)
    {
        entry.Phase = phase;
        entry.Support = 0;
        entry.Score = 0;
        entry.ConfirmAt = Instant.Max;
        entry.SupportedSince = turn.Fix.FixedAt;
        (entry.PendingAt, entry.PendingPosition) = CrossingOf(fence, phase == Phase.Entering, turn);
    }

    private void Support(ref Entry entry, double distanceM, in Turn turn)
    {
        if (entry.Support == 0)
        {
            entry.SupportedSince = turn.Fix.FixedAt;
            entry.ConfirmAt = turn.Fix.FixedAt + TimeSpan.FromSeconds(PatienceS(entry.Phase, turn));
        }
        if (entry.Support < byte.MaxValue) entry.Support++;
        double accuracyM = Math.Max(Math.Max(LeastAccuracyM, turn.AccuracyM), _rest.SigmaM), sigmas = distanceM * AccuracyPerSigma / accuracyM;
        entry.Score += (float)Math.Min(sigmas * sigmas / 2, 1e6);
    }

    // A phone that falls silent after one fix, as phones do where they come to rest, has no second one to give. The next
    // fix that would be due must have stayed away, and longer for an exit: a jump may be the last fix before silence.
    private static double PatienceS(Phase phase, in Turn turn)
    {
        double stepS = turn.HasPrevious ? Math.Clamp(turn.StepS, 0, MaxInterpolatedS) : 0;
        return phase == Phase.Entering ? Math.Max(ConfirmS, 2 * stepS) : Math.Max(SilentExitS, 3 * stepS);
    }

    /// <summary>Where and when the boundary was crossed between the two fixes; the fix itself when that cannot be told.</summary>
    private static (Instant At, GeoPoint Position) CrossingOf(PreparedFence fence, bool inside, in Turn turn)
    {
        if (!turn.HasPrevious || turn.StepS > MaxInterpolatedS
            || fence.Contains(turn.Previous.Position) == inside)
        {
            return (turn.Fix.FixedAt, turn.Fix.Position);
        }
        double part = fence.CrossingBetween(turn.Previous.Position, turn.Fix.Position, !inside);
        return (turn.Between(part), PreparedFence.OnSegment(turn.Previous.Position, turn.Fix.Position, part).Quantised());
    }

    private static void Remember(ref Entry entry, Instant now)
    {
        Forget(ref entry, now);
        entry.Doubt = (byte)Math.Min(entry.Doubt + 1, MaxDoubt);
        entry.DoubtUntil = now + Memory;
    }

    private static void Forget(ref Entry entry, Instant now)
    {
        if (now <= entry.DoubtUntil) return;
        entry.Doubt = entry.Returns = 0;
        entry.Left = false;
    }

    /// <summary>Whether a way through a fence that no fix lies in is believable.</summary>
    private bool MayCross(in Turn turn) => MayMove(turn, unknown: true, -0.5);

    /// <summary>
    /// Whether the step to this fix is movement rather than a jump: by the speed that the device reports, or else by the
    /// step before it, which must be movement too, not much slower, and in a similar direction.
    /// </summary>
    /// <param name="turn">The fix.</param>
    /// <param name="unknown">The answer when nothing tells.</param>
    /// <param name="leastCosine">Of the angle between the two steps.</param>
    private bool MayMove(in Turn turn, bool unknown, double leastCosine)
    {
        double stepS = turn.StepS;
        if (!turn.HasPrevious || stepS <= 0 || stepS > MaxStepS) return false;
        double stepM = Geodesy.DistanceM(turn.Previous.Position, turn.Fix.Position), speed = stepM / stepS;
        if (speed > MaxSpeedMps) return false;
        if (!float.IsNaN(turn.Fix.SpeedMps))
        {
            double reported = float.IsNaN(turn.Previous.SpeedMps) ? turn.Fix.SpeedMps : Math.Max(turn.Fix.SpeedMps, turn.Previous.SpeedMps);
            return reported >= 1 && speed <= reported * 1.5 + 2;
        }
        if (!_hasBefore) return unknown;
        double beforeS = (turn.Previous.FixedAt - _before.FixedAt).TotalSeconds;
        if (beforeS <= 0 || beforeS > MaxStepS) return unknown;
        LocalFrame frame = new(turn.Previous.Position);
        (double east, double north) = frame.ToMetres(turn.Fix.Position);
        (double backEast, double backNorth) = frame.ToMetres(_before.Position);
        double beforeM = Math.Sqrt(backEast * backEast + backNorth * backNorth);
        double noiseM = Math.Max(AccuracyOf(_before.AccuracyM) + turn.PreviousAccuracyM, StepSigmas * _rest.SigmaM);
        if (beforeM <= Math.Max(MinStepM, noiseM)) return unknown && _rest.IsMoving;
        double cosine = -(east * backEast + north * backNorth) / (beforeM * Math.Max(stepM, 1e-3));
        return speed <= 3 * beforeM / beforeS + 5 && cosine >= leastCosine;
    }
}

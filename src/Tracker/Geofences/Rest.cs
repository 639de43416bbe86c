using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Whether a rep rests or moves, as far as fences need to know: a phone that lies still wanders about its place and throws
/// single fixes far away, whatever accuracy it claims. While it rests, the place and how far its fixes scatter are learnt; it
/// is believed to move only when fixes away from there agree with one another as movement does.
/// </summary>
internal struct Rest
{
    // Beyond that many standard deviations of one axis a fix is away: one in 25,000 by chance.
    private const double SigmasAway = 4.5;
    private const double SigmasGrowth = 3.5, SigmasSure = 6;
    private const double LeastAwayM = 25, LeastGrowthM = 15;

    // Fixes that agree lie in one place; a reflection seldom repeats itself so exactly.
    private const double LeastCloseM = 15, MostCloseM = 20, LeastAgreeM = 30, MostAgreeM = 60, SigmasAgree = 3;
    private const double FarM = 250, SpeedShownMps = 2, HalfTurn = 0.5;
    private const double CloseS = 5, SameS = 20, AnyS = 60;
    private const int SameFixes = 3, AnyFixes = 5, ManyJumps = 8;

    // A rep that stays in such a circle for so long, with so many fixes, and ends near where it began, rests.
    private const double NearM = 60, NearSigmas = 3, BackM = 25, BackSigmas = 4, RestS = 60;
    private const int RestFixes = 3;

    // Learning takes one fix in 10 s at the most, and the place follows over 20 minutes and more: drift lasts a minute.
    private const double FollowS = 1200, MostStepS = 60, LearnS = 10;
    private const int MostWeight = 200, SettledWeight = 16, FirstSamples = 2, MostSamples = 60;
    private const double LeastSigmaM = 3, FirstSigmaM = 10, MostFirstSigmaM = 30;
    private const double MetresPerDeg = 111_200, AccuracyPerSigma = 1.51, LongestStepS = 120;

    private GeoPoint _place;
    private float _eastMPerDeg;

    // Square of the standard deviation of one axis, metres.
    private float _variance;

    // When the rep came to the place.
    private Instant _since;
    private Mode _mode;

    // Fixes in a row that are away, how many such rows led nowhere, and whether one of the row lies elsewhere than its first, or
    // in another direction.
    private byte _away;
    private byte _jumps;
    private bool _scattered;
    private bool _turned;
    private byte _weight;

    // How many steps the scatter was learnt from.
    private byte _samples;
    private bool _hasOlder;
    private Spot _first;

    // The last two fixes that were learnt from.
    private Spot _old;
    private Spot _older;

    private enum Mode : byte
    {
        Nothing,
        /// <summary>Only just heard of; the place is the first fix.</summary>
        Young,
        Resting,
        /// <summary>The place is the last fix that was not near the one before it.</summary>
        Moving,
        /// <summary>As young, after a fix that showed that the rep lies in another place now; that fix itself was movement.</summary>
        Arrived,
    }

    /// <summary>A position in time.</summary>
    internal readonly record struct Spot(Instant FixedAt, int LatitudeE7, int LongitudeE7, float AccuracyM)
    {
        public static Spot Of(in Fix fix) => new(fix.FixedAt, fix.Position.LatitudeE7, fix.Position.LongitudeE7, fix.AccuracyM);

        public GeoPoint Position => GeoPoint.FromE7(LatitudeE7, LongitudeE7);

        public Fix ToFix() => new() { FixedAt = FixedAt, ReceivedAt = FixedAt, Position = Position, AccuracyM = AccuracyM };
    }

    public readonly bool IsMoving => _mode >= Mode.Moving;

    /// <summary>Whether the rep rests at a place that is known.</summary>
    public readonly bool IsResting => _mode == Mode.Resting;

    /// <summary>Whether the place is known well enough to tell by itself on which side of a boundary it lies.</summary>
    public readonly bool IsSettled => _mode == Mode.Resting && _weight >= SettledWeight;

    /// <summary>The place where the rep rests.</summary>
    public readonly GeoPoint Place => _place;

    /// <summary>How far off the place may be, metres, once it is settled.</summary>
    public readonly double PlaceErrorM => SigmaM / 4;

    /// <summary>The last fix at the place and the first one away from it, when <see cref="Take"/> has just told of a departure.</summary>
    public readonly (Spot Last, Spot First) Departure => (_old, _first);

    /// <summary>Standard deviation of one axis by which fixes scatter, metres.</summary>
    public readonly double SigmaM => Math.Sqrt(Math.Max(LeastSigmaM * LeastSigmaM, _variance));


    /// <summary>Takes a fix.</summary>
    /// <param name="fix">The fix.</param>
    /// <param name="vague">It is too vague to teach the place.</param>
    /// <param name="previous">The accepted fix before it.</param>
    /// <param name="hasPrevious">Whether there is one.</param>
    /// <returns>Whether it shows that a rep that rested has departed.</returns>
    public bool Take(in Fix fix, bool vague, in Fix previous, bool hasPrevious)
    {
        if (_mode == Mode.Nothing)
        {
            if (vague) return false;
            double sigma = double.IsNaN(fix.AccuracyM) ? FirstSigmaM : Math.Clamp(fix.AccuracyM / AccuracyPerSigma, FirstSigmaM, MostFirstSigmaM);
            _variance = (float)(sigma * sigma);
            StartAt(fix, Mode.Young);
            _old = Spot.Of(fix);
            return false;
        }
        if (_mode == Mode.Arrived && !vague) _mode = Mode.Young;
        (double east, double north) = OffsetM(fix.Position);
        double square = east * east + north * north;
        if (IsMoving)
        {
            if (!vague) Move(fix, square);
            return false;
        }
        double awayM = AwayM(fix.AccuracyM);
        if (square <= awayM * awayM)
        {
            if (!vague) Stay(fix, east, north, square);
            return false;
        }
        GoAway(fix);
        Mode departed = Departed(fix, previous, hasPrevious && !vague, east, north, Math.Sqrt(square));
        if (departed == Mode.Nothing) return false;
        bool rested = _mode == Mode.Resting;
        _jumps /= 2;
        StartAt(fix, departed);
        _hasOlder = false;
        return rested;
    }

    private void StartAt(in Fix fix, Mode mode)
    {
        _mode = mode;
        _place = fix.Position;
        _eastMPerDeg = (float)(MetresPerDeg * Math.Cos(fix.Position.LatitudeDeg * Wgs84.RadPerDeg));
        _since = fix.FixedAt;
        _weight = 1;
        _away = 0;
    }

    private void Move(in Fix fix, double square)
    {
        double nearM = NearOfM(fix.AccuracyM);
        LearnScatter(fix);
        if (square > nearM * nearM) StartAt(fix, Mode.Moving);
        else ComeToRest(fix, square);
    }

    private void Stay(in Fix fix, double east, double north, double square)
    {
        if (_away > 0 && _jumps < byte.MaxValue) _jumps++;
        _away = 0;
        double stepS = LearnScatter(fix);
        if (_mode == Mode.Young) ComeToRest(fix, square);
        else if (stepS > 0) Follow(stepS, east, north);
    }

    private void ComeToRest(in Fix fix, double square)
    {
        if (_weight < MostWeight) _weight++;
        double backM = Math.Max(BackM, BackSigmas * SigmaM);
        if (_weight < RestFixes || fix.FixedAt - _since < TimeSpan.FromSeconds(RestS) || square > backM * backM) return;
        _mode = Mode.Resting;
        _weight = 1;
    }

    private void Follow(double stepS, double east, double north)
    {
        double part = Math.Max(1.0 / (_weight + 1), Math.Min(stepS, MostStepS) / FollowS);
        _place = new GeoPoint(_place.LatitudeDeg + north * part / MetresPerDeg, Wgs84.WrapDeg(_place.LongitudeDeg + (east == 0 ? 0 : east * part / _eastMPerDeg)));
        if (_weight < MostWeight) _weight++;
    }

    // How far the middle one of three fixes lies off the way between the others: nothing for somebody who walks on. What drift
    // takes away from that, the half that is added gives back. Returns the seconds since it learnt last, or 0.
    private double LearnScatter(in Fix fix)
    {
        double stepS = (fix.FixedAt - _old.FixedAt).TotalSeconds;
        if (stepS < LearnS) return 0;
        double sigma = SigmaM, nearM = Math.Max(NearM, NearSigmas * sigma);
        (double east, double north) = BetweenM(_old.Position, fix.Position);
        bool isShort = east * east + north * north <= nearM * nearM;
        if (isShort && _hasOlder)
        {
            (double backEast, double backNorth) = BetweenM(_old.Position, _older.Position);
            double beforeS = (_old.FixedAt - _older.FixedAt).TotalSeconds, part = beforeS / (beforeS + stepS);
            double square = Square(backEast + (east - backEast) * part) + Square(backNorth + (north - backNorth) * part);
            double sample = Math.Min(square / (1 + Square(1 - part) + Square(part)), 4 * sigma * sigma);
            _variance += (float)((sample - _variance) / (_samples + FirstSamples + 1));
            if (_samples < MostSamples) _samples++;
        }
        _older = _old;
        _old = Spot.Of(fix);
        _hasOlder = isShort;
        return stepS;
    }

    private void GoAway(in Fix fix)
    {
        if (_away == 0)
        {
            _first = Spot.Of(fix);
            _scattered = _turned = false;
        }
        if (_away < byte.MaxValue) _away++;
    }

    // What the fixes away from the place show: that the rep moves, that it lies elsewhere, or nothing. Reflections throw fixes in
    // any direction and equally far, and what scatter explains is no evidence.
    private Mode Departed(in Fix fix, in Fix previous, bool hasStep, double east, double north, double awayM)
    {
        if (hasStep && ShowsSpeed(fix, previous)) return Mode.Moving;
        if (_away < 2) return Mode.Nothing;
        (double firstEast, double firstNorth) = OffsetM(_first.Position);
        double firstM = Math.Sqrt(firstEast * firstEast + firstNorth * firstNorth), sigma = SigmaM;
        double aside = Square(east - firstEast) + Square(north - firstNorth);
        _scattered |= aside > Square(Math.Clamp(SigmasAgree * sigma, LeastAgreeM, MostAgreeM));
        _turned |= east * firstEast + north * firstNorth < HalfTurn * awayM * firstM;
        bool young = _mode == Mode.Young, sure = !young && (_jumps == 0 || firstM >= SigmasSure * sigma);
        if (!_turned && (sure || _away > 2) && awayM - firstM >= Math.Max(LeastGrowthM, SigmasGrowth * sigma)) return Mode.Moving;
        if (!_turned && Math.Min(awayM, firstM) >= FarM) return Mode.Moving;
        double elapsedS = (fix.FixedAt - _first.FixedAt).TotalSeconds;
        bool close = _jumps == 0 && !young && aside <= Square(Math.Clamp(sigma, LeastCloseM, MostCloseM)) && elapsedS >= CloseS;
        bool same = _away >= (_jumps < ManyJumps ? SameFixes : SameFixes + 1) && elapsedS >= SameS;
        // Of a phone that never jumped it is the beginning of a walk rather than one more jump.
        if (!_scattered && (close || same)) return young || _jumps > 0 ? Mode.Arrived : Mode.Moving;
        if (_away < AnyFixes || elapsedS < AnyS) return Mode.Nothing;
        // It was the first fix that was off.
        return young ? Mode.Young : Mode.Moving;
    }

    // A speed that the device measures, by Doppler shift, and that the step confirms.
    private static bool ShowsSpeed(in Fix fix, in Fix previous)
    {
        double stepS = (fix.FixedAt - previous.FixedAt).TotalSeconds;
        if (!(fix.SpeedMps >= SpeedShownMps) || stepS is <= 0 or > LongestStepS) return false;
        double reported = float.IsNaN(previous.SpeedMps) ? fix.SpeedMps : Math.Max(fix.SpeedMps, previous.SpeedMps);
        return Geodesy.DistanceM(previous.Position, fix.Position) <= (reported * 1.5 + 2) * stepS;
    }

    private readonly double AwayM(float accuracyM)
    {
        if (_mode == Mode.Young) return NearOfM(accuracyM);
        double scatterM = SigmasAway * SigmaM * Math.Sqrt(1 + 2.0 / _weight);
        return Math.Max(LeastAwayM, accuracyM * 2 > scatterM ? accuracyM * 2 : scatterM);
    }

    private readonly double NearOfM(float accuracyM)
    {
        double nearM = Math.Max(NearM, NearSigmas * SigmaM);
        return accuracyM * 2 > nearM ? accuracyM * 2 : nearM;
    }

    private readonly (double EastM, double NorthM) OffsetM(GeoPoint point) => BetweenM(_place, point);

    private readonly (double EastM, double NorthM) BetweenM(GeoPoint from, GeoPoint to) =>
        (Wgs84.WrapDeg(to.LongitudeDeg - from.LongitudeDeg) * _eastMPerDeg, (to.LatitudeDeg - from.LatitudeDeg) * MetresPerDeg);

    private static double Square(double value) => value * value;

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte((byte)_mode);
        if (_mode == Mode.Nothing) return;
        writer.Double(_place.LatitudeDeg);
        writer.Double(_place.LongitudeDeg);
        writer.Float(_eastMPerDeg);
        writer.Float(_variance);
        writer.Time(_since);
        writer.Byte(_away);
        writer.Byte(_jumps);
        writer.Bool(_scattered);
        writer.Bool(_turned);
        writer.Byte(_weight);
        writer.Byte(_samples);
        writer.Bool(_hasOlder);
        Save(writer, _old);
        if (_hasOlder) Save(writer, _older);
        if (_away > 0) Save(writer, _first);
    }

    public void Load(ref SnapshotReader reader)
    {
        _mode = (Mode)reader.Count((int)Mode.Arrived);
        if (_mode == Mode.Nothing) return;
        _place = new GeoPoint(reader.Double(), reader.Double());
        _eastMPerDeg = reader.Float();
        _variance = reader.Float();
        _since = reader.Time();
        _away = reader.Byte();
        _jumps = reader.Byte();
        _scattered = reader.Bool();
        _turned = reader.Bool();
        _weight = reader.Byte();
        _samples = reader.Byte();
        _hasOlder = reader.Bool();
        _old = LoadSpot(ref reader);
        if (_hasOlder) _older = LoadSpot(ref reader);
        if (_away > 0) _first = LoadSpot(ref reader);
    }

    private static void Save(SnapshotWriter writer, in Spot spot)
    {
        writer.Time(spot.FixedAt);
        writer.Int(spot.LatitudeE7);
        writer.Int(spot.LongitudeE7);
        writer.Float(spot.AccuracyM);
    }

    private static Spot LoadSpot(ref SnapshotReader reader) => new(reader.Time(), (int)reader.Int(), (int)reader.Int(), reader.Float());
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The newest part of a way, as far as the kinds of evidence need it: the fix before the previous one, the present leg of
/// half a minute or one fix, counters that rise with what contradicts and fall with what agrees, and the route sketch.
/// </summary>
internal sealed class MockTrail
{
    private const int Counters = 13;
    private const double UnbrokenS = 60;

    /// <summary>The accepted fix before the previous one; meaningless until <see cref="HasBefore"/>.</summary>
    public GeoPoint Before;

    public bool HasBefore;

    /// <summary>Where the bend of the way had its centre, as far as there was one.</summary>
    public GeoPoint Centre;

    /// <summary>Where satellites last placed it, and when; meaningless while <see cref="SkyAt"/> is the earliest instant.</summary>
    public GeoPoint Sky;

    public Instant SkyAt = Instant.Min;

    public MockLeg Leg;
    public RouteSketch Sketch;

    /// <summary>Runs of fixes or legs, 0 to 255.</summary>
    public byte SpeedRun, CourseRun, FrozenRun, StraightRun, RoundRun, CoarseRun, FineSeen, SteadyRun, SatellitesShown, WithoutRun, UnbrokenRun, JitterSeen, QuietRun, QuietHere;

    /// <summary>Seconds on the way since the device last showed any activity, halts left out.</summary>
    public float StillS;

    /// <summary>The speed from the fix before the previous one to it, metres per second.</summary>
    public float StepMps;

    /// <summary>Whether the device has shown any activity but rest.</summary>
    public bool ActivityShown { get => (_shown & 2) != 0; set => _shown = (byte)(value ? _shown | 2 : _shown & ~2); }

    /// <summary>Whether the device has shown that it can tell a speed.</summary>
    public bool SpeedShown { get => (_shown & 1) != 0; set => _shown = (byte)(value ? _shown | 1 : _shown & ~1); }

    // One byte for both: a tracker is counted in bytes.
    private byte _shown;

    /// <summary>Counts up; bytes do not overflow.</summary>
    public static byte Up(byte counter) => counter < byte.MaxValue ? (byte)(counter + 1) : counter;

    /// <summary>Counts down to 0.</summary>
    public static byte Down(byte counter, int by) => (byte)Math.Max(0, counter - by);

    /// <summary>Takes the step from the previous accepted fix to this one.</summary>
    public void Extend(in MockView view)
    {
        Leg.Extend(view);
        UnbrokenRun = view.ElapsedS <= UnbrokenS && view.MovedM > 0 ? Up(UnbrokenRun) : (byte)0;
        if (view.Fix.SpeedMps > 1) SpeedShown = true;
    }

    /// <summary>Makes room for the next fix, after every kind has looked.</summary>
    public void Finish(in MockView view)
    {
        if (ImpossibleSpeedKind.IsPrecise(view.Fix)) (Sky, SkyAt) = (view.Fix.Position, view.Fix.FixedAt);
        if (Leg.IsDone) Leg.Begin(view.Fix);
        if (view.Fix.Position == view.Previous.Position) return;
        Before = view.Previous.Position;
        HasBefore = true;
    }

    /// <summary>Nothing connects the next fix with what was before.</summary>
    public void Break(in Fix fix)
    {
        HasBefore = false;
        StraightRun = RoundRun = FrozenRun = SteadyRun = UnbrokenRun = 0;
        Leg.Begin(fix);
    }

    public void Save(SnapshotWriter writer)
    {
        writer.Byte((byte)((HasBefore ? 1 : 0) | (SpeedShown ? 2 : 0) | (ActivityShown ? 4 : 0)));
        if (HasBefore) writer.Point(Before);
        writer.Byte(RoundRun);
        if (RoundRun > 0) writer.Point(Centre);
        foreach (byte counter in (ReadOnlySpan<byte>)[SpeedRun, CourseRun, FrozenRun, StraightRun, CoarseRun, FineSeen, SteadyRun, SatellitesShown, WithoutRun, UnbrokenRun, JitterSeen, QuietRun, QuietHere]) writer.Byte(counter);
        writer.Float(StillS);
        writer.Float(StepMps);
        writer.Bool(SkyAt != Instant.Min);
        if (SkyAt != Instant.Min)
        {
            writer.Point(Sky);
            writer.Time(SkyAt);
        }
        Leg.Save(writer);
        Sketch.Save(writer);
    }

    public static MockTrail Load(ref SnapshotReader reader)
    {
        var trail = new MockTrail();
        int flags = reader.Count(7);
        (trail.HasBefore, trail.SpeedShown, trail.ActivityShown) = ((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
        if (trail.HasBefore) trail.Before = reader.Point();
        trail.RoundRun = reader.Byte();
        if (trail.RoundRun > 0) trail.Centre = reader.Point();
        Span<byte> counters = stackalloc byte[Counters];
        for (int i = 0; i < counters.Length; i++) counters[i] = reader.Byte();
        (trail.SpeedRun, trail.CourseRun, trail.FrozenRun, trail.StraightRun) = (counters[0], counters[1], counters[2], counters[3]);
        (trail.CoarseRun, trail.FineSeen, trail.SteadyRun) = (counters[4], counters[5], counters[6]);
        (trail.SatellitesShown, trail.WithoutRun, trail.UnbrokenRun) = (counters[7], counters[8], counters[9]);
        (trail.JitterSeen, trail.QuietRun, trail.QuietHere) = (counters[10], counters[11], counters[12]);
        (trail.StillS, trail.StepMps) = (reader.Float(), reader.Float());
        if (reader.Bool()) (trail.Sky, trail.SkyAt) = (reader.Point(), reader.Time());
        trail.Leg.Load(ref reader);
        trail.Sketch.Load(ref reader);
        return trail;
    }
}

/// <summary>
/// A piece of the way of about half a minute: what the device reports about its movement, added up, beside where it went.
/// </summary>
internal struct MockLeg
{
    private const double LengthS = 25, BreakS = 60;

    public GeoPoint From;
    public Instant FromAt;

    /// <summary>Metres by the reported speeds, and their parts to the east and north by the reported courses.</summary>
    public float ReportedM, EastM, NorthM;

    /// <summary>Metres from fix to fix.</summary>
    public float PathM;

    /// <summary>The worst accuracy claimed, metres; NaN: one was unknown.</summary>
    public float AccuracyM;

    public byte Fixes;
    public bool HasSpeed, HasCourse, IsStill;

    /// <summary>Whether it is long enough to be judged; the last fix ends it.</summary>
    public bool IsDone;

    public double ElapsedS;

    /// <summary>Begins anew at a fix.</summary>
    public void Begin(in Fix fix)
    {
        this = default;
        From = fix.Position;
        FromAt = fix.FixedAt;
        AccuracyM = fix.AccuracyM;
        HasSpeed = HasCourse = IsStill = true;
    }

    /// <summary>Takes the next step.</summary>
    public void Extend(in MockView view)
    {
        ref readonly Fix from = ref view.Previous, to = ref view.Fix;
        IsDone = false;
        if (view.ElapsedS > BreakS)
        {
            Begin(to);
            return;
        }
        if (Fixes < byte.MaxValue) Fixes++;
        PathM += (float)view.MovedM;
        AccuracyM = MathF.Max(AccuracyM, to.AccuracyM);
        HasSpeed &= !float.IsNaN(from.SpeedMps) && !float.IsNaN(to.SpeedMps);
        HasCourse &= HasSpeed && !float.IsNaN(from.CourseDeg) && !float.IsNaN(to.CourseDeg);
        IsStill &= to.Activity == Activity.Still;
        if (HasSpeed) ReportedM += (float)((from.SpeedMps + to.SpeedMps) / 2 * view.ElapsedS);
        if (HasCourse) AddCourse(from, to, view.ElapsedS);
        ElapsedS = (to.FixedAt - FromAt).TotalSeconds;
        IsDone = ElapsedS >= LengthS;
    }

    private void AddCourse(in Fix from, in Fix to, double elapsedS)
    {
        (double sinFrom, double cosFrom) = Math.SinCos(from.CourseDeg * Wgs84.RadPerDeg);
        (double sinTo, double cosTo) = Math.SinCos(to.CourseDeg * Wgs84.RadPerDeg);
        EastM += (float)((from.SpeedMps * sinFrom + to.SpeedMps * sinTo) / 2 * elapsedS);
        NorthM += (float)((from.SpeedMps * cosFrom + to.SpeedMps * cosTo) / 2 * elapsedS);
    }

    /// <summary>
    /// Metres that the speed between two fixes may have made without being seen at either, at 3 m/s² up and down; over several
    /// steps they do not all add up.
    /// </summary>
    public readonly double UnseenM => Math.Min(0.75 * ElapsedS * ElapsedS / Math.Pow(Math.Max((int)Fixes, 1), 1.5), 60);

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte((byte)((HasSpeed ? 1 : 0) | (HasCourse ? 2 : 0) | (IsStill ? 4 : 0)));
        writer.Byte(Fixes);
        writer.Point(From);
        writer.Time(FromAt);
        writer.Float(AccuracyM);
        if (Fixes == 0) return;
        writer.Float(ReportedM);
        writer.Float(EastM);
        writer.Float(NorthM);
        writer.Float(PathM);
    }

    public void Load(ref SnapshotReader reader)
    {
        int flags = reader.Count(7);
        (HasSpeed, HasCourse, IsStill) = ((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
        Fixes = reader.Byte();
        From = reader.Point();
        FromAt = reader.Time();
        AccuracyM = reader.Float();
        if (Fixes == 0) return;
        (ReportedM, EastM, NorthM, PathM) = (reader.Float(), reader.Float(), reader.Float(), reader.Float());
    }
}

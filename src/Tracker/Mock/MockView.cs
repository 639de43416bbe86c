using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What a kind of evidence may look at: a fix, and the accepted one of the same device before it.</summary>
internal readonly ref struct MockView
{
    private const double ShareOfS = 30;

    public readonly ref readonly Fix Previous;
    public readonly ref readonly Fix Fix;

    public MockView(ref readonly Fix previous, bool hasPrevious, ref readonly Fix fix, FixOutcome outcome, bool cameBack, AdmissionOptions admission)
    {
        Previous = ref previous;
        Fix = ref fix;
        HasPrevious = hasPrevious;
        Outcome = outcome;
        CameBack = cameBack;
        Admission = admission;
        if (outcome != FixOutcome.Accepted || !hasPrevious) return;
        ElapsedS = (fix.FixedAt.EpochMs - previous.FixedAt.EpochMs) / 1000.0;
        IsStep = ElapsedS is > 0 and <= 900;
        MovedM = Geodesy.DistanceM(previous.Position, fix.Position);
    }

    /// <summary>Whether there is an accepted fix of this device before this one.</summary>
    public bool HasPrevious { get; }

    public FixOutcome Outcome { get; }

    /// <summary>Of a spike: whether the next fix was where the previous one was; in a fast train each fix is a spike, and none comes back.</summary>
    public bool CameBack { get; }

    public AdmissionOptions Admission { get; }

    /// <summary>Whether the accepted fix before this one is of another of the rep's devices; then it is no step.</summary>
    public bool IsOtherDevice { get; init; }

    /// <summary>Whether both fixes are accepted and near enough in time to be a step of one way.</summary>
    public bool IsStep { get; }

    /// <summary>Seconds from the previous accepted fix to this accepted one.</summary>
    public double ElapsedS { get; }

    /// <summary>Metres between them.</summary>
    public double MovedM { get; }

    /// <summary>The step's time as a part of half a minute: evidence grows with time, not with the number of fixes.</summary>
    public double Share => Math.Min(ElapsedS, ShareOfS) / ShareOfS;

    /// <summary>Metres between the two fixes that their accuracies do not explain.</summary>
    public double UnexplainedM => Geodesy.DistanceM(Previous.Position, Fix.Position) - Known(Previous.AccuracyM) - Known(Fix.AccuracyM);

    /// <summary>Whether both claim to be near the truth, and not by Wi-Fi or cell towers.</summary>
    public bool IsPrecise(double metres) =>
        Previous.AccuracyM <= metres && Fix.AccuracyM <= metres
        && Previous.Provider != LocationProvider.Network && Fix.Provider != LocationProvider.Network;

    private static double Known(float accuracyM) => float.IsNaN(accuracyM) ? 0 : accuracyM;
}

/// <summary>One piece of evidence, small enough to be kept.</summary>
internal readonly record struct MockFinding(byte Kind, double Weight, float Value, Instant First, Instant Second, Instant Third)
{
    private static readonly Instant None = Instant.Min;

    public MockFinding(double weight, double value, Instant first) : this(0, weight, (float)value, first, None, None) { }

    public MockFinding(double weight, double value, Instant first, Instant second) : this(0, weight, (float)value, first, second, None) { }

    public Instant[] Instants() => Second == None ? [First] : Third == None ? [First, Second] : [First, Second, Third];

    public void Save(SnapshotWriter writer)
    {
        writer.Byte((byte)(Kind | (Second == None ? 0 : 0x40) | (Third == None ? 0 : 0x80)));
        writer.Double(Weight);
        writer.Float(Value);
        writer.Time(First);
        if (Second != None) writer.Int(Second.EpochMs - First.EpochMs);
        if (Third != None) writer.Int(Third.EpochMs - First.EpochMs);
    }

    public static MockFinding Load(ref SnapshotReader reader, int kinds)
    {
        byte head = reader.Byte();
        if ((head & 0x3F) >= kinds) throw new InvalidDataException($"A tracker snapshot holds the kind of evidence {head & 0x3F}, which is unknown.");
        var finding = new MockFinding((byte)(head & 0x3F), reader.Double(), reader.Float(), reader.Time(), None, None);
        if ((head & 0x40) != 0) finding = finding with { Second = new(finding.First.EpochMs + reader.Int()) };
        return (head & 0x80) == 0 ? finding : finding with { Third = new(finding.First.EpochMs + reader.Int()) };
    }
}

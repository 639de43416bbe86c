using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Whether positions are mocked: a score of evidence that rises with each finding and halves with time, and a case that
/// is opened above one threshold and closed below another.
/// </summary>
internal struct MockEvidence
{
    private const int MaxFindings = 8;
    private const double Negligible = 0.01;

    // A new kind of evidence is one more type in this list; their order is part of the snapshot.
    private static readonly IMockKind[] Kinds = [new DeviceFlagKind(), new ImpossibleSpeedKind(), new ThereAndBackKind(), new IdenticalCoordinatesKind()];

    private MockMemory _memory;
    private Case? _case;

    /// <summary>What speaks against a rep; most have none.</summary>
    private sealed class Case
    {
        public double Score;
        public Instant ScoredAt;
        public bool IsOpen;
        public Instant OpenedAt;
        public readonly List<MockFinding> Findings = new(2);
    }

    public readonly float Score => (float)(_case?.Score ?? 0);

    /// <summary>Takes a fix of any outcome that concerns the present, in order of decision.</summary>
    public void Apply(in MockView view, MockOptions options, List<TrackEvent> events)
    {
        ref readonly Fix fix = ref view.Fix;
        Instant at = fix.FixedAt < fix.ReceivedAt ? fix.FixedAt : fix.ReceivedAt;
        if (_case is not null) Decay(_case, at, options);
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            MockFinding finding = Kinds[kind].Weigh(view, ref _memory);
            if (finding.Weight > 0) Add(finding with { Kind = (byte)kind }, at);
        }
        if (_case is null) return;
        if (!_case.IsOpen && _case.Score >= options.SuspectAt) Open(_case, at, fix, events);
        else if (_case.IsOpen && _case.Score < options.ClearBelow && view.Outcome == FixOutcome.Accepted) Close(_case, at, fix, events);
    }

    private void Decay(Case known, Instant at, MockOptions options)
    {
        double elapsedMs = at.EpochMs - known.ScoredAt.EpochMs;
        if (elapsedMs <= 0) return;
        known.Score *= Math.Pow(0.5, elapsedMs / options.HalfLife.TotalMilliseconds);
        known.ScoredAt = at;
        if (known.Score < Negligible && !known.IsOpen) _case = null;
    }

    private void Add(in MockFinding finding, Instant at)
    {
        _case ??= new Case { ScoredAt = at };
        _case.Score = Math.Min(1, _case.Score + finding.Weight);
        List<MockFinding> findings = _case.Findings;
        if (findings.Count > 0 && findings[^1].Kind == finding.Kind && Kinds[finding.Kind].IsOneStory)
        {
            findings[^1] = finding with { First = findings[^1].First };
            return;
        }
        if (findings.Count == MaxFindings) findings.RemoveAt(0);
        findings.Add(finding);
    }

    private static void Open(Case opened, Instant at, in Fix fix, List<TrackEvent> events)
    {
        opened.IsOpen = true;
        opened.OpenedAt = at;
        var evidence = new List<Evidence>(opened.Findings.Count);
        foreach (MockFinding finding in opened.Findings)
        {
            IMockKind kind = Kinds[finding.Kind];
            evidence.Add(new Evidence(kind.Name, finding.Weight, kind.Explain(finding), finding.Instants()));
        }
        evidence.Sort(static (a, b) => b.Weight.CompareTo(a.Weight));
        events.Add(new MockSuspected { At = at, ConfirmedAt = at, Position = fix.Position, Score = opened.Score, Evidence = evidence });
    }

    private void Close(Case closed, Instant at, in Fix fix, List<TrackEvent> events)
    {
        _case = null;
        events.Add(new MockCleared { At = at, ConfirmedAt = at, Position = fix.Position, SuspectedAt = closed.OpenedAt });
    }

    public readonly void Save(SnapshotWriter writer)
    {
        _memory.Save(writer);
        writer.Bool(_case is not null);
        if (_case is null) return;
        writer.Double(_case.Score);
        writer.Time(_case.ScoredAt);
        writer.Bool(_case.IsOpen);
        writer.Time(_case.OpenedAt);
        writer.Byte((byte)_case.Findings.Count);
        foreach (MockFinding finding in _case.Findings) finding.Save(writer);
    }

    public void Load(ref SnapshotReader reader)
    {
        _memory.Load(ref reader);
        if (!reader.Bool()) return;
        _case = new Case { Score = reader.Double(), ScoredAt = reader.Time(), IsOpen = reader.Bool(), OpenedAt = reader.Time() };
        int count = reader.Count(MaxFindings);
        for (int i = 0; i < count; i++) _case.Findings.Add(MockFinding.Load(ref reader, Kinds.Length));
    }
}

/// <summary>What a kind of evidence may look at.</summary>
internal readonly ref struct MockView(
    ref readonly Fix previous, bool hasPrevious, ref readonly Fix fix, FixOutcome outcome, bool cameBack, AdmissionOptions admission)
{
    public readonly ref readonly Fix Previous = ref previous;
    public readonly ref readonly Fix Fix = ref fix;

    /// <summary>Whether there is an accepted fix before this one, and this one is of the kind that is compared with it.</summary>
    public bool HasPrevious { get; } = hasPrevious;

    public FixOutcome Outcome { get; } = outcome;

    /// <summary>Of a spike: whether the next fix was where the previous one was; in a fast train each fix is a spike, and none comes back.</summary>
    public bool CameBack { get; } = cameBack;

    public AdmissionOptions Admission { get; } = admission;

    /// <summary>Metres between the two fixes that their accuracies do not explain.</summary>
    public double UnexplainedM =>
        Geodesy.DistanceM(Previous.Position, Fix.Position) - Known(Previous.AccuracyM) - Known(Fix.AccuracyM);

    private static double Known(float accuracyM) => float.IsNaN(accuracyM) ? 0 : accuracyM;
}

/// <summary>One piece of evidence, small enough to be kept.</summary>
internal readonly record struct MockFinding(byte Kind, double Weight, double Value, Instant First, Instant Second, Instant Third)
{
    private static readonly Instant None = Instant.Min;

    public MockFinding(double weight, double value, Instant first) : this(0, weight, value, first, None, None) { }

    public MockFinding(double weight, double value, Instant first, Instant second) : this(0, weight, value, first, second, None) { }

    public Instant[] Instants() => Second == None ? [First] : Third == None ? [First, Second] : [First, Second, Third];

    public void Save(SnapshotWriter writer)
    {
        writer.Byte(Kind);
        writer.Double(Weight);
        writer.Double(Value);
        writer.Time(First);
        writer.Time(Second);
        writer.Time(Third);
    }

    public static MockFinding Load(ref SnapshotReader reader, int kinds) =>
        new((byte)reader.Count(kinds - 1), reader.Double(), reader.Double(), reader.Time(), reader.Time(), reader.Time());
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Whether positions are mocked: every kind of evidence has a score that rises with each finding and halves with time.
/// Together they are the chance that one of them at least is right, as if they were independent: 1 - (1 - a)(1 - b)… A
/// case is opened above one threshold and closed below another.
/// </summary>
internal struct MockEvidence
{
    private const double Negligible = 0.01;

    // A new kind of evidence is one more type at the end of this list; their order is part of the snapshot.
    private static readonly IMockKind[] Kinds =
    [
        new DeviceFlagKind(), new ImpossibleSpeedKind(), new ThereAndBackKind(), new IdenticalCoordinatesKind(),
        new ReportedSpeedKind(), new ReportedCourseKind(), new FrozenSensorsKind(), new StillActivityKind(),
        new StraightMotionKind(), new PeriodicMotionKind(), new CoarseCoordinatesKind(), new ReplayedTrackKind(),
        new ClockSkewKind(), new DevicesApartKind(), new MockAppKind(), new EmulatorKind(), new RootKind(), new SteadyMotionKind(),
        new NoSatellitesKind(), new NoJitterKind(),
    ];

    private MockMemory _memory;
    private Case? _case;

    /// <summary>What speaks against a rep; most have none.</summary>
    private sealed class Case
    {
        public double Score;
        public Instant ScoredAt;
        public bool IsOpen;
        public Instant OpenedAt;

        /// <summary>At most one of each kind; their weights are what they add now.</summary>
        public readonly List<MockFinding> Findings = new(2);
    }

    public readonly float Score => (float)(_case?.Score ?? 0);

    /// <summary>Whether a case is open.</summary>
    public readonly bool IsOpen => _case is { IsOpen: true };

    /// <summary>Takes a fix of any outcome that concerns the present, in order of decision.</summary>
    /// <param name="view">The fix and the accepted one before it.</param>
    /// <param name="at">The instant by the device's clock, or by ours where that is behind.</param>
    /// <param name="options">Parameters.</param>
    /// <param name="events">Takes what is told.</param>
    public void Apply(in MockView view, Instant at, MockOptions options, List<TrackEvent> events)
    {
        if (_case is not null) Decay(_case, at, options);
        BeginTrail(view);
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            MockFinding finding = Kinds[kind].Weigh(view, ref _memory);
            if (finding.Weight > 0) Add(finding with { Kind = (byte)kind }, at);
        }
        if (view.IsStep) _memory.Trail?.Finish(view);
        Decide(at, view.Fix.Position, view.Outcome == FixOutcome.Accepted, options, events);
    }

    /// <summary>Takes what a device says about itself.</summary>
    public void Apply(DeviceEventKind told, Instant at, in GeoPoint? position, MockOptions options, List<TrackEvent> events)
    {
        if (_case is not null) Decay(_case, at, options);
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            if (Kinds[kind] is IToldKind reported && reported.Told == told)
                Add(new MockFinding(reported.Weight, 0, at) with { Kind = (byte)kind }, at);
        }
        Decide(at, position, mayClose: false, options, events);
    }

    private void BeginTrail(in MockView view)
    {
        if (view.Outcome != FixOutcome.Accepted) return;
        if (!view.IsStep)
        {
            _memory.Trail?.Break(view.Fix);
            return;
        }
        if (_memory.Trail is null)
        {
            if (view.MovedM < 5) return;
            _memory.Trail = new MockTrail();
            _memory.Trail.Leg.Begin(view.Previous);
        }
        _memory.Trail.Extend(view);
    }

    private void Decide(Instant at, in GeoPoint? position, bool mayClose, MockOptions options, List<TrackEvent> events)
    {
        if (_case is null) return;
        if (!_case.IsOpen && _case.Score >= options.SuspectAt) Open(_case, at, position, events);
        else if (_case.IsOpen && _case.Score < options.ClearBelow && mayClose) Close(_case, at, position, events);
    }

    private void Decay(Case known, Instant at, MockOptions options)
    {
        double elapsedMs = at.EpochMs - known.ScoredAt.EpochMs;
        if (elapsedMs <= 0) return;
        double kept = Math.Pow(0.5, elapsedMs / options.HalfLife.TotalMilliseconds);
        for (int i = known.Findings.Count - 1; i >= 0; i--)
        {
            MockFinding finding = known.Findings[i];
            double weight = finding.Weight * kept;
            if (weight < Negligible) known.Findings.RemoveAt(i);
            else known.Findings[i] = finding with { Weight = weight };
        }
        known.ScoredAt = at;
        known.Score = Together(known.Findings);
        if (known.Findings.Count == 0 && !known.IsOpen) _case = null;
    }

    private void Add(in MockFinding finding, Instant at)
    {
        _case ??= new Case { ScoredAt = at };
        List<MockFinding> findings = _case.Findings;
        IMockKind kind = Kinds[finding.Kind];
        int known = 0;
        while (known < findings.Count && findings[known].Kind != finding.Kind) known++;
        if (known == findings.Count)
        {
            findings.Add(finding with { Weight = Math.Min(kind.Most, finding.Weight) });
        }
        else
        {
            MockFinding before = findings[known];
            double weight = Math.Max(before.Weight, Math.Min(kind.Most, before.Weight + finding.Weight));
            findings[known] = finding with { Weight = weight, First = kind.IsOneStory ? before.First : finding.First };
        }
        _case.Score = Together(findings);
    }

    private static double Together(List<MockFinding> findings)
    {
        double none = 1;
        foreach (MockFinding finding in findings) none *= 1 - finding.Weight;
        return 1 - none;
    }

    private static void Open(Case opened, Instant at, in GeoPoint? position, List<TrackEvent> events)
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
        events.Add(new MockSuspected { At = at, ConfirmedAt = at, Position = position, Score = opened.Score, Evidence = evidence });
    }

    private void Close(Case closed, Instant at, in GeoPoint? position, List<TrackEvent> events)
    {
        _case = null;
        events.Add(new MockCleared { At = at, ConfirmedAt = at, Position = position, SuspectedAt = closed.OpenedAt });
    }

    public readonly void Save(SnapshotWriter writer)
    {
        _memory.Save(writer);
        writer.Bool(_case is not null);
        if (_case is null) return;
        writer.Time(_case.ScoredAt);
        writer.Bool(_case.IsOpen);
        if (_case.IsOpen) writer.Time(_case.OpenedAt);
        writer.Byte((byte)_case.Findings.Count);
        foreach (MockFinding finding in _case.Findings) finding.Save(writer);
    }

    public void Load(ref SnapshotReader reader)
    {
        _memory.Load(ref reader);
        if (!reader.Bool()) return;
        _case = new Case { ScoredAt = reader.Time(), IsOpen = reader.Bool() };
        if (_case.IsOpen) _case.OpenedAt = reader.Time();
        int count = reader.Count(Kinds.Length);
        for (int i = 0; i < count; i++) _case.Findings.Add(MockFinding.Load(ref reader, Kinds.Length));
        _case.Score = Together(_case.Findings);
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What the kinds of mock evidence remember between fixes.</summary>
internal struct MockMemory
{
    /// <summary>The newest impossible jump.</summary>
    public MockJump? Jump;

    /// <summary>The newest part of the way; null until the rep first moves.</summary>
    public MockTrail? Trail;

    /// <summary>How many fixes in a row repeated the position before them, to the last bit.</summary>
    public ushort Repeats;

    /// <summary>The first fix of that run.</summary>
    public Instant RepeatsSince;

    /// <summary>How the device's clock stands to ours.</summary>
    public ClockMemory Clock;

    public readonly void Save(SnapshotWriter writer)
    {
        writer.UInt(Repeats);
        if (Repeats > 0) writer.Time(RepeatsSince);
        Clock.Save(writer);
        writer.Byte((byte)((Jump is null ? 0 : 1) | (Trail is null ? 0 : 2)));
        if (Jump is not null)
        {
            writer.Point(Jump.From);
            writer.Time(Jump.FromAt);
            writer.Time(Jump.ToAt);
            writer.Bool(Jump.Stays);
        }
        Trail?.Save(writer);
    }

    public void Load(ref SnapshotReader reader)
    {
        Repeats = (ushort)reader.Count(ushort.MaxValue);
        if (Repeats > 0) RepeatsSince = reader.Time();
        Clock.Load(ref reader);
        int parts = reader.Count(3);
        if ((parts & 1) != 0) Jump = new MockJump(reader.Point(), reader.Time(), reader.Time(), reader.Bool());
        if ((parts & 2) != 0) Trail = MockTrail.Load(ref reader);
    }
}

/// <summary>An impossible jump.</summary>
/// <param name="From">Where it began.</param>
/// <param name="FromAt">The fix before it.</param>
/// <param name="ToAt">The fix after it.</param>
/// <param name="Stays">Whether it is still open if it stays where it jumped to: both fixes were precise and of one unbroken way.</param>
internal sealed record MockJump(GeoPoint From, Instant FromAt, Instant ToAt, bool Stays);

/// <summary>How the device's clock stands to ours: whether it was right before, and a run of fixes that are off by the same.</summary>
internal struct ClockMemory
{
    public byte InTime;
    public byte Run;
    public int OffS;
    public Instant HeardAt;

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte(InTime);
        writer.Byte(Run);
        if (Run == 0) return;
        writer.Int(OffS);
        writer.Time(HeardAt);
    }

    public void Load(ref SnapshotReader reader)
    {
        InTime = reader.Byte();
        Run = reader.Byte();
        if (Run == 0) return;
        OffS = (int)reader.Int();
        HeardAt = reader.Time();
    }
}

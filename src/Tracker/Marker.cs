using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Where the live map shows a rep: the newest accepted or inaccurate fix. Never moves back in time.</summary>
internal struct Marker
{
    public Marker() { }

    public bool Exists { get; private set; }

    public Instant FixedAt { get; private set; }

    public GeoPoint Position { get; private set; }

    public float AccuracyM { get; private set; } = float.NaN;

    public float SpeedMps { get; private set; } = float.NaN;

    public float CourseDeg { get; private set; } = float.NaN;

    public readonly GeoPoint? Point => Exists ? Position : null;

    public void Move(in Fix fix)
    {
        if (Exists && fix.FixedAt < FixedAt) return;
        Exists = true;
        FixedAt = fix.FixedAt;
        Position = fix.Position;
        AccuracyM = fix.AccuracyM;
        SpeedMps = fix.SpeedMps;
        CourseDeg = fix.CourseDeg;
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Bool(Exists);
        if (!Exists) return;
        writer.Time(FixedAt);
        writer.Point(Position);
        writer.Float(AccuracyM);
        writer.Float(SpeedMps);
        writer.Float(CourseDeg);
    }

    public void Load(ref SnapshotReader reader)
    {
        Exists = reader.Bool();
        if (!Exists) return;
        FixedAt = reader.Time();
        Position = reader.Point();
        AccuracyM = reader.Float();
        SpeedMps = reader.Float();
        CourseDeg = reader.Float();
    }
}

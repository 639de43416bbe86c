using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>A vague position that the live map shows because it is newer than the newest accepted fix.</summary>
/// <param name="FixedAt">When.</param>
/// <param name="Position">Where.</param>
/// <param name="AccuracyM">Metres; NaN: unknown.</param>
/// <param name="SpeedMps">Metres per second; NaN: unknown.</param>
/// <param name="CourseDeg">Degrees; NaN: unknown.</param>
internal sealed record Marker(Instant FixedAt, GeoPoint Position, float AccuracyM, float SpeedMps, float CourseDeg)
{
    public static Marker Of(in Fix fix) => new(fix.FixedAt, fix.Position, fix.AccuracyM, fix.SpeedMps, fix.CourseDeg);

    public void Save(SnapshotWriter writer)
    {
        writer.Time(FixedAt);
        writer.Point(Position);
        writer.Float(AccuracyM);
        writer.Float(SpeedMps);
        writer.Float(CourseDeg);
    }

    public static Marker Load(ref SnapshotReader reader) =>
        new(reader.Time(), reader.Point(), reader.Float(), reader.Float(), reader.Float());
}

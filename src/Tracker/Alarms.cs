using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>A person's cry for help: told once, however often the device repeats it.</summary>
internal struct Alarms
{
    /// <summary>Silence about the alarm after which the next one is another.</summary>
    private static readonly TimeSpan EpisodeGap = TimeSpan.FromMinutes(2);

    private bool _raised;
    private Instant _lastAt;

    public void Apply(in Fix fix, List<TrackEvent> events)
    {
        if (fix.Alarm != DeviceAlarm.Sos) return;
        bool late = _raised && fix.FixedAt < _lastAt - EpisodeGap;
        bool repeated = _raised && !late && fix.FixedAt <= _lastAt + EpisodeGap;
        if (!late && (!_raised || fix.FixedAt > _lastAt)) _lastAt = fix.FixedAt;
        _raised = true;
        if (repeated) return;
        events.Add(new SosRaised
        {
            At = fix.FixedAt,
            ConfirmedAt = fix.FixedAt,
            Late = late,
            Position = fix.HasPosition ? fix.Position : null,
        });
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Bool(_raised);
        writer.Time(_lastAt);
    }

    public void Load(ref SnapshotReader reader)
    {
        _raised = reader.Bool();
        _lastAt = reader.Time();
    }
}

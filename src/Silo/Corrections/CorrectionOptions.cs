namespace Tracking.Silo;

/// <summary>When late fixes correct what was told.</summary>
public sealed record CorrectionOptions
{
    /// <summary>How long no further late fix of a rep must have come: 1 s to 1 h.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the first late fix waits at the most: <see cref="Quiet"/> to 1 day.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How old a late fix may be when it comes in to correct alerts, 1 h to 400 days; older ones change the track and its reports only.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often it is looked whether late fixes came: 100 ms to 1 min.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a rep is looked at again while what it does now still rests on what was corrected: 1 min to 30 days.</summary>
    public TimeSpan LongestFollowUp { get; init; } = TimeSpan.FromDays(2);

    internal void Validate()
    {
        SiloOptions.Check("Corrections:Quiet", Quiet.TotalSeconds, 1, 3600, " s");
        SiloOptions.Check("Corrections:LongestWait", LongestWait.TotalSeconds, Quiet.TotalSeconds, 86_400, " s");
        SiloOptions.Check("Corrections:MaxAge", MaxAge.TotalHours, 1, 9600, " h");
        SiloOptions.Check("Corrections:LookInterval", LookInterval.TotalMilliseconds, 100, 60_000, " ms");
        SiloOptions.Check("Corrections:LongestFollowUp", LongestFollowUp.TotalMinutes, 1, 43_200, " min");
    }
}

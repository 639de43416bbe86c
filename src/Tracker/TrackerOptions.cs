namespace Tracking.Tracker;

/// <summary>The parameters of the rules.</summary>
public sealed record TrackerOptions
{
    /// <summary>Defaults.</summary>
    public static readonly TrackerOptions Default = new();
}

namespace Tracking.Server;

/// <summary>What the options foresee and this build lacks.</summary>
internal static class LaterFeature
{
    /// <summary>The complaint that says so.</summary>
    public static Complaint Refuse(string key, string option, string product) =>
        Complaint.Usage($"Tracking:{key} ({option}) is set, but this build has the embedded store only; {product} comes in a later version. "
            + $"Leave {option} out.");
}

using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>
/// Makes a tracker of a rep whose snapshot cannot be read, as after a change of its form: from the newest part of the stored track,
/// and the stays that the alert log knows. What is told on the way was told before, and is left out.
/// </summary>
internal static class RebuiltTracker
{
    private const int PageFixes = 20_000, EnoughFixes = 20;
    private static readonly TimeSpan[] Contexts = [2 * Derivation.Settling, TimeSpan.FromDays(1), RederivedRep.LongestContext];

    /// <summary>The tracker; null: there is no track that is not too old.</summary>
    /// <param name="rep">Whose.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="tracks">The track store.</param>
    /// <param name="readAlerts">See <see cref="AlertLog.ReadPageAsync"/>.</param>
    /// <param name="geofences">All there are.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    public static async Task<RepTracker?> MakeAsync(
        Rep rep, TrackerContext context, ITrackStore tracks, Func<long, int, AlertFilter, CancellationToken, ValueTask<AlertPage>> readAlerts,
        IReadOnlyList<Geofence> geofences, Instant now, CancellationToken cancel)
    {
        List<JudgedFix> fixes = [];
        foreach (TimeSpan length in Contexts)
        {
            fixes = await ReadAsync(tracks, rep.Key, now - length, cancel);
            if (fixes.Count >= EnoughFixes) break;
        }
        if (fixes.Count == 0) return null;
        RepHistory history = await RepHistory.ReadAsync(readAlerts, rep, fixes[0].Fix.FixedAt, cancel);
        var keys = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Geofence fence in geofences) keys[fence.Id] = fence.Key;
        Instant before = fixes[0].Fix.FixedAt - TimeSpan.FromMilliseconds(1);
        var derivation = new Derivation(rep.Key, context, history.LiveStaysAt(before, id => keys.TryGetValue(id, out int key) ? key : null));
        derivation.Apply([.. fixes.Where(static f => f.Outcome != FixOutcome.Late)], []);
        return derivation.Tracker;
    }

    private static async Task<List<JudgedFix>> ReadAsync(ITrackStore tracks, int repKey, Instant from, CancellationToken cancel)
    {
        var fixes = new List<JudgedFix>();
        TrackPosition? after = null;
        do
        {
            TrackPage page = await tracks.ReadTrackAsync(repKey, from, Instant.Max, after, PageFixes, cancel);
            fixes.AddRange(page.Fixes);
            after = page.Next;
        }
        while (after is not null);
        return fixes;
    }
}

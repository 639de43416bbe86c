using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>What the alert log says after its corrections: without alerts that others supersede, and without retractions.</summary>
public static class EffectiveAlerts
{
    /// <summary>
    /// How far the <see cref="Alert.At"/> of a correction may lie from that of what it supersedes. To know what counts in a
    /// period, the alerts of as much time before and behind it must be looked at.
    /// </summary>
    public static readonly TimeSpan MostShift = TimeSpan.FromHours(1);

    private const int PageAlerts = 1000;
    private static readonly string[] VisitKinds = [AlertKind.VisitVerified, AlertKind.VisitTooShort, AlertKind.VisitDoubted];

    /// <summary>The alerts that count among these, in their order.</summary>
    public static List<StoredAlert> Of(IReadOnlyList<StoredAlert> alerts)
    {
        var superseded = new HashSet<string>(StringComparer.Ordinal);
        foreach (StoredAlert stored in alerts)
        {
            if (stored.Alert.Supersedes is { } ids) superseded.UnionWith(ids);
        }
        var effective = new List<StoredAlert>(alerts.Count);
        foreach (StoredAlert stored in alerts)
        {
            if (!stored.Alert.Retracted && !superseded.Contains(stored.Alert.Id)) effective.Add(stored);
        }
        return effective;
    }

    /// <summary>Reads the alerts of a period that count, by <see cref="Alert.At"/>, then by cursor.</summary>
    /// <param name="log">The alert log.</param>
    /// <param name="filter">Which; <see cref="AlertFilter.From"/> and <see cref="AlertFilter.To"/> bound the period.</param>
    /// <param name="limit">At most so many are looked at, the oldest by cursor first.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The log cannot be read.</exception>
    public static async ValueTask<List<StoredAlert>> ReadEffectiveAsync(this AlertLog log, AlertFilter filter, int limit, CancellationToken cancel)
    {
        AlertFilter wide = filter with { From = filter.From - MostShift, To = filter.To + MostShift };
        // One verdict on a visit may take the place of another.
        if (wide.Kinds.Any(VisitKinds.Contains)) wide = wide with { Kinds = [.. wide.Kinds.Union(VisitKinds)] };
        var read = new List<StoredAlert>();
        long after = 0, newest = log.NewestCursor;
        while (after < newest && read.Count < limit)
        {
            AlertPage page = await log.ReadPageAsync(after, Math.Min(PageAlerts, limit - read.Count), wide, cancel);
            read.AddRange(page.Alerts);
            after = page.Next;
        }
        List<StoredAlert> effective = Of(read);
        effective.RemoveAll(stored => !filter.Passes(stored.Alert));
        effective.Sort(static (a, b) => a.Alert.At != b.Alert.At ? a.Alert.At.CompareTo(b.Alert.At) : a.Alert.Cursor.CompareTo(b.Alert.Cursor));
        return effective;
    }
}

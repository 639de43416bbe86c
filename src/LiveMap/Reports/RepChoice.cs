using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Reports;

/// <summary>Which reps a report is about: all that the scope shows, of a group, or named ones.</summary>
internal static class RepChoice
{
    /// <summary>Finds them, ordered by id; false: one that is named does not exist, or the scope hides it.</summary>
    public static bool TryFind(Registry registry, Principal principal, IReadOnlyList<string> ids, string? group, out List<Rep> reps)
    {
        reps = [];
        foreach (string id in ids)
            if (registry.FindRep(id) is not { } rep || !principal.CanSee(rep)) return false;
        var wanted = new HashSet<string>(ids, StringComparer.Ordinal);
        reps = [.. registry.Reps.Where(rep => principal.CanSee(rep) && (wanted.Count == 0 || wanted.Contains(rep.Id)) && (group is null || GroupPath.IsWithin(rep.Group, group)))];
        return true;
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Whom a definition concerns: reps by id, groups with everything below them, or everybody.</summary>
public static class Audience
{
    /// <summary>How closely a definition concerns a rep: 0 for everybody, more the deeper the group, most by name; null: not at all.</summary>
    public static int? Closeness(IReadOnlyList<string> groups, IReadOnlyList<string> reps, Rep rep)
    {
        if (groups.Count == 0 && reps.Count == 0) return 0;
        if (reps.Contains(rep.Id)) return int.MaxValue;
        int? deepest = null;
        foreach (string group in groups)
        {
            if (!GroupPath.IsWithin(rep.Group, group)) continue;
            int depth = group.Length == 0 ? 1 : 2 + group.Count(static c => c == '/');
            if (deepest is null || depth > deepest) deepest = depth;
        }
        return deepest;
    }
}

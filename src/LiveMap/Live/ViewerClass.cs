using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Live;

/// <summary>
/// Viewers who may see, and want to see, the same reps: they share encoded blocks. What a class sees is decided once a
/// rep and kept until the registry changes. Guarded by the feed's lock.
/// </summary>
internal sealed class ViewerClass(Principal principal, string group, Registry registry)
{
    private const byte Yes = 1, No = 2;
    private byte[] _known = [];

    /// <summary>The role and scope that the class stands for, and the group that its viewers asked for (empty: all).</summary>
    public (Role Role, Scope Scope, string Group) Key => (principal.Role, principal.Scope, group);

    /// <summary>How many viewers are of it; at 0 it is dropped.</summary>
    public int Count { get; set; }

    /// <summary>Whether group membership decides what the class sees.</summary>
    public bool DependsOnGroups => group.Length > 0 || principal.Scope.Kind == ScopeKind.Group;

    /// <summary>Whether its viewers are shown a rep.</summary>
    public bool Sees(int key)
    {
        if (key >= _known.Length) Array.Resize(ref _known, Math.Max(key + 1, Math.Max(256, _known.Length * 2)));
        ref byte known = ref _known[key];
        if (known != 0) return known == Yes;
        // A rep that the registry does not know yet is asked for again later.
        if (registry.FindRep(key) is not { } rep) return false;
        known = principal.CanSee(rep) && GroupPath.IsWithin(rep.Group, group) ? Yes : No;
        return known == Yes;
    }

    /// <summary>Forgets every decision, after the registry has changed.</summary>
    public void Forget() => Array.Clear(_known);
}

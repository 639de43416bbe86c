using Tracking.Contracts;

namespace Tracking.LiveMap.Live;

internal sealed partial class LiveFeed
{
    /// <summary>
    /// Finds out what has changed about reps. Somebody who moved to another group may have come into a scope or left it,
    /// so viewers whose view depends on groups start again with a snapshot; the others are told names only.
    /// </summary>
    private void TakeRegistryChanges()
    {
        IReadOnlyList<Rep> before = _knownReps, now = _registry.Reps;
        if (ReferenceEquals(now, before)) return;
        _knownReps = now;
        bool anyMoved = false, anyRemoved = false;
        int i = 0;
        // Both lists are in the order of ids.
        foreach (Rep rep in now)
        {
            for (; i < before.Count && string.CompareOrdinal(before[i].Id, rep.Id) < 0; i++)
            {
                anyRemoved = true;
                foreach (Viewer viewer in _viewers) viewer.Forget(before[i].Key);
            }
            if (i == before.Count || before[i].Id != rep.Id) continue;
            Rep old = before[i++];
            if (ReferenceEquals(old, rep) || (old.Name == rep.Name && old.Group == rep.Group)) continue;
            anyMoved |= old.Group != rep.Group;
            foreach (Viewer viewer in _viewers) TellOfChange(viewer, rep);
        }
        for (; i < before.Count; i++)
        {
            anyRemoved = true;
            foreach (Viewer viewer in _viewers) viewer.Forget(before[i].Key);
        }
        if (anyMoved || anyRemoved) Reconsider(anyRemoved);
    }

    private static void TellOfChange(Viewer viewer, Rep rep)
    {
        if (!viewer.Principal.CanSee(rep)) viewer.Forget(rep.Key);
        else if (viewer.Knows(rep.Key)) viewer.Renamed.Add(rep);
    }

    /// <summary>Decides anew who sees whom.</summary>
    private void Reconsider(bool all)
    {
        foreach (ViewerClass viewers in _classes.Values) viewers.Forget();
        foreach (CellGrid grid in _grids) grid.ForgetSnapshots();
        foreach (Cell cell in _repCells.Values)
            foreach (Watched watched in cell.Watched) watched.Snapshot = null;
        foreach (Viewer viewer in _viewers)
        {
            if (viewer.Class is null || (!all && !viewer.Class.DependsOnGroups)) continue;
            viewer.Pending.Clear();
            viewer.NeedsSnapshot = true;
        }
    }
}

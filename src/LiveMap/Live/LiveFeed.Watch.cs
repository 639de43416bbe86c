using Tracking.Contracts;
using Tracking.Contracts.Api;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Live;

internal sealed partial class LiveFeed
{
    /// <summary>Below this zoom a viewer gets counts.</summary>
    private const double PositionsZoom = 7;

    private const int MaxCells = 400;

    /// <summary>Makes a viewer watch something else from now on; its next frame is a snapshot.</summary>
    /// <returns>What is wrong with the request; null: nothing.</returns>
    public string? Watch(Viewer viewer, WatchRequest? request)
    {
        string? problem;
        lock (_gate)
        {
            if (viewer.IsClosed) return null;
            // What classes of viewers see is decided against the registry that was compared last.
            if (Interlocked.Exchange(ref _registryChanged, 0) == 1) TakeRegistryChanges();
            TakeChanges();
            Release(viewer);
            problem = request switch
            {
                { Rep: { } rep } => WatchRep(viewer, rep),
                { Group: { } group } => WatchGroup(viewer, group.Trim('/')),
                { Bounds: { } bounds, Zoom: { } zoom } => WatchArea(viewer, bounds, zoom),
                _ => "Watch takes {bounds, zoom}, {rep} or {group}.",
            };
            if (problem is null)
            {
                viewer.NeedsSnapshot = true;
                Wake(viewer);
            }
        }
        SendAll();
        return problem;
    }

    /// <summary>Makes a viewer watch nothing.</summary>
    public void Unwatch(Viewer viewer)
    {
        lock (_gate) Release(viewer);
    }

    private string? WatchRep(Viewer viewer, string id)
    {
        if (_registry.FindRep(id) is not { } rep || !viewer.Principal.CanSee(rep)) return "There is no such rep.";
        viewer.RepKey = rep.Key;
        if (!_repCells.TryGetValue(rep.Key, out Cell? cell))
        {
            _repCells.Add(rep.Key, cell = new());
            cell.Members.Add(rep.Key);
        }
        Join(viewer, OpenClass(viewer.Principal, ""), [cell]);
        return null;
    }

    private string? WatchGroup(Viewer viewer, string group)
    {
        if (group.Length is 0 or > 256) return "The group must be a path of 1 to 256 characters.";
        Join(viewer, OpenClass(viewer.Principal, group), [_grids[^1].Open(new MapCell(0, 0, 0))]);
        return null;
    }

    private string? WatchArea(Viewer viewer, IReadOnlyList<double> bounds, double zoom)
    {
        if (zoom is not (>= 0 and <= 24)) return "The zoom must lie between 0 and 24.";
        if (!Viewport.TryRead(bounds, out Viewport viewport)) return "The bounds must be [west, south, east, north] in degrees.";
        ViewerClass viewers = OpenClass(viewer.Principal, "");
        if (zoom < PositionsZoom)
        {
            WatchCounts(viewer, viewers, viewport, (int)zoom);
            return null;
        }
        foreach (CellGrid grid in _grids)
        {
            if (grid.Z > FinestFor(zoom) || MapCell.Covering(viewport, grid.Z, MaxCells) is not { } cells) continue;
            Join(viewer, viewers, [.. cells.Select(grid.Open)]);
            viewer.Area = (grid, cells);
            break;
        }
        return null;
    }

    private void WatchCounts(Viewer viewer, ViewerClass viewers, in Viewport viewport, int zoom)
    {
        List<MapCell>? cells = null;
        int z = zoom;
        while ((cells = MapCell.Covering(viewport, z, MaxCells)) is null) z--;
        CountGrid? grid = _counts.Find(grid => grid.Z == z && ReferenceEquals(grid.Viewers, viewers));
        if (grid is null)
        {
            grid = new(viewers, z);
            grid.Recount(_rows);
            _counts.Add(grid);
        }
        grid.Count++;
        viewers.Count++;
        viewer.Class = viewers;
        viewer.Counts = (grid, cells);
    }

    /// <summary>The finest cells that make sense for a zoom: a screen has some dozens of them.</summary>
    private static int FinestFor(double zoom) => zoom < 10 ? 8 : zoom < 13 ? 11 : 14;

    private ViewerClass OpenClass(Principal principal, string group)
    {
        (Role, Scope, string) key = (principal.Role, principal.Scope, group);
        if (!_classes.TryGetValue(key, out ViewerClass? viewers)) _classes.Add(key, viewers = new(principal, group, _registry));
        return viewers;
    }

    private static void Join(Viewer viewer, ViewerClass viewers, Cell[] cells)
    {
        viewers.Count++;
        viewer.Class = viewers;
        viewer.Cells = [.. cells.Select(cell => cell.WatchedBy(viewers))];
        foreach (Watched watched in viewer.Cells) watched.Count++;
    }

    /// <summary>Leaves everything that a viewer watches and drops what nobody watches any more.</summary>
    private void Release(Viewer viewer)
    {
        foreach (Watched watched in viewer.Cells)
            if (--watched.Count == 0) watched.Cell.Watched.Remove(watched);
        if (viewer.Area is { } area)
            foreach (MapCell cell in area.At) area.Grid.Close(cell);
        if (viewer.RepKey is { } repKey && _repCells.TryGetValue(repKey, out Cell? only) && only.Watched.Count == 0) _repCells.Remove(repKey);
        if (viewer.Counts is { } counts && --counts.Grid.Count == 0) _counts.Remove(counts.Grid);
        if (viewer.Class is { } viewers && --viewers.Count == 0) _classes.Remove(viewers.Key);
        (viewer.Class, viewer.Cells, viewer.Area, viewer.RepKey, viewer.Counts) = (null, [], null, null, null);
        viewer.Pending.Clear();
        viewer.NeedsSnapshot = viewer.HasSkipped = false;
    }
}

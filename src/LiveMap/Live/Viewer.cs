using System.Collections;
using Microsoft.AspNetCore.SignalR;
using Tracking.Contracts;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Live;

/// <summary>One connection to the hub and what it watches. Guarded by the feed's lock, but for the connection.</summary>
internal sealed class Viewer(HubConnectionContext connection, Principal principal)
{
    /// <summary>Frames that may wait for the connection; beyond, it skips to a snapshot.</summary>
    public const int MaxPending = 4;

    private readonly BitArray _knows = new(256);

    public HubConnectionContext Connection => connection;

    public Principal Principal => principal;

    /// <summary>The class whose blocks it shares; null: it watches nothing.</summary>
    public ViewerClass? Class { get; set; }

    /// <summary>What it watches, as positions.</summary>
    public Watched[] Cells { get; set; } = [];

    /// <summary>Where the cells of <see cref="Cells"/> are; empty for one rep or a group.</summary>
    public (CellGrid Grid, IReadOnlyList<MapCell> At)? Area { get; set; }

    /// <summary>The one rep that it watches; null: not one rep.</summary>
    public int? RepKey { get; set; }

    /// <summary>What it watches, as counts; null: positions.</summary>
    public (CountGrid Grid, IReadOnlyList<MapCell> At)? Counts { get; set; }

    /// <summary>Frames that wait, oldest first.</summary>
    public Queue<IReadOnlyList<FrameBlock>> Pending { get; } = new(MaxPending);

    /// <summary>Whether the next frame must hold everything.</summary>
    public bool NeedsSnapshot { get; set; }

    /// <summary>Whether the snapshot is needed because frames were skipped.</summary>
    public bool HasSkipped { get; set; }

    /// <summary>Reps whose name has changed since it was told.</summary>
    public List<Rep> Renamed { get; } = [];

    /// <summary>Keys of reps that it was told of and may no longer see.</summary>
    public List<int> Lost { get; } = [];

    /// <summary>Whether something is being sent: at most one sending a viewer.</summary>
    public bool IsSending { get; set; }

    /// <summary>Whether the connection has ended.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The number of the last frame.</summary>
    public uint Sequence { get; set; }

    /// <summary>Whether it has been told who a key is.</summary>
    public bool Knows(int key) => key < _knows.Length && _knows[key];

    /// <summary>Notes that somebody may no longer be seen; they are told anew when they may again.</summary>
    public void Forget(int key)
    {
        if (!Knows(key)) return;
        _knows[key] = false;
        Lost.Add(key);
    }

    /// <summary>Notes that it is told who a key is; false: it was told before.</summary>
    public bool Learn(int key)
    {
        if (key >= _knows.Length) _knows.Length = Math.Max(key + 1, _knows.Length * 2);
        if (_knows[key]) return false;
        return _knows[key] = true;
    }
}

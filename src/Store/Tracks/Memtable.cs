using System.Runtime.InteropServices;

namespace Tracking.Store.Tracks;

/// <summary>What the log holds and the tables do not yet: fixes and snapshots by rep.</summary>
internal sealed class Memtable
{
    public Dictionary<int, OpenRep> Reps { get; } = [];

    public int FixCount { get; private set; }

    public int LogRows { get; set; }

    public long LogBytes { get; set; }

    /// <summary>The newest log row that belongs to it.</summary>
    public long LastLogRow { get; set; }

    public void AddFixes(int rep, ReadOnlySpan<StoredFix> fixes)
    {
        Of(rep).Fixes.AddRange(fixes);
        FixCount += fixes.Length;
    }

    public void SetState(int rep, ReadOnlySpan<byte> state)
    {
        OpenRep open = Of(rep);
        if (open.State?.Length == state.Length) state.CopyTo(open.State);
        else open.State = state.ToArray();
    }

    private OpenRep Of(int rep)
    {
        ref OpenRep? open = ref CollectionsMarshal.GetValueRefOrAddDefault(Reps, rep, out _);
        return open ??= new OpenRep();
    }
}

/// <summary>A rep's part of a memtable.</summary>
internal sealed class OpenRep
{
    /// <summary>In order of arrival.</summary>
    public List<StoredFix> Fixes { get; } = [];

    /// <summary>The newest snapshot; null: none since.</summary>
    public byte[]? State { get; set; }
}

/// <summary>Decides whether a late fix of one rep and day is known already.</summary>
internal sealed class KnownFixes
{
    private readonly HashSet<(long FixedMs, int Latitude, int Longitude)> _places = [];
    private readonly HashSet<ulong> _hashes = [];

    /// <summary>False when a fix with the same time and position, or the same idempotency key, was added before.</summary>
    public bool TryAdd(in StoredFix stored)
    {
        Contracts.Fix fix = stored.Judged.Fix;
        if (fix.IdempotencyHash != 0 && _hashes.Contains(fix.IdempotencyHash)) return false;
        bool added = _places.Add(fix.HasPosition
            ? (stored.FixedMs, fix.Position.LatitudeE7, fix.Position.LongitudeE7)
            : (stored.FixedMs, int.MinValue, int.MinValue));
        if (added && fix.IdempotencyHash != 0) _hashes.Add(fix.IdempotencyHash);
        return added;
    }
}

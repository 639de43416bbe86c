using System.Runtime.CompilerServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What becomes of the fix that was held as a possible spike.</summary>
internal enum HeldVerdict : byte
{
    /// <summary>Nothing was held, or it stays held.</summary>
    None,
    /// <summary>Accepted, before the new fix.</summary>
    AcceptedBefore,
    /// <summary>Accepted, after the new fix, which was fixed earlier.</summary>
    AcceptedAfter,
    /// <summary>A spike.</summary>
    Spike,
}

/// <summary>
/// Gives every fix its one outcome. A fix that is impossibly far from the newest accepted one is held until the next
/// fix: agreeing with the held one it proves a jump, otherwise the held one was a spike. While nothing comes it stays
/// held, at the most until the signal counts as lost; then it is a spike, so that no fix vanishes.
/// </summary>
/// <remarks>
/// Repeats are recognised among the newest 16 positions and the newest 16 idempotency keys. An exact repeat of something
/// older is late, and the track store, which has the whole track, drops it there.
/// </remarks>
internal struct Admission
{
    private HeldFix? _held;
    private RecentHashes _positions;
    private KeyRing? _keys;

    public readonly bool HasHeld => _held is not null;

    public readonly Instant HeldReceivedAt => _held!.Fix.ReceivedAt;

    /// <summary>Judges a fix; null: it is held.</summary>
    /// <param name="fix">The fix.</param>
    /// <param name="last">The newest accepted fix, if <paramref name="hasLast"/>.</param>
    /// <param name="hasLast">Whether any was accepted.</param>
    /// <param name="options">Parameters.</param>
    /// <param name="held">What becomes of the fix that was held before.</param>
    /// <param name="heldFix">That fix; meaningless with <see cref="HeldVerdict.None"/>.</param>
    public FixOutcome? Judge(in Fix fix, in Fix last, bool hasLast, AdmissionOptions options, out HeldVerdict held, out Fix heldFix)
    {
        held = HeldVerdict.None;
        heldFix = default;
        if (Remember(fix)) return FixOutcome.Duplicate;
        if (fix.FixedAt - fix.ReceivedAt > options.FutureTolerance) return FixOutcome.Future;
        if (hasLast && fix.FixedAt < last.FixedAt) return FixOutcome.Late;
        if (IsInaccurate(fix, options)) return FixOutcome.Inaccurate;
        if (_held is not null) return JudgeAgainstHeld(fix, last, options, out held, out heldFix);
        return AcceptOrHold(fix, last, hasLast, options);
    }

    public static bool IsInaccurate(in Fix fix, AdmissionOptions options) =>
        fix.AccuracyM > options.InaccurateAboveM || (fix.Traits & FixTraits.DeclaredInvalid) != 0;

    /// <summary>Whether nobody moves that fast from one fix to the other, in either order.</summary>
    public static bool IsImpossible(in Fix a, in Fix b, AdmissionOptions options) =>
        ImpliedSpeedMps(a, b, options) > options.ImpossibleSpeedMps;

    public static double ImpliedSpeedMps(in Fix a, in Fix b, AdmissionOptions options)
    {
        long elapsedMs = Math.Max(Math.Abs(b.FixedAt.EpochMs - a.FixedAt.EpochMs), (long)options.ClockGrain.TotalMilliseconds);
        return Geodesy.DistanceM(a.Position, b.Position) * 1000 / elapsedMs;
    }

    /// <summary>Takes the held fix away; the caller has decided about it.</summary>
    public Fix TakeHeld()
    {
        Fix fix = _held!.Fix;
        _held = null;
        return fix;
    }

    private FixOutcome? JudgeAgainstHeld(in Fix fix, in Fix last, AdmissionOptions options, out HeldVerdict held, out Fix heldFix)
    {
        heldFix = _held!.Fix;
        held = HeldVerdict.None;
        bool agrees = !IsImpossible(heldFix, fix, options);
        if (fix.FixedAt >= heldFix.FixedAt)
        {
            held = agrees ? HeldVerdict.AcceptedBefore : HeldVerdict.Spike;
            _held = null;
            return agrees ? FixOutcome.Accepted : AcceptOrHold(fix, last, true, options);
        }
        // It lies between the newest accepted fix and the held one: what it agrees with tells about both.
        if (!agrees) return IsImpossible(last, fix, options) ? FixOutcome.Spike : FixOutcome.Accepted;
        held = HeldVerdict.AcceptedAfter;
        _held = null;
        return FixOutcome.Accepted;
    }

    private FixOutcome? AcceptOrHold(in Fix fix, in Fix last, bool hasLast, AdmissionOptions options)
    {
        if (!hasLast || !IsImpossible(last, fix, options)) return FixOutcome.Accepted;
        _held = new HeldFix(fix);
        return null;
    }

    private bool Remember(in Fix fix)
    {
        ulong position = PositionHash(fix);
        if (_positions.Contains(position)) return true;
        if (fix.IdempotencyHash != 0)
        {
            _keys ??= new KeyRing();
            if (_keys.Hashes.Contains(fix.IdempotencyHash)) return true;
            _keys.Hashes.Add(fix.IdempotencyHash);
        }
        _positions.Add(position);
        return false;
    }

    // Mixing as in SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    private static ulong PositionHash(in Fix fix)
    {
        ulong hash = Mix((ulong)fix.FixedAt.EpochMs + 0x9E3779B97F4A7C15);
        return Mix(hash ^ ((ulong)(uint)fix.Position.LatitudeE7 << 32 | (uint)fix.Position.LongitudeE7)) | 1;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Bool(_held is not null);
        if (_held is not null) writer.Fix(_held.Fix);
        _positions.Save(writer);
        writer.Bool(_keys is not null);
        _keys?.Hashes.Save(writer);
    }

    public void Load(ref SnapshotReader reader)
    {
        if (reader.Bool()) _held = new HeldFix(reader.Fix());
        _positions.Load(ref reader);
        if (!reader.Bool()) return;
        _keys = new KeyRing();
        _keys.Hashes.Load(ref reader);
    }

    private sealed class HeldFix(in Fix fix)
    {
        public readonly Fix Fix = fix;
    }

    private sealed class KeyRing
    {
        public RecentHashes Hashes;
    }
}

/// <summary>The newest 16 of a sequence of hashes; 0 stands for none.</summary>
internal struct RecentHashes
{
    public const int Size = 16;
    private Ring _ring;
    private byte _next;

    [InlineArray(Size)]
    private struct Ring
    {
        private ulong _first;
    }

    public readonly bool Contains(ulong hash) => ((ReadOnlySpan<ulong>)_ring).Contains(hash);

    public void Add(ulong hash)
    {
        _ring[_next] = hash;
        _next = (byte)((_next + 1) % Size);
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.Byte(_next);
        int used = ((ReadOnlySpan<ulong>)_ring).IndexOf(0UL);
        used = used < 0 ? Size : used;
        writer.Byte((byte)used);
        for (int i = 0; i < used; i++) writer.Bits(_ring[i]);
    }

    public void Load(ref SnapshotReader reader)
    {
        _next = (byte)reader.Count(Size - 1);
        int used = reader.Count(Size);
        for (int i = 0; i < used; i++) _ring[i] = reader.Bits();
    }
}

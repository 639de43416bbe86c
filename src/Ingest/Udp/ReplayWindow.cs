namespace Tracking.Ingest.Udp;

/// <summary>
/// The counters that were seen of one device: the highest, and which of the 1,024 below it. Datagrams may overtake each other
/// within that; a counter is taken once.
/// </summary>
internal sealed class ReplayWindow
{
    /// <summary>How far behind the highest counter a datagram may come.</summary>
    public const int Size = 1024;

    private readonly ulong[] _seen = new ulong[Size / 64];
    private ulong _floor;

    /// <summary>The highest counter that was taken.</summary>
    public ulong Highest { get; private set; }

    /// <summary>Starts anew: nothing up to and including a counter is taken.</summary>
    public void RefuseUpTo(ulong counter) => (Highest, _floor) = (counter, counter);

    /// <summary>Whether a counter would be taken.</summary>
    public bool IsNew(ulong counter)
    {
        if (counter > Highest) return true;
        return counter > _floor && Highest - counter < Size && (_seen[Slot(counter)] & Bit(counter)) == 0;
    }

    /// <summary>Whether a counter is known to have been taken since the start: a repetition, not a device that counts too low.</summary>
    public bool WasTaken(ulong counter) =>
        counter <= Highest && counter > _floor && Highest - counter < Size && (_seen[Slot(counter)] & Bit(counter)) != 0;

    /// <summary>Marks a counter as taken; only after <see cref="IsNew"/>, and after the datagram proved authentic.</summary>
    public void Take(ulong counter)
    {
        if (counter > Highest)
        {
            Forget(counter);
            Highest = counter;
        }
        _seen[Slot(counter)] |= Bit(counter);
    }

    // The window is a ring: what the highest counter leaves behind makes room for what it reaches.
    private void Forget(ulong counter)
    {
        if (counter - Highest >= Size)
        {
            Array.Clear(_seen);
            return;
        }
        for (ulong next = Highest + 1; next <= counter; next++) _seen[Slot(next)] &= ~Bit(next);
    }

    private static int Slot(ulong counter) => (int)(counter % Size / 64);

    private static ulong Bit(ulong counter) => 1UL << (int)(counter % 64);
}

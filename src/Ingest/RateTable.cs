using System.Net;
using System.Net.Sockets;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest;

/// <summary>
/// Token buckets by a 64-bit key in a table of fixed size. Two keys that share a slot push each other out and start full
/// again: under a flood of keys the table forgets, it never grows and never refuses somebody for another's sake.
/// </summary>
internal sealed class RateTable(int slots, double perSecond, double atOnce)
{
    private readonly Slot[] _slots = new Slot[slots];
    private readonly Lock[] _locks = [.. Enumerable.Range(0, 64).Select(static _ => new Lock())];

    private struct Slot
    {
        public ulong Key;
        public double Tokens;
        public long AtMs;
    }

    /// <summary>Takes tokens; false: there are not enough, and none is taken.</summary>
    public bool TryTake(ulong key, int tokens, long nowMs)
    {
        int index = (int)(key % (uint)_slots.Length);
        lock (_locks[index & 63])
        {
            ref Slot slot = ref Refilled(index, key, nowMs);
            if (slot.Tokens < tokens) return false;
            slot.Tokens -= tokens;
            return true;
        }
    }

    /// <summary>Whether a token is left, without taking it.</summary>
    public bool HasAny(ulong key, long nowMs)
    {
        int index = (int)(key % (uint)_slots.Length);
        lock (_locks[index & 63]) return _slots[index].Key != key || Refilled(index, key, nowMs).Tokens >= 1;
    }

    /// <summary>The key of an address: all of IPv4, the network part of IPv6, whose hosts can be had by the million.</summary>
    public static ulong KeyOf(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address is null || !address.TryWriteBytes(bytes, out int length)) return 1;
        bool isWide = address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6;
        return Hashing.Of(bytes[..(isWide ? 8 : length)]);
    }

    private ref Slot Refilled(int index, ulong key, long nowMs)
    {
        ref Slot slot = ref _slots[index];
        if (slot.Key != key) slot = new Slot { Key = key, Tokens = atOnce, AtMs = nowMs };
        slot.Tokens = Math.Min(atOnce, slot.Tokens + Math.Max(0, nowMs - slot.AtMs) * perSecond / 1000);
        slot.AtMs = nowMs;
        return ref slot;
    }
}

namespace Tracking.Ingest.Decoding;

/// <summary>64-bit hashes of short keys: FNV-1a, then MurmurHash3's finaliser, which spreads the last bytes over all bits.</summary>
internal static class Hashing
{
    /// <summary>The hash of a key; never 0, which stands for no key.</summary>
    public static ulong Of(ReadOnlySpan<byte> key)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in key) hash = (hash ^ b) * 0x100000001b3;
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        hash ^= hash >> 33;
        hash *= 0xc4ceb9fe1a85ec53;
        hash ^= hash >> 33;
        return hash == 0 ? 1 : hash;
    }
}

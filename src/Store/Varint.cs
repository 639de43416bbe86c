namespace Tracking.Store;

/// <summary>Numbers of variable length: seven bits a byte, the lowest first; signed ones folded so that small ones stay short.</summary>
internal static class Varint
{
    public const int MaxBytes = 10;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    public static int Write(Span<byte> to, ulong value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        to[at] = (byte)value;
        return at + 1;
    }

    /// <exception cref="InvalidDataException">The bytes end inside the number, or it has more than 64 bits.</exception>
    public static ulong Read(ReadOnlySpan<byte> from, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && (uint)at < (uint)from.Length; shift += 7)
        {
            byte b = from[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
        throw new InvalidDataException("A number is cut off.");
    }
}

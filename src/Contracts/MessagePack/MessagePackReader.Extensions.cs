using System.Buffers.Binary;

namespace Tracking.Contracts.MessagePack;

public ref partial struct MessagePackReader
{
    /// <summary>The extension type of timestamps, by the MessagePack specification.</summary>
    public const sbyte TimestampExtension = -1;

    /// <summary>Reads an extension of any type.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="data">A part of the input.</param>
    public bool TryReadExtension(out sbyte type, out ReadOnlySpan<byte> data)
    {
        type = 0;
        data = default;
        byte code = AtEnd ? (byte)0xc1 : _bytes[_position];
        int head = 2;
        uint length;
        if (code is >= 0xd4 and <= 0xd8)
        {
            length = 1u << (code - 0xd4);
        }
        else
        {
            if (code is < 0xc7 or > 0xc9) return false;
            int width = 1 << (code - 0xc7);
            if (!TryPeekLength(width, out length)) return false;
            head += width;
        }
        if (Remaining < head) return false;
        sbyte found = (sbyte)_bytes[_position + head - 1];
        if (!TryTake(head, length, out data)) return false;
        type = found;
        return true;
    }

    /// <summary>Reads a timestamp (extension -1) of any of the three widths.</summary>
    /// <param name="seconds">Seconds since 1970-01-01T00:00:00Z.</param>
    /// <param name="nanoseconds">0 to 999,999,999, to be added.</param>
    public bool TryReadTimestamp(out long seconds, out int nanoseconds)
    {
        int start = _position;
        seconds = 0;
        uint nanos = 0;
        bool read = TryReadExtension(out sbyte type, out ReadOnlySpan<byte> data) && type == TimestampExtension;
        switch (read ? data.Length : 0)
        {
            case 4:
                seconds = BinaryPrimitives.ReadUInt32BigEndian(data);
                break;
            case 8:
                ulong both = BinaryPrimitives.ReadUInt64BigEndian(data);
                seconds = (long)(both & 0x3_ffff_ffff);
                nanos = (uint)(both >> 34);
                break;
            case 12:
                nanos = BinaryPrimitives.ReadUInt32BigEndian(data);
                seconds = BinaryPrimitives.ReadInt64BigEndian(data[4..]);
                break;
            default:
                read = false;
                break;
        }
        read = read && nanos <= 999_999_999;
        nanoseconds = read ? (int)nanos : 0;
        if (!read) (_position, seconds) = (start, 0);
        return read;
    }

    /// <summary>Reads a timestamp (extension -1) that can be written with a four-digit year, cut to the millisecond.</summary>
    public bool TryReadInstant(out Instant instant)
    {
        int start = _position;
        instant = default;
        if (!TryReadTimestamp(out long seconds, out int nanoseconds)) return false;
        if (seconds >= Instant.Min.EpochMs / 1000 && seconds <= Instant.Max.EpochMs / 1000)
        {
            instant = new Instant(seconds * 1000 + nanoseconds / 1_000_000);
            return true;
        }
        _position = start;
        return false;
    }

    /// <summary>
    /// Reads over the next value with all that is in it. False when it is incomplete, holds the unused byte 0xc1, or
    /// nests deeper than allowed.
    /// </summary>
    /// <param name="maxDepth">Containers within containers, at most; 0 allows none.</param>
    public bool TrySkip(int maxDepth = DefaultMaxDepth)
    {
        int start = _position;
        bool skipped = SkipValue(maxDepth);
        if (!skipped) _position = start;
        return skipped;
    }

    private bool SkipValue(int depth)
    {
        switch (Peek())
        {
            case MessagePackType.Nil:
            case MessagePackType.Boolean:
                _position++;
                return true;
            case MessagePackType.Integer:
            case MessagePackType.Float:
                return TryReadDouble(out _);
            case MessagePackType.String:
                return TryReadString(out _);
            case MessagePackType.Binary:
                return TryReadBinary(out _);
            case MessagePackType.Extension:
                return TryReadExtension(out _, out _);
            case MessagePackType.Array:
                return depth > 0 && TryReadArrayHeader(out int elements) && SkipValues(elements, depth - 1);
            case MessagePackType.Map:
                return depth > 0 && TryReadMapHeader(out int pairs) && SkipValues(2L * pairs, depth - 1);
            default:
                return false;
        }
    }

    private bool SkipValues(long count, int depth)
    {
        for (; count > 0; count--)
            if (!SkipValue(depth)) return false;
        return true;
    }
}

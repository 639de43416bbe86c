using System.Buffers.Binary;

namespace Tracking.Contracts.MessagePack;

/// <summary>
/// Reads MessagePack from bytes that nobody vouches for. No method throws: each tells whether the next value was of the
/// asked kind and complete, and leaves the position where it was when it was not. Counts and lengths are checked against
/// the bytes that are left before anybody could allocate by them. Text is handed out as the bytes on the wire.
/// </summary>
/// <param name="bytes">The input; it must outlive the reader and everything read from it.</param>
public ref partial struct MessagePackReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Containers within containers that <see cref="TrySkip(int)"/> follows unless told otherwise.</summary>
    public const int DefaultMaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool AtEnd => _position == _bytes.Length;

    /// <summary>The bytes from a position that was read earlier up to the present one, such as a value that was skipped.</summary>
    /// <param name="start">A former <see cref="Position"/>.</param>
    public readonly ReadOnlySpan<byte> Since(int start) => _bytes[start.._position];

    /// <summary>The kind of the next value; it is not read.</summary>
    public readonly MessagePackType Peek()
    {
        if (AtEnd) return MessagePackType.None;
        byte code = _bytes[_position];
        return code switch
        {
            <= 0x7f or >= 0xe0 or (>= 0xcc and <= 0xd3) => MessagePackType.Integer,
            <= 0x8f or 0xde or 0xdf => MessagePackType.Map,
            <= 0x9f or 0xdc or 0xdd => MessagePackType.Array,
            <= 0xbf or (>= 0xd9 and <= 0xdb) => MessagePackType.String,
            0xc0 => MessagePackType.Nil,
            0xc1 => MessagePackType.None,
            0xc2 or 0xc3 => MessagePackType.Boolean,
            <= 0xc6 => MessagePackType.Binary,
            0xca or 0xcb => MessagePackType.Float,
            _ => MessagePackType.Extension,
        };
    }

    /// <summary>Reads nil.</summary>
    public bool TryReadNil()
    {
        if (AtEnd || _bytes[_position] != 0xc0) return false;
        _position++;
        return true;
    }

    /// <summary>Reads true or false.</summary>
    public bool TryReadBoolean(out bool value)
    {
        value = !AtEnd && _bytes[_position] == 0xc3;
        if (!value && (AtEnd || _bytes[_position] != 0xc2)) return false;
        _position++;
        return true;
    }

    /// <summary>Reads an integer that fits 64 bits with sign.</summary>
    public bool TryReadInt64(out long value)
    {
        if (!TryPeekInteger(out value, out bool beyondInt64, out int size) || beyondInt64)
        {
            value = 0;
            return false;
        }
        _position += size;
        return true;
    }

    /// <summary>Reads an integer that is not negative.</summary>
    public bool TryReadUInt64(out ulong value)
    {
        bool read = TryPeekInteger(out long bits, out bool beyondInt64, out int size) && (beyondInt64 || bits >= 0);
        value = read ? (ulong)bits : 0;
        if (read) _position += size;
        return read;
    }

    /// <summary>Reads an integer that fits 32 bits with sign.</summary>
    public bool TryReadInt32(out int value)
    {
        bool read = TryPeekInteger(out long wide, out bool beyondInt64, out int size) && !beyondInt64 && wide == (int)wide;
        value = read ? (int)wide : 0;
        if (read) _position += size;
        return read;
    }

    /// <summary>Reads a float of either width, or an integer as the nearest float.</summary>
    public bool TryReadDouble(out double value)
    {
        value = 0;
        if (AtEnd) return false;
        ReadOnlySpan<byte> rest = _bytes[(_position + 1)..];
        switch (_bytes[_position])
        {
            case 0xcb when rest.Length >= 8:
                value = BinaryPrimitives.ReadDoubleBigEndian(rest);
                _position += 9;
                return true;
            case 0xca when rest.Length >= 4:
                value = BinaryPrimitives.ReadSingleBigEndian(rest);
                _position += 5;
                return true;
            default:
                if (!TryPeekInteger(out long bits, out bool beyondInt64, out int size)) return false;
                value = beyondInt64 ? (ulong)bits : bits;
                _position += size;
                return true;
        }
    }

    /// <summary>Reads text; its bytes are meant to be UTF-8, which is not checked.</summary>
    /// <param name="utf8">A part of the input.</param>
    public bool TryReadString(out ReadOnlySpan<byte> utf8)
    {
        byte code = AtEnd ? (byte)0xc1 : _bytes[_position];
        if (code is >= 0xa0 and <= 0xbf) return TryTake(1, (uint)(code & 0x1f), out utf8);
        utf8 = default;
        return code is >= 0xd9 and <= 0xdb && TryPeekLength(1 << (code - 0xd9), out uint length)
            && TryTake(1 + (1 << (code - 0xd9)), length, out utf8);
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="value">A part of the input.</param>
    public bool TryReadBinary(out ReadOnlySpan<byte> value)
    {
        byte code = AtEnd ? (byte)0xc1 : _bytes[_position];
        value = default;
        return code is >= 0xc4 and <= 0xc6 && TryPeekLength(1 << (code - 0xc4), out uint length)
            && TryTake(1 + (1 << (code - 0xc4)), length, out value);
    }

    /// <summary>Reads the head of an array. False too when fewer bytes are left than the array has elements.</summary>
    /// <param name="count">How many values follow.</param>
    public bool TryReadArrayHeader(out int count) => TryReadHeader(0x90, 0xdc, 1, out count);

    /// <summary>Reads the head of a map. False too when fewer bytes are left than the map has keys and values.</summary>
    /// <param name="count">How many pairs follow, each a key and a value.</param>
    public bool TryReadMapHeader(out int count) => TryReadHeader(0x80, 0xde, 2, out count);

    private bool TryReadHeader(byte fixedBase, byte wideBase, int valuesEach, out int count)
    {
        count = 0;
        byte code = AtEnd ? (byte)0xc1 : _bytes[_position];
        int head = 1;
        uint found;
        if ((code & 0xf0) == fixedBase)
        {
            found = (uint)(code & 0x0f);
        }
        else
        {
            if (code != wideBase && code != wideBase + 1) return false;
            int width = code == wideBase ? 2 : 4;
            if (!TryPeekLength(width, out found)) return false;
            head += width;
        }
        if ((long)found * valuesEach > Remaining - head) return false;
        count = (int)found;
        _position += head;
        return true;
    }

    private readonly bool TryPeekLength(int width, out uint length)
    {
        length = 0;
        if (Remaining < 1 + width) return false;
        ReadOnlySpan<byte> rest = _bytes[(_position + 1)..];
        length = width switch
        {
            1 => rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest),
            _ => BinaryPrimitives.ReadUInt32BigEndian(rest),
        };
        return true;
    }

    private bool TryTake(int head, uint length, out ReadOnlySpan<byte> value)
    {
        if (length > Remaining - head)
        {
            value = default;
            return false;
        }
        value = _bytes.Slice(_position + head, (int)length);
        _position += head + (int)length;
        return true;
    }

    private readonly bool TryPeekInteger(out long value, out bool beyondInt64, out int size)
    {
        value = 0;
        beyondInt64 = false;
        size = 1;
        if (AtEnd) return false;
        byte code = _bytes[_position];
        if (code is <= 0x7f or >= 0xe0)
        {
            value = (sbyte)code;
            return true;
        }
        if (code is < 0xcc or > 0xd3) return false;
        int width = 1 << ((code - 0xcc) & 3);
        if (Remaining <= width) return false;
        size += width;
        ReadOnlySpan<byte> rest = _bytes.Slice(_position + 1, width);
        value = code switch
        {
            0xcc => rest[0],
            0xcd => BinaryPrimitives.ReadUInt16BigEndian(rest),
            0xce => BinaryPrimitives.ReadUInt32BigEndian(rest),
            0xd0 => (sbyte)rest[0],
            0xd1 => BinaryPrimitives.ReadInt16BigEndian(rest),
            0xd2 => BinaryPrimitives.ReadInt32BigEndian(rest),
            _ => BinaryPrimitives.ReadInt64BigEndian(rest),
        };
        beyondInt64 = code == 0xcf && value < 0;
        return true;
    }
}

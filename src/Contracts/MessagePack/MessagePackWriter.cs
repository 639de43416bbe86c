using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tracking.Contracts.MessagePack;

/// <summary>
/// Writes MessagePack, every value in its smallest form, into a span or a growing buffer. Over a buffer, call
/// <see cref="Flush"/> at the end; over a span, running out of room throws <see cref="InvalidOperationException"/>.
/// Writing allocates nothing.
/// </summary>
public ref struct MessagePackWriter
{
    private readonly IBufferWriter<byte>? _output;
    private Span<byte> _room;
    private int _used;
    private long _flushed;

    /// <summary>Writes into a span.</summary>
    public MessagePackWriter(Span<byte> room) => _room = room;

    /// <summary>Writes into a buffer that grows.</summary>
    public MessagePackWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>How many bytes have been written so far.</summary>
    public readonly long BytesWritten => _flushed + _used;

    /// <summary>Hands what has been written to the buffer; nothing to do over a span.</summary>
    public void Flush()
    {
        if (_output is null || _used == 0) return;
        _output.Advance(_used);
        _flushed += _used;
        _room = default;
        _used = 0;
    }

    /// <summary>Writes nil.</summary>
    public void WriteNil() => WriteByte(0xc0);

    /// <summary>Writes true or false.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)0xc3 : (byte)0xc2);

    /// <summary>Writes an integer in the smallest form that holds it.</summary>
    public void WriteInt64(long value)
    {
        switch (value)
        {
            case >= 0:
                WriteUInt64((ulong)value);
                break;
            case >= -32:
                WriteByte((byte)value);
                break;
            case >= sbyte.MinValue:
                WriteHead(0xd0, (byte)value, 1);
                break;
            case >= short.MinValue:
                WriteHead(0xd1, (ulong)value, 2);
                break;
            case >= int.MinValue:
                WriteHead(0xd2, (ulong)value, 4);
                break;
            default:
                WriteHead(0xd3, (ulong)value, 8);
                break;
        }
    }

    /// <summary>Writes an integer that is not negative in the smallest form that holds it.</summary>
    public void WriteUInt64(ulong value)
    {
        switch (value)
        {
            case <= 0x7f:
                WriteByte((byte)value);
                break;
            case <= byte.MaxValue:
                WriteHead(0xcc, value, 1);
                break;
            case <= ushort.MaxValue:
                WriteHead(0xcd, value, 2);
                break;
            case <= uint.MaxValue:
                WriteHead(0xce, value, 4);
                break;
            default:
                WriteHead(0xcf, value, 8);
                break;
        }
    }

    /// <summary>Writes a float of 32 bits.</summary>
    public void WriteSingle(float value) => WriteHead(0xca, BitConverter.SingleToUInt32Bits(value), 4);

    /// <summary>Writes a float of 64 bits.</summary>
    public void WriteDouble(double value) => WriteHead(0xcb, BitConverter.DoubleToUInt64Bits(value), 8);

    /// <summary>Writes text; a lone surrogate becomes U+FFFD.</summary>
    public void WriteString(ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        WriteStringHeader(length);
        if (length == 0) return;
        Span<byte> room = Room(length);
        _used += Encoding.UTF8.GetBytes(text, room);
    }

    /// <summary>Writes text that is UTF-8 already.</summary>
    public void WriteUtf8(ReadOnlySpan<byte> utf8)
    {
        WriteStringHeader(utf8.Length);
        WriteRaw(utf8);
    }

    /// <summary>Writes the head of a text; that many bytes of UTF-8 must follow through <see cref="WriteRaw"/>.</summary>
    public void WriteStringHeader(int byteCount)
    {
        if (byteCount < 32) WriteByte((byte)(0xa0 | byteCount));
        else WriteLengthHead(0xd9, byteCount);
    }

    /// <summary>Writes bytes.</summary>
    public void WriteBinary(ReadOnlySpan<byte> value)
    {
        WriteBinaryHeader(value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes the head of bytes; that many must follow through <see cref="WriteRaw"/>.</summary>
    public void WriteBinaryHeader(int byteCount) => WriteLengthHead(0xc4, byteCount);

    /// <summary>Writes the head of an array; that many values must follow.</summary>
    public void WriteArrayHeader(int count) => WriteCountHead(0x90, 0xdc, count);

    /// <summary>Writes the head of a map; that many keys, each with its value, must follow.</summary>
    public void WriteMapHeader(int count) => WriteCountHead(0x80, 0xde, count);

    /// <summary>Writes the head of an extension; that many bytes must follow through <see cref="WriteRaw"/>.</summary>
    public void WriteExtensionHeader(sbyte type, int byteCount)
    {
        if (byteCount is 1 or 2 or 4 or 8 or 16)
            WriteByte((byte)(0xd4 + int.Log2(byteCount)));
        else
            WriteLengthHead(0xc7, byteCount);
        WriteByte((byte)type);
    }

    /// <summary>Writes a timestamp (extension -1) in the smallest form that holds it.</summary>
    public void WriteInstant(Instant instant)
    {
        long seconds = Math.DivRem(instant.EpochMs, 1000, out long rest);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + 1000);
        WriteTimestamp(seconds, (int)rest * 1_000_000);
    }

    /// <summary>Writes a timestamp (extension -1) in the smallest form that holds it.</summary>
    /// <param name="seconds">Seconds since 1970-01-01T00:00:00Z.</param>
    /// <param name="nanoseconds">0 to 999,999,999, to be added.</param>
    public void WriteTimestamp(long seconds, int nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)nanoseconds, 999_999_999u, nameof(nanoseconds));
        if (nanoseconds == 0 && seconds is >= 0 and <= uint.MaxValue)
        {
            WriteExtensionHeader(MessagePackReader.TimestampExtension, 4);
            BinaryPrimitives.WriteUInt32BigEndian(Room(4), (uint)seconds);
            _used += 4;
        }
        else if (seconds is >= 0 and < 1L << 34)
        {
            WriteExtensionHeader(MessagePackReader.TimestampExtension, 8);
            BinaryPrimitives.WriteUInt64BigEndian(Room(8), ((ulong)nanoseconds << 34) | (ulong)seconds);
            _used += 8;
        }
        else
        {
            WriteExtensionHeader(MessagePackReader.TimestampExtension, 12);
            Span<byte> room = Room(12);
            BinaryPrimitives.WriteInt32BigEndian(room, nanoseconds);
            BinaryPrimitives.WriteInt64BigEndian(room[4..], seconds);
            _used += 12;
        }
    }

    /// <summary>Writes bytes as they are: the body behind a head, or values that were encoded before.</summary>
    public void WriteRaw(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty) return;
        encoded.CopyTo(Room(encoded.Length));
        _used += encoded.Length;
    }

    private void WriteByte(byte value)
    {
        Room(1)[0] = value;
        _used++;
    }

    private void WriteCountHead(byte fixedBase, byte wideBase, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count <= 15) WriteByte((byte)(fixedBase | count));
        else if (count <= ushort.MaxValue) WriteHead(wideBase, (ulong)count, 2);
        else WriteHead((byte)(wideBase + 1), (ulong)count, 4);
    }

    private void WriteLengthHead(byte firstCode, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length <= byte.MaxValue) WriteHead(firstCode, (ulong)length, 1);
        else if (length <= ushort.MaxValue) WriteHead((byte)(firstCode + 1), (ulong)length, 2);
        else WriteHead((byte)(firstCode + 2), (ulong)length, 4);
    }

    private void WriteHead(byte code, ulong bits, int width)
    {
        Span<byte> room = Room(1 + width);
        room[0] = code;
        switch (width)
        {
            case 1:
                room[1] = (byte)bits;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(room[1..], (ushort)bits);
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(room[1..], (uint)bits);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(room[1..], bits);
                break;
        }
        _used += 1 + width;
    }

    private Span<byte> Room(int size)
    {
        if (_room.Length - _used >= size) return _room[_used..];
        if (_output is null) throw new InvalidOperationException("The span is too small for what is written into it.");
        Flush();
        _room = _output.GetSpan(Math.Max(size, 256));
        return _room;
    }
}

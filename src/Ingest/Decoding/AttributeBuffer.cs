using System.Buffers.Text;
using System.Text.Unicode;

namespace Tracking.Ingest.Decoding;

/// <summary>
/// Collects what a device sent beyond the known fields as one JSON object of a bounded size. A pair that does not fit is
/// left out; smaller ones behind it still find room.
/// </summary>
internal sealed class AttributeBuffer
{
    /// <summary>The largest object, in bytes.</summary>
    public const int MaxBytes = 2048;

    private readonly byte[] _json = new byte[MaxBytes];
    private int _length;

    public bool IsEmpty => _length == 0;

    public void Clear() => _length = 0;

    /// <summary>Adds a pair that is JSON already: <c>"key": value</c>.</summary>
    public void AddRaw(ReadOnlySpan<byte> pair)
    {
        if (pair.Length > MaxBytes - _length - 2) return;
        _json[_length] = _length == 0 ? (byte)'{' : (byte)',';
        pair.CopyTo(_json.AsSpan(_length + 1));
        _length += pair.Length + 1;
    }

    public void AddText(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int start = BeginPair(key);
        End(start, start >= 0 && TryAppendText(value));
    }

    public void AddNumber(ReadOnlySpan<byte> key, double value)
    {
        int start = BeginPair(key);
        if (start < 0) return;
        bool fits = double.IsFinite(value) ? TryAppendNumber(value) : TryAppend("null"u8);
        End(start, fits);
    }

    public void AddBoolean(ReadOnlySpan<byte> key, bool value)
    {
        int start = BeginPair(key);
        End(start, start >= 0 && TryAppend(value ? "true"u8 : "false"u8));
    }

    /// <summary>Begins a pair whose value is appended piece by piece; -1: it does not fit.</summary>
    public int BeginPair(ReadOnlySpan<byte> key)
    {
        int start = _length;
        if (TryAppend(start == 0 ? "{"u8 : ","u8) && TryAppendText(key) && TryAppend(":"u8)) return start;
        _length = start;
        return -1;
    }

    /// <summary>Ends a pair: keeps it, or takes it back when it did not fit.</summary>
    public void End(int start, bool fits)
    {
        if (start >= 0 && !fits) _length = start;
    }

    public bool TryAppend(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes - _length - 1) return false;
        json.CopyTo(_json.AsSpan(_length));
        _length += json.Length;
        return true;
    }

    public bool TryAppendNumber(double value)
    {
        Span<byte> text = stackalloc byte[32];
        return Utf8Formatter.TryFormat(value, text, out int written) && TryAppend(text[..written]);
    }

    public bool TryAppendInteger(long value)
    {
        Span<byte> text = stackalloc byte[24];
        return Utf8Formatter.TryFormat(value, text, out int written) && TryAppend(text[..written]);
    }

    /// <summary>Appends text in quotes, escaped; text that is no UTF-8 is refused.</summary>
    public bool TryAppendText(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes || !Utf8.IsValid(utf8) || !TryAppend("\""u8)) return false;
        while (!utf8.IsEmpty)
        {
            int plain = utf8.IndexOfAny(NeedEscape);
            if (plain < 0) plain = utf8.Length;
            if (!TryAppend(utf8[..plain])) return false;
            utf8 = utf8[plain..];
            if (utf8.IsEmpty) break;
            if (!TryAppendEscaped(utf8[0])) return false;
            utf8 = utf8[1..];
        }
        return TryAppend("\""u8);
    }

    /// <summary>The object; valid until the next <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Close()
    {
        _json[_length] = (byte)'}';
        return _json.AsSpan(0, _length + 1);
    }

    private static readonly System.Buffers.SearchValues<byte> NeedEscape = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(static c => (byte)c), (byte)'"', (byte)'\\']);

    private bool TryAppendEscaped(byte value)
    {
        if (value is (byte)'"' or (byte)'\\') return TryAppend([(byte)'\\', value]);
        ReadOnlySpan<byte> hex = "0123456789abcdef"u8;
        return TryAppend([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', hex[value >> 4], hex[value & 15]]);
    }
}

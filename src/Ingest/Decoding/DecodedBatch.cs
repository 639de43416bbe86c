using System.Text;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Decoding;

/// <summary>What one item of an input turned out to be.</summary>
internal enum DecodedKind : byte
{
    Fix,
    DeviceEvent,
    CheckIn,
    Ignored,
    Unusable,
}

/// <summary>One decoded item; its texts lie in the batch.</summary>
internal struct DecodedItem
{
    /// <summary>The fix with its position as sent: neither converted nor rounded yet, since that takes the device.</summary>
    public Fix Fix;
    public DecodedKind Kind;
    public bool HasCrs;
    public Crs Crs;
    public Flaw Flaw;

    /// <summary>What the item calls its device; empty: nothing.</summary>
    public TextSlice DeviceId;

    /// <summary>The id of the geofence of a check-in; empty: none.</summary>
    public TextSlice Place;

    /// <summary>The attributes as a JSON object, the event or the check-in; empty: none.</summary>
    public TextSlice Payload;

    /// <summary>Where the item lies in the input, for the quarantine.</summary>
    public TextSlice Raw;
}

/// <summary>
/// What a decoder made of an input: items in their order, and a flaw of the whole when it could not be read to its end.
/// Reused from request to request; everything in it lies in two arrays that only grow.
/// </summary>
internal sealed class DecodedBatch
{
    private DecodedItem[] _items = new DecodedItem[16];
    private byte[] _text = new byte[1024];
    private int _textLength;

    public int Count { get; private set; }

    /// <summary>The most items that a decoder may add.</summary>
    public int Limit { get; set; } = 10_000;

    /// <summary>What is wrong with the input as a whole; then nothing of it counts.</summary>
    public Flaw Flaw { get; private set; }

    public bool IsMalformed => Flaw.Kind != FlawKind.None;

    /// <summary>Whether it was handed in as device events rather than fixes.</summary>
    public bool HoldsEvents { get; set; }

    /// <summary>The field that was being read, to name it when the input ends in the middle.</summary>
    public string? Field { get; set; }

    public ref DecodedItem this[int index] => ref _items.AsSpan(0, Count)[index];

    /// <summary>Attributes of the item in the making.</summary>
    public AttributeBuffer Attributes { get; } = new();

    /// <summary>Room for a name or text without its escapes.</summary>
    public byte[] Scratch { get; } = new byte[512];

    /// <summary>The input that is being decoded; only the first <see cref="InputLength"/> bytes count.</summary>
    public byte[] Input { get; private set; } = new byte[1024];

    public int InputLength { get; set; }

    /// <summary>What the input holds of the budget for large bodies.</summary>
    public int HeldBytes { get; set; }

    public ReadOnlySpan<byte> InputSpan => Input.AsSpan(0, InputLength);

    /// <summary>The records that admission makes of the items.</summary>
    public JournalRecord[] Records { get; private set; } = new JournalRecord[16];

    /// <summary>How much memory the arrays hold, about; large ones are not kept in the pool.</summary>
    public long Bytes => Input.Length + _text.Length + ((long)_items.Length + Records.Length) * 200;

    /// <summary>Makes the input array at least so long; what is in it stays.</summary>
    public void GrowInput(int size)
    {
        if (Input.Length >= size) return;
        byte[] larger = new byte[(int)Math.Min(Array.MaxLength, Math.Max(size, Input.Length * 2L))];
        InputSpan.CopyTo(larger);
        Input = larger;
    }

    /// <summary>Makes room for as many records as there are items.</summary>
    public void GrowRecords()
    {
        if (Records.Length < Count) Records = new JournalRecord[_items.Length];
    }

    public void Clear()
    {
        Count = 0;
        _textLength = 0;
        InputLength = 0;
        HoldsEvents = false;
        Flaw = default;
        Field = null;
    }

    /// <summary>Adds an item to be filled; false: the batch is full, and that is its flaw.</summary>
    public bool TryAdd(out int index)
    {
        index = Count;
        if (Count >= Limit)
        {
            Fail(new Flaw { Kind = FlawKind.TooMany, Field = "$", Number = double.NaN });
            return false;
        }
        if (Count == _items.Length) Array.Resize(ref _items, Count * 2);
        _items[Count++] = default;
        return true;
    }

    /// <summary>Gives the whole input up; the first reason stays.</summary>
    public void Fail(in Flaw flaw)
    {
        if (!IsMalformed) Flaw = flaw;
    }

    /// <summary>Takes back what was added behind a mark: a datagram that ends malformed leaves the burst as it was.</summary>
    public void CutTo(int count, TextMark mark)
    {
        Count = count;
        _textLength = mark.Length;
        Flaw = default;
        Field = null;
    }

    public TextMark Mark => new(_textLength);

    public TextSlice Keep(ReadOnlySpan<byte> text)
    {
        Span<byte> room = Reserve(text.Length);
        text.CopyTo(room);
        return Take(text.Length);
    }

    /// <summary>Room at the end of the text buffer, to be taken with <see cref="Take"/>.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_text.Length - _textLength < size) Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + size));
        return _text.AsSpan(_textLength);
    }

    public TextSlice Take(int length)
    {
        var slice = new TextSlice(_textLength, length);
        _textLength += length;
        return slice;
    }

    public ReadOnlySpan<byte> BytesOf(TextSlice slice) => _text.AsSpan(slice.Start, slice.Length);

    public ReadOnlyMemory<byte> MemoryOf(TextSlice slice) => _text.AsMemory(slice.Start, slice.Length);

    public string TextOf(TextSlice slice) => Encoding.UTF8.GetString(BytesOf(slice));
}

/// <summary>A place in a batch's text buffer.</summary>
internal readonly record struct TextMark(int Length);

using Tracking.Contracts.MessagePack;

namespace Tracking.Ingest.Decoding;

/// <summary>Turns MessagePack values that a device sent beyond the known fields into JSON attributes.</summary>
internal static class MessagePackJson
{
    /// <summary>Adds a pair; one that does not fit, or that JSON cannot say (bytes, text that is no UTF-8), is left out.</summary>
    public static void AddPair(AttributeBuffer attributes, ReadOnlySpan<byte> key, MessagePackReader value)
    {
        int start = attributes.BeginPair(key);
        if (start >= 0) attributes.End(start, TryAppend(attributes, ref value, 16));
    }

    private static bool TryAppend(AttributeBuffer attributes, ref MessagePackReader reader, int depth)
    {
        switch (reader.Peek())
        {
            case MessagePackType.Nil when reader.TryReadNil():
                return attributes.TryAppend("null"u8);
            case MessagePackType.Boolean when reader.TryReadBoolean(out bool flag):
                return attributes.TryAppend(flag ? "true"u8 : "false"u8);
            case MessagePackType.Integer when reader.TryReadInt64(out long integer):
                return attributes.TryAppendInteger(integer);
            case MessagePackType.Integer or MessagePackType.Float when reader.TryReadDouble(out double number):
                return double.IsFinite(number) ? attributes.TryAppendNumber(number) : attributes.TryAppend("null"u8);
            case MessagePackType.String when reader.TryReadString(out ReadOnlySpan<byte> text):
                return attributes.TryAppendText(text);
            case MessagePackType.Array when depth > 0 && reader.TryReadArrayHeader(out int count):
                return TryAppendArray(attributes, ref reader, count, depth - 1);
            case MessagePackType.Map when depth > 0 && reader.TryReadMapHeader(out int pairs):
                return TryAppendMap(attributes, ref reader, pairs, depth - 1);
            default:
                return false;
        }
    }

    private static bool TryAppendArray(AttributeBuffer attributes, ref MessagePackReader reader, int count, int depth)
    {
        if (!attributes.TryAppend("["u8)) return false;
        for (int i = 0; i < count; i++)
        {
            if (i > 0 && !attributes.TryAppend(","u8)) return false;
            if (!TryAppend(attributes, ref reader, depth)) return false;
        }
        return attributes.TryAppend("]"u8);
    }

    private static bool TryAppendMap(AttributeBuffer attributes, ref MessagePackReader reader, int pairs, int depth)
    {
        if (!attributes.TryAppend("{"u8)) return false;
        for (int i = 0; i < pairs; i++)
        {
            if (i > 0 && !attributes.TryAppend(","u8)) return false;
            if (!reader.TryReadString(out ReadOnlySpan<byte> key) || !attributes.TryAppendText(key)) return false;
            if (!attributes.TryAppend(":"u8) || !TryAppend(attributes, ref reader, depth)) return false;
        }
        return attributes.TryAppend("}"u8);
    }
}

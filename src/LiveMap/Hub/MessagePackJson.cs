using System.Text.Json;
using Tracking.Contracts.MessagePack;

namespace Tracking.LiveMap.Hub;

/// <summary>
/// Turns MessagePack values into JSON and back, so that both hub protocols share one form of every argument. Whole numbers
/// stay whole; bytes become base64 text, timestamps ISO 8601.
/// </summary>
internal static class MessagePackJson
{
    private const int MaxDepth = 16;

    /// <summary>Writes a JSON value as MessagePack.</summary>
    public static void Write(ref MessagePackWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteMapHeader(value.GetPropertyCount());
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    writer.WriteString(property.Name);
                    Write(ref writer, property.Value);
                }
                break;
            case JsonValueKind.Array:
                writer.WriteArrayHeader(value.GetArrayLength());
                foreach (JsonElement item in value.EnumerateArray()) Write(ref writer, item);
                break;
            case JsonValueKind.String:
                writer.WriteString(value.GetString());
                break;
            case JsonValueKind.Number:
                if (value.TryGetInt64(out long whole)) writer.WriteInt64(whole);
                else if (value.TryGetUInt64(out ulong large)) writer.WriteUInt64(large);
                else writer.WriteDouble(value.GetDouble());
                break;
            case JsonValueKind.True:
            case JsonValueKind.False:
                writer.WriteBoolean(value.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    /// <summary>Reads a MessagePack value as JSON.</summary>
    /// <returns>False: the bytes are no value, or one that JSON cannot hold.</returns>
    public static bool TryRead(ref MessagePackReader reader, Utf8JsonWriter json) => TryRead(ref reader, json, MaxDepth);

    private static bool TryRead(ref MessagePackReader reader, Utf8JsonWriter json, int depth)
    {
        switch (reader.Peek())
        {
            case MessagePackType.Nil:
                json.WriteNullValue();
                return reader.TryReadNil();
            case MessagePackType.Boolean:
                if (!reader.TryReadBoolean(out bool flag)) return false;
                json.WriteBooleanValue(flag);
                return true;
            case MessagePackType.Integer:
                return TryReadWhole(ref reader, json);
            case MessagePackType.Float:
                if (!reader.TryReadDouble(out double number) || !double.IsFinite(number)) return false;
                json.WriteNumberValue(number);
                return true;
            case MessagePackType.String:
                if (!reader.TryReadString(out ReadOnlySpan<byte> utf8) || !System.Text.Unicode.Utf8.IsValid(utf8)) return false;
                json.WriteStringValue(utf8);
                return true;
            case MessagePackType.Binary:
                if (!reader.TryReadBinary(out ReadOnlySpan<byte> bytes)) return false;
                json.WriteBase64StringValue(bytes);
                return true;
            case MessagePackType.Extension:
                if (!reader.TryReadInstant(out Contracts.Instant instant)) return false;
                json.WriteStringValue(instant.ToString());
                return true;
            case MessagePackType.Array when depth > 0:
                return TryReadArray(ref reader, json, depth - 1);
            case MessagePackType.Map when depth > 0:
                return TryReadMap(ref reader, json, depth - 1);
            default:
                return false;
        }
    }

    private static bool TryReadWhole(ref MessagePackReader reader, Utf8JsonWriter json)
    {
        if (reader.TryReadInt64(out long whole)) json.WriteNumberValue(whole);
        else if (reader.TryReadUInt64(out ulong large)) json.WriteNumberValue(large);
        else return false;
        return true;
    }

    private static bool TryReadArray(ref MessagePackReader reader, Utf8JsonWriter json, int depth)
    {
        if (!reader.TryReadArrayHeader(out int count)) return false;
        json.WriteStartArray();
        for (; count > 0; count--)
            if (!TryRead(ref reader, json, depth)) return false;
        json.WriteEndArray();
        return true;
    }

    private static bool TryReadMap(ref MessagePackReader reader, Utf8JsonWriter json, int depth)
    {
        if (!reader.TryReadMapHeader(out int count)) return false;
        json.WriteStartObject();
        for (; count > 0; count--)
        {
            if (!reader.TryReadString(out ReadOnlySpan<byte> name) || !System.Text.Unicode.Utf8.IsValid(name)) return false;
            json.WritePropertyName(name);
            if (!TryRead(ref reader, json, depth)) return false;
        }
        json.WriteEndObject();
        return true;
    }
}

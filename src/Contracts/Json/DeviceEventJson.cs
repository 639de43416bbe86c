using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>
/// The form in which the journal keeps a <see cref="DeviceEvent"/>:
/// <c>{"kind","at","protocol","name"?,"batteryPct"?,"charging"?,"data"?}</c>, <c>at</c> in epoch milliseconds. It does not change:
/// what is written today is read by every later version.
/// </summary>
public static class DeviceEventJson
{
    private static readonly (byte[] Word, DeviceEventKind Kind)[] Words =
        [.. Enum.GetValues<DeviceEventKind>().Select(static k => (Encoding.UTF8.GetBytes(WordOf(k)), k))];

    private static readonly byte[][] Protocols =
        [.. Enum.GetValues<Protocol>().Select(static p => Encoding.UTF8.GetBytes(JsonNamingPolicy.CamelCase.ConvertName(p.ToString())))];

    /// <summary>The word of a kind, camelCase: <c>appStopped</c>.</summary>
    public static string WordOf(DeviceEventKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <summary>The kind with a word; false: there is none.</summary>
    public static bool TryKind(ReadOnlySpan<byte> word, out DeviceEventKind kind)
    {
        foreach ((byte[] known, DeviceEventKind its) in Words)
        {
            if (!word.SequenceEqual(known)) continue;
            kind = its;
            return true;
        }
        kind = DeviceEventKind.Other;
        return false;
    }

    /// <summary>Writes an event as UTF-8. Who told it and when it was received stand beside it in the journal.</summary>
    public static byte[] ToUtf8(in DeviceEvent told)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, WordOf(told.Kind));
            writer.WriteNumber("at"u8, told.At.EpochMs);
            writer.WriteString("protocol"u8, Protocols[(int)told.Protocol]);
            if (told.Name.Length > 0) writer.WriteString("name"u8, told.Name);
            if (float.IsFinite(told.BatteryPct)) writer.WriteNumber("batteryPct"u8, told.BatteryPct);
            if (told.Charging is bool charging) writer.WriteBoolean("charging"u8, charging);
            if (told.Data is { } data)
            {
                writer.WritePropertyName("data"u8);
                writer.WriteRawValue(data, skipInputValidation: true);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an event; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, Instant receivedAt, int deviceKey, out DeviceEvent told)
    {
        told = new DeviceEvent { At = receivedAt, ReceivedAt = receivedAt, DeviceKey = deviceKey };
        bool hasKind = false;
        try
        {
            var reader = new Utf8JsonReader(utf8);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                hasKind |= reader.ValueTextEquals("kind"u8);
                if (!TryReadMember(ref reader, utf8, ref told)) return false;
            }
            return hasKind;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ref DeviceEvent told)
    {
        ReadOnlySpan<byte> name = reader.ValueSpan;
        reader.Read();
        bool isText = reader.TokenType == JsonTokenType.String, isNumber = reader.TokenType == JsonTokenType.Number;
        if (name.SequenceEqual("kind"u8) && isText)
        {
            // A kind of a later version is another event to this one.
            bool isKnown = TryKind(reader.ValueSpan, out DeviceEventKind kind);
            told = told with { Kind = kind, Name = isKnown ? told.Name : reader.GetString()! };
            return true;
        }
        if (name.SequenceEqual("at"u8) && isNumber && reader.TryGetInt64(out long at)) told = told with { At = new Instant(at) };
        else if (name.SequenceEqual("protocol"u8) && isText) told = told with { Protocol = ProtocolOf(reader.ValueSpan) };
        else if (name.SequenceEqual("name"u8) && isText) told = told with { Name = reader.GetString()! };
        else if (name.SequenceEqual("batteryPct"u8) && isNumber && reader.TryGetSingle(out float battery)) told = told with { BatteryPct = battery };
        else if (name.SequenceEqual("charging"u8) && reader.TokenType is JsonTokenType.True or JsonTokenType.False)
            told = told with { Charging = reader.TokenType == JsonTokenType.True };
        else if (name.SequenceEqual("data"u8) && reader.TokenType == JsonTokenType.StartObject)
        {
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            told = told with { Data = utf8[start..(int)reader.BytesConsumed].ToArray() };
        }
        else return reader.TrySkip();
        return true;
    }

    private static Protocol ProtocolOf(ReadOnlySpan<byte> word)
    {
        for (int i = 0; i < Protocols.Length; i++)
            if (word.SequenceEqual(Protocols[i])) return (Protocol)i;
        return Protocol.Json;
    }
}

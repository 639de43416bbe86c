using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>Device events in our own JSON: an object, an array of objects, or one after the other (NDJSON).</summary>
internal static class DeviceEventDecoder
{
    private static readonly JsonReading Reading = ReadAll;

    public static void Decode(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch) => JsonInput.Read(body, context, batch, Reading);

    private static void ReadAll(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        bool any = false;
        while (reader.Read())
        {
            any = true;
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                if (!TryReadEvent(ref reader, context, body, batch)) return;
                continue;
            }
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                batch.Fail(new Flaw { Kind = FlawKind.NotAnEvent, Field = "$", Number = double.NaN });
                return;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                if (!TryReadEvent(ref reader, context, body, batch)) return;
        }
        if (!any) batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = "$", Number = double.NaN, Text = batch.Keep("empty"u8) });
    }

    private static bool TryReadEvent(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = (int)reader.TokenStartIndex;
        var draft = new DeviceEventDraft();
        batch.Attributes.Clear();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadMember(ref reader, body, ref draft, batch);
        }
        else
        {
            draft.Complain(FlawKind.NotAnEvent, "$", default, batch);
            reader.Skip();
        }
        batch.Field = null;
        ref DecodedItem item = ref batch[index];
        item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
        draft.Finish(ref item, context, batch);
        return true;
    }

    private static void ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref DeviceEventDraft draft, DecodedBatch batch)
    {
        int start = (int)reader.TokenStartIndex;
        Field field = Find(JsonInput.Text(ref reader, batch.Scratch));
        batch.Field = Names[(int)field];
        reader.Read();
        if (field == Field.Unknown)
        {
            reader.Skip();
            batch.Attributes.AddRaw(body[start..(int)reader.BytesConsumed]);
            return;
        }
        FieldValue value = JsonInput.Value(ref reader, body, batch.Scratch);
        if (value.Kind == ValueKind.Null) return;
        if (!Set(ref draft, field, value, batch)) draft.Complain(FlawKind.WrongType, Names[(int)field], value.Text, batch);
    }

    private static bool Set(ref DeviceEventDraft draft, Field field, in FieldValue value, DecodedBatch batch)
    {
        switch (field)
        {
            case Field.Kind when value.Kind == ValueKind.Text:
                draft.SetKind(value.Text, batch);
                return true;
            case Field.At:
                draft.HasAt = TryInstant(value, out draft.At);
                return draft.HasAt;
            case Field.BatteryPct when value.Kind == ValueKind.Number:
                draft.BatteryPct = value.Number;
                return true;
            case Field.Charging when value.Kind == ValueKind.Boolean:
                draft.Charging = value.Boolean;
                return true;
            case Field.DeviceId when value.Kind is ValueKind.Text or ValueKind.Number && value.Text.Length <= 128:
                draft.DeviceId = batch.Keep(value.Text);
                return true;
            default:
                return false;
        }
    }

    internal static bool TryInstant(in FieldValue value, out Instant instant)
    {
        instant = default;
        if (value.Kind == ValueKind.Text) return FixDraft.TryReadInstant(value.Text, out instant);
        if (value.Kind != ValueKind.Number || !(value.Number >= Instant.Min.EpochMs && value.Number <= Instant.Max.EpochMs)) return false;
        instant = new Instant((long)Math.Floor(value.Number));
        return true;
    }

    private enum Field : byte
    {
        Unknown,
        Kind,
        At,
        BatteryPct,
        Charging,
        DeviceId,
    }

    private static readonly string[] Names = ["", "kind", "at", "batteryPct", "charging", "deviceId"];

    private static Field Find(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("kind"u8) ? Field.Kind
        : name.SequenceEqual("at"u8) ? Field.At
        : name.SequenceEqual("batteryPct"u8) ? Field.BatteryPct
        : name.SequenceEqual("charging"u8) ? Field.Charging
        : name.SequenceEqual("deviceId"u8) ? Field.DeviceId
        : Field.Unknown;
}

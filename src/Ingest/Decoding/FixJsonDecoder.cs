using System.Text.Json;

namespace Tracking.Ingest.Decoding;

/// <summary>Our own JSON: an object, an array of objects, or one after the other (NDJSON).</summary>
internal static class FixJsonDecoder
{
    private static readonly JsonReading Reading = ReadAll;

    public static void Decode(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch) =>
        JsonInput.Read(body, context, batch, Reading);

    private static void ReadAll(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        bool any = false;
        while (reader.Read())
        {
            any = true;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    if (!TryReadFix(ref reader, context, body, batch)) return;
                    break;
                case JsonTokenType.StartArray:
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                        if (!TryReadFix(ref reader, context, body, batch)) return;
                    break;
                default:
                    batch.Fail(new Flaw { Kind = FlawKind.NotAFix, Field = "$", Number = double.NaN });
                    return;
            }
        }
        if (!any) batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = "$", Number = double.NaN, Text = batch.Keep("empty"u8) });
    }

    private static bool TryReadFix(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = (int)reader.TokenStartIndex;
        var draft = new FixDraft();
        batch.Attributes.Clear();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadFields(ref reader, body, ref draft, batch);
        }
        else
        {
            draft.Complain(FlawKind.NotAFix, "$");
            reader.Skip();
        }
        batch.Field = null;
        ref DecodedItem item = ref batch[index];
        item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
        draft.Finish(ref item, context, batch);
        return true;
    }

    private static void ReadFields(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref FixDraft draft, DecodedBatch batch)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int start = (int)reader.TokenStartIndex;
            FixField field = FixFields.Find(JsonInput.Text(ref reader, batch.Scratch));
            batch.Field = FixFields.NameOf(field);
            reader.Read();
            bool told = false;
            if (field == FixField.Unknown) reader.Skip();
            else told = FixFields.Set(ref draft, field, JsonInput.Value(ref reader, body, batch.Scratch), batch);
            if (!told) batch.Attributes.AddRaw(body[start..(int)reader.BytesConsumed]);
        }
    }
}

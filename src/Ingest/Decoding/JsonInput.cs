using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Tracking.Ingest.Decoding;

/// <summary>Reads a part of a JSON input into a batch.</summary>
internal delegate void JsonReading(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch);

/// <summary>What the JSON decoders share. A malformed body costs one exception inside the parser, however many fixes it holds.</summary>
internal static class JsonInput
{
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 32 };

    /// <summary>Runs a decoder over a body; what the parser refuses becomes the batch's flaw.</summary>
    public static void Read(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch, JsonReading read)
    {
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        if (!Utf8.IsValid(body))
        {
            Fail(batch, "not UTF-8"u8);
            return;
        }
        try
        {
            var reader = new Utf8JsonReader(body, Options);
            read(ref reader, context, body, batch);
        }
        catch (JsonException error)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"line {error.LineNumber + 1}, byte {error.BytePositionInLine}");
            Fail(batch, Encoding.UTF8.GetBytes(place));
        }
        catch (InvalidOperationException)
        {
            Fail(batch, "an escape that is no character"u8);
        }
    }

    /// <summary>Reads the value that the reader stands at, to its end.</summary>
    public static FieldValue Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, Span<byte> scratch)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return default;
            case JsonTokenType.True or JsonTokenType.False:
                return new FieldValue { Kind = ValueKind.Boolean, Boolean = reader.TokenType == JsonTokenType.True };
            case JsonTokenType.Number:
                bool read = reader.TryGetDouble(out double number);
                return new FieldValue { Kind = read ? ValueKind.Number : ValueKind.Other, Number = number, Text = reader.ValueSpan };
            case JsonTokenType.String:
                return new FieldValue { Kind = ValueKind.Text, Text = Text(ref reader, scratch) };
            default:
                return new FieldValue { Kind = ValueKind.Other, Text = Skip(ref reader, body) };
        }
    }

    /// <summary>The text of a name or string without its escapes; an escaped one that is longer than the scratch room stays as it is.</summary>
    public static ReadOnlySpan<byte> Text(ref Utf8JsonReader reader, Span<byte> scratch)
    {
        if (!reader.ValueIsEscaped || reader.ValueSpan.Length > scratch.Length) return reader.ValueSpan;
        return scratch[..reader.CopyString(scratch)];
    }

    /// <summary>Skips the value that the reader stands at and returns its bytes.</summary>
    public static ReadOnlySpan<byte> Skip(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    /// <summary>A number, or text that is one; the apps send both.</summary>
    public static bool TryNumber(ref Utf8JsonReader reader, out double number)
    {
        number = double.NaN;
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetDouble(out number);
        return reader.TokenType == JsonTokenType.String && TryNumber(reader.ValueSpan, out number);
    }

    /// <summary>A decimal number that fills the text.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out double number) =>
        Utf8Parser.TryParse(text, out number, out int used) && used == text.Length && double.IsFinite(number);

    /// <summary>The number of an optional field: negative, absent or no number is unknown.</summary>
    public static double NotNegative(ref Utf8JsonReader reader) =>
        TryNumber(ref reader, out double number) && number >= 0 ? number : double.NaN;

    private static void Fail(DecodedBatch batch, ReadOnlySpan<byte> where)
    {
        string path = batch.Field is null
            ? string.Create(CultureInfo.InvariantCulture, $"$[{Math.Max(0, batch.Count - 1)}]")
            : string.Create(CultureInfo.InvariantCulture, $"$[{Math.Max(0, batch.Count - 1)}].{batch.Field}");
        batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = path, Number = double.NaN, Text = batch.Keep(where) });
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>
/// The JSON form of a <see cref="Shift"/>: <c>{"id","name","groups","reps","timeZone"?,"windows":[{"day","begin","end"}],
/// "exceptions":[{"date","windows":[{"begin","end"}]}],"dutyBy":"schedule"|"checkIn","version"}</c>.
/// </summary>
public static class ShiftJson
{
    /// <summary>Reads a shift.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="id">The id that it has.</param>
    /// <param name="version">The version that it has.</param>
    /// <param name="shift">The shift.</param>
    /// <param name="errors">What is wrong, by field; empty when nothing is.</param>
    public static bool TryRead(ReadOnlyMemory<byte> utf8, string id, long version, [NotNullWhen(true)] out Shift? shift, out IReadOnlyList<FieldError> errors)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            return TryRead(document.RootElement, id, version, out shift, out errors);
        }
        catch (JsonException)
        {
            (shift, errors) = (null, [new FieldError("", "is no JSON")]);
            return false;
        }
    }

    /// <summary>Reads a shift from a document that is open.</summary>
    public static bool TryRead(JsonElement root, string id, long version, [NotNullWhen(true)] out Shift? shift, out IReadOnlyList<FieldError> errors)
    {
        var reader = new GeofenceReader();
        shift = reader.ReadShift(root, id, version);
        errors = reader.Errors.All;
        if (errors.Count > 0) shift = null;
        return shift is not null;
    }

    /// <summary>Writes a shift.</summary>
    public static void Write(Utf8JsonWriter writer, Shift shift)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, shift.Id);
        writer.WriteString("name"u8, shift.Name);
        WriteTexts(writer, "groups", shift.Groups);
        WriteTexts(writer, "reps", shift.Reps);
        if (shift.TimeZone is { } zone) writer.WriteString("timeZone"u8, zone);
        writer.WriteStartArray("windows"u8);
        foreach (WeeklyWindow window in shift.Windows) WriteWindow(writer, window.Day, new DayWindow(window.Begin, window.End));
        writer.WriteEndArray();
        writer.WriteStartArray("exceptions"u8);
        foreach (SpecialDay exception in shift.Exceptions)
        {
            writer.WriteStartObject();
            writer.WriteString("date"u8, exception.Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteStartArray("windows"u8);
            foreach (DayWindow window in exception.Windows) WriteWindow(writer, null, window);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteString("dutyBy"u8, JsonNamingPolicy.CamelCase.ConvertName(shift.Mode.ToString()));
        writer.WriteNumber("version"u8, shift.Version);
        writer.WriteEndObject();
    }

    /// <summary>A shift as UTF-8.</summary>
    public static byte[] ToUtf8(Shift shift)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, shift);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static void WriteWindow(Utf8JsonWriter writer, DayOfWeek? day, DayWindow window)
    {
        writer.WriteStartObject();
        if (day is { } named) writer.WriteString("day"u8, JsonNamingPolicy.CamelCase.ConvertName(named.ToString()));
        writer.WriteString("begin"u8, TextOf(window.Begin));
        writer.WriteString("end"u8, TextOf(window.End));
        writer.WriteEndObject();
    }

    private static string TextOf(TimeOnly time) =>
        time.ToString(time.Second == 0 ? "HH:mm" : "HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
}

using System.Buffers;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>
/// The form in which the journal keeps a <see cref="CheckIn"/>: <c>{"action","at","geofenceKey"?,"note"?}</c>, <c>at</c> in epoch
/// milliseconds. It does not change.
/// </summary>
public static class CheckInJson
{
    private static readonly string[] Actions = [.. Enum.GetValues<CheckInAction>().Select(static a => JsonNamingPolicy.CamelCase.ConvertName(a.ToString()))];

    /// <summary>The word of an action, camelCase: <c>shiftStart</c>.</summary>
    public static string WordOf(CheckInAction action) => Actions[(int)action];

    /// <summary>The action with a word; false: there is none.</summary>
    public static bool TryAction(string? word, out CheckInAction action)
    {
        int index = Array.IndexOf(Actions, word);
        action = index < 0 ? default : (CheckInAction)index;
        return index >= 0;
    }

    /// <summary>Writes a check-in as UTF-8.</summary>
    public static byte[] ToUtf8(in CheckIn checkIn)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("action"u8, WordOf(checkIn.Action));
            writer.WriteNumber("at"u8, checkIn.At.EpochMs);
            if (checkIn.GeofenceKey != 0) writer.WriteNumber("geofenceKey"u8, checkIn.GeofenceKey);
            if (checkIn.Note.Length > 0) writer.WriteString("note"u8, checkIn.Note);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a check-in; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, Instant receivedAt, out CheckIn checkIn)
    {
        checkIn = new CheckIn { ReceivedAt = receivedAt, At = receivedAt };
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            JsonElement root = document.RootElement;
            if (!TryAction(root.GetProperty("action"u8).GetString(), out CheckInAction action)) return false;
            checkIn = checkIn with
            {
                Action = action,
                At = new Instant(root.GetProperty("at"u8).GetInt64()),
                GeofenceKey = root.TryGetProperty("geofenceKey"u8, out JsonElement key) ? key.GetInt32() : 0,
                Note = root.TryGetProperty("note"u8, out JsonElement note) ? note.GetString() ?? "" : "",
            };
            return true;
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}

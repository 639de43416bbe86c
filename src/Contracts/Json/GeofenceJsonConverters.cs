using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracking.Contracts;

/// <summary>Writes a geofence as a GeoJSON feature inside other documents, and reads it.</summary>
public sealed class GeofenceJsonConverter : JsonConverter<Geofence>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">Not fit; names the first field that is wrong.</exception>
    public override Geofence Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return GeofenceJson.TryRead(document.RootElement, out Geofence? geofence, out IReadOnlyList<FieldError> errors)
            ? geofence
            : throw new JsonException($"{errors[0].Field}: {errors[0].Message}: {errors[0].Value}");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Geofence value, JsonSerializerOptions options) => GeofenceJson.Write(writer, value);
}

/// <summary>The JSON form of a <see cref="GeofenceChange"/>, as the journal and the track store keep it: <c>{"key","at","geofence"?}</c>.</summary>
public sealed class GeofenceChangeJsonConverter : JsonConverter<GeofenceChange>
{
    /// <summary>Writes a change as UTF-8.</summary>
    public static byte[] ToUtf8(GeofenceChange change)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, change);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a change; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out GeofenceChange? change)
    {
        try
        {
            change = JsonSerializer.Deserialize(utf8, ContractsJsonContext.Default.GeofenceChange);
        }
        catch (JsonException)
        {
            change = null;
        }
        return change is not null;
    }

    /// <inheritdoc/>
    /// <exception cref="JsonException">Not fit.</exception>
    public override GeofenceChange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("key"u8, out JsonElement keyElement) || keyElement.ValueKind != JsonValueKind.Number
            || !keyElement.TryGetInt32(out int key)
            || !root.TryGetProperty("at"u8, out JsonElement at) || at.ValueKind != JsonValueKind.String || !Instant.TryParse(at.GetString(), out Instant instant))
            throw new JsonException("a geofence change has key and at");
        Geofence? geofence = null;
        if (root.TryGetProperty("geofence"u8, out JsonElement feature)
            && !GeofenceJson.TryRead(feature, out geofence, out IReadOnlyList<FieldError> errors))
            throw new JsonException($"geofence.{errors[0].Field}: {errors[0].Message}");
        return new GeofenceChange(key, geofence is null ? null : geofence with { Key = key }, instant);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, GeofenceChange value, JsonSerializerOptions options) => Write(writer, value);

    private static void Write(Utf8JsonWriter writer, GeofenceChange change)
    {
        writer.WriteStartObject();
        writer.WriteNumber("key"u8, change.Key);
        writer.WriteString("at"u8, change.At.ToString());
        if (change.Geofence is { } geofence)
        {
            writer.WritePropertyName("geofence"u8);
            GeofenceJson.Write(writer, geofence);
        }
        writer.WriteEndObject();
    }
}

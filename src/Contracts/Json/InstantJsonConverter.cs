using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracking.Contracts;

/// <summary>Writes an <see cref="Instant"/> as ISO 8601 UTC with milliseconds; reads ISO 8601 or a number of epoch milliseconds.</summary>
public sealed class InstantJsonConverter : JsonConverter<Instant>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">Neither form, or an instant outside the years 1 to 9999.</exception>
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetInt64(out long epochMs) && new Instant(epochMs).IsRepresentable:
                return new Instant(epochMs);
            case JsonTokenType.String when Instant.TryParse(reader.GetString(), out Instant instant):
                return instant;
            default:
                throw new JsonException("not an instant: ISO 8601 or epoch milliseconds expected");
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options)
    {
        if (value.IsRepresentable) writer.WriteStringValue(value.ToDateTimeOffset().UtcDateTime.ToString(Format, null));
        else writer.WriteNumberValue(value.EpochMs);
    }

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
}

/// <summary>Writes a <see cref="GeoPoint"/> as an object with <c>latitude</c> and <c>longitude</c>, and reads it.</summary>
public sealed class GeoPointJsonConverter : JsonConverter<GeoPoint>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">A coordinate is missing or out of range.</exception>
    public override GeoPoint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("a position is an object");
        double latitude = double.NaN, longitude = double.NaN;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isLatitude = reader.ValueTextEquals("latitude"u8), isLongitude = reader.ValueTextEquals("longitude"u8);
            if (!reader.Read()) break;
            if (isLatitude) latitude = reader.GetDouble();
            else if (isLongitude) longitude = reader.GetDouble();
            else reader.Skip();
        }
        var point = new GeoPoint(latitude, longitude);
        return point.IsValid ? point : throw new JsonException("latitude or longitude is missing or out of range");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, GeoPoint value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("latitude"u8, value.LatitudeDeg);
        writer.WriteNumber("longitude"u8, value.LongitudeDeg);
        writer.WriteEndObject();
    }
}

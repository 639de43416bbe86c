using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;

namespace Tracking.LiveMap.Http;

/// <summary>How answers are written.</summary>
internal static class Json
{
    /// <summary>Text other than ASCII stays readable; answers are never parts of HTML.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers 200 with what a function writes.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = 200, string contentType = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Options)) write(json);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Writes an instant without making a string.</summary>
    public static void WriteInstant(this Utf8JsonWriter json, ReadOnlySpan<byte> name, Instant instant)
    {
        Span<byte> text = stackalloc byte[32];
        json.WriteString(name, text[..Format(instant, text)]);
    }

    /// <summary>Writes a number, or nothing when it is unknown.</summary>
    public static void WriteKnown(this Utf8JsonWriter json, ReadOnlySpan<byte> name, float value)
    {
        if (float.IsFinite(value)) json.WriteNumber(name, value);
    }

    /// <summary>Writes a cursor, or null.</summary>
    public static void WriteNext(this Utf8JsonWriter json, string? next)
    {
        if (next is null) json.WriteNull("next"u8);
        else json.WriteString("next"u8, next);
    }

    /// <summary>Writes latitude and longitude as two properties.</summary>
    public static void WritePoint(this Utf8JsonWriter json, GeoPoint point)
    {
        json.WriteNumber("latitude"u8, Math.Round(point.LatitudeDeg, 7));
        json.WriteNumber("longitude"u8, Math.Round(point.LongitudeDeg, 7));
    }

    /// <summary>The ISO 8601 form in UTF-8; returns its length.</summary>
    public static int Format(Instant instant, Span<byte> text)
    {
        DateTime time = instant.ToDateTimeOffset().UtcDateTime;
        if (time.TryFormat(text, out int written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture)) return written;
        return Encoding.UTF8.GetBytes(instant.ToString(), text);
    }
}

using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Tracking.Contracts;

namespace Tracking.LiveMap.Http;

/// <summary>Problem documents (RFC 9457).</summary>
internal static class Problem
{
    /// <summary>Answers with a problem document; does nothing when the answer has begun.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string detail, IReadOnlyList<FieldError>? errors = null)
    {
        if (context.Response.HasStarted) return;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json.Options))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            if (errors is { Count: > 0 }) WriteErrors(json, errors);
            json.WriteEndObject();
        }
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        response.ContentLength = buffer.WrittenCount;
        if (status == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0)
            response.Headers.WWWAuthenticate = "Bearer";
        if (status is 429 or 503 && response.Headers.RetryAfter.Count == 0) response.Headers.RetryAfter = "1";
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    /// <summary>404 in the same words whether a thing does not exist or the scope hides it.</summary>
    public static Task NotFoundAsync(HttpContext context, string what) => WriteAsync(context, 404, $"There is no such {what}.");

    private static void WriteErrors(Utf8JsonWriter json, IReadOnlyList<FieldError> errors)
    {
        json.WriteStartObject("errors");
        foreach (IGrouping<string, FieldError> field in errors.GroupBy(static e => e.Field, StringComparer.Ordinal))
        {
            json.WriteStartArray(field.Key);
            foreach (FieldError error in field) json.WriteStringValue(error.Value is null ? error.Message : $"{error.Message}, but is '{error.Value}'");
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}

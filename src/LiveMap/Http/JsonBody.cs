using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Tracking.LiveMap.Http;

/// <summary>A JSON body that was read, or answered with a problem.</summary>
internal readonly struct JsonBody
{
    private readonly JsonDocument? _document;

    private JsonBody(JsonDocument? document) => _document = document;

    /// <summary>False: the request has been answered with a problem.</summary>
    public bool Ok => _document is not null;

    /// <summary>The body; the caller disposes it.</summary>
    public JsonDocument Document => _document ?? throw new InvalidOperationException("The body was refused.");

    /// <summary>Reads a body of at most <paramref name="maxBytes"/>, or answers 400, 413 or 415.</summary>
    public static async Task<JsonBody> ReadAsync(HttpContext context, long maxBytes)
    {
        HttpRequest request = context.Request;
        if (!IsJson(request.ContentType))
        {
            await Problem.WriteAsync(context, 415, "The content type must be application/json or application/geo+json.");
            return default;
        }
        if (request.ContentLength > maxBytes)
        {
            await Problem.WriteAsync(context, 413, $"The body is larger than {maxBytes} bytes.");
            return default;
        }
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = maxBytes;
        try
        {
            return new(await JsonDocument.ParseAsync(request.Body, new() { MaxDepth = 32 }, context.RequestAborted));
        }
        catch (JsonException error)
        {
            await Problem.WriteAsync(context, 400, $"The body is no valid JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.");
            return default;
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));
}

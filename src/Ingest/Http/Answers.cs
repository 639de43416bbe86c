using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Http;

/// <summary>What devices are told.</summary>
internal static class Answers
{
    private const string RetryAfterS = "5";

    /// <summary>200 without a body.</summary>
    public static Task Empty(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>200 with a fixed JSON body.</summary>
    public static Task Json(HttpContext context, ReadOnlySpan<byte> json)
    {
        HttpResponse response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        response.BodyWriter.Write(json);
        return Task.CompletedTask;
    }

    /// <summary>200 with what became of each fix of our own form.</summary>
    public static Task PerFix(HttpContext context, DecodedBatch batch)
    {
        int unusable = 0;
        for (int i = 0; i < batch.Count; i++)
            if (batch[i].Kind == DecodedKind.Unusable) unusable++;
        if (unusable == 0)
        {
            Span<byte> text = stackalloc byte[64];
            System.Text.Unicode.Utf8.TryWrite(text, $"{{\"accepted\":{batch.Count},\"unusable\":[]}}", out int length);
            return Json(context, text[..length]);
        }
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteNumber("accepted", batch.Count - unusable);
            json.WriteStartArray("unusable");
            for (int i = 0; i < batch.Count; i++)
            {
                if (batch[i].Kind != DecodedKind.Unusable) continue;
                json.WriteStartObject();
                json.WriteNumber("index", i);
                json.WriteString("reason", batch[i].Flaw.Describe(batch));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Json(context, body.WrittenSpan);
    }

    /// <summary>401; the one 4xx that an app's protocol gets.</summary>
    public static Task Unauthorized(HttpContext context, string scheme)
    {
        context.Response.Headers.WWWAuthenticate = scheme;
        return Problem(context, 401, "Wrong or missing credentials", "The credentials name no device that may send here.");
    }

    /// <summary>503: nothing was taken, come again.</summary>
    public static Task Busy(HttpContext context) => Later(context, 503, "Not stored", "The server cannot store fixes right now. Keep them and send them again.");

    /// <summary>A refusal that passes with time.</summary>
    public static Task Later(HttpContext context, int status, string title, string detail)
    {
        context.Response.Headers.RetryAfter = RetryAfterS;
        return Problem(context, status, title, detail);
    }

    /// <summary>An RFC 9457 problem document.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="title">The kind of problem.</param>
    /// <param name="detail">This problem.</param>
    /// <param name="path">The path of the field at fault; null: none.</param>
    public static Task Problem(HttpContext context, int status, string title, string detail, string? path = null)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            if (path is not null)
            {
                json.WriteStartObject("errors");
                json.WriteStartArray(path);
                json.WriteStringValue(detail);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.WrittenCount;
        response.BodyWriter.Write(body.WrittenSpan);
        return Task.CompletedTask;
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Tracking.LiveMap.Http;

/// <summary>Conditions of a change: the version that something must have.</summary>
internal static class Conditions
{
    /// <summary>Reads If-Match (a version) or If-None-Match: * (0: must not exist); false: neither form.</summary>
    public static bool TryRead(HttpContext context, out long? expected)
    {
        expected = context.Request.Headers.IfNoneMatch == "*" ? 0 : null;
        string match = context.Request.Headers.IfMatch.ToString();
        if (match is "" or "*") return true;
        bool read = EntityTagHeaderValue.TryParse(match, out EntityTagHeaderValue? tag) && tag.Tag.Length > 2;
        read &= long.TryParse(read ? tag!.Tag.AsSpan(1, tag.Tag.Length - 2) : [], NumberStyles.None, CultureInfo.InvariantCulture, out long version);
        expected = version;
        return read;
    }

    /// <summary>Answers that a condition has neither form.</summary>
    public static Task RefuseAsync(HttpContext context) => Problem.WriteAsync(context, 400, "If-Match must be an ETag of this server.",
        [new("If-Match", "must be a version in quotes", context.Request.Headers.IfMatch.ToString())]);
}

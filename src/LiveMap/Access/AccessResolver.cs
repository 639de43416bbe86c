using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Access;

/// <summary>
/// The one place that turns a request into somebody: a bearer token in the header, a token in the query (browsers can
/// set no header on event streams and sockets), or the session cookie. People who sign in will be resolved here too.
/// </summary>
internal sealed class AccessResolver(Registry registry)
{
    /// <summary>Name of the session cookie.</summary>
    public const string CookieName = "tracking";

    private static readonly object PrincipalKey = new();

    /// <summary>Who asks; null: nobody known.</summary>
    public Principal? Resolve(HttpContext context)
    {
        if (context.Items.TryGetValue(PrincipalKey, out object? known)) return (Principal?)known;
        Principal? principal = ReadToken(context.Request) is { Length: > 0 and <= 512 } token ? registry.Authenticate(token) : null;
        context.Items[PrincipalKey] = principal;
        return principal;
    }

    /// <summary>Who asks, after a look whether another process has let them in this very moment.</summary>
    public async Task<Principal?> ResolveAgainAsync(HttpContext context)
    {
        // Without a token there is nothing to look for.
        if (Resolve(context) is not null || string.IsNullOrEmpty(ReadToken(context.Request))) return Resolve(context);
        await registry.HasChangedAsync(registry.Version);
        context.Items.Remove(PrincipalKey);
        return Resolve(context);
    }

    /// <summary>Who a token stands for; null: nobody.</summary>
    public Principal? Resolve(string token) => token.Length is > 0 and <= 512 ? registry.Authenticate(token) : null;

    /// <summary>The token that a request carries; a header that is there decides alone.</summary>
    private static string? ReadToken(HttpRequest request)
    {
        if (request.Headers.TryGetValue(HeaderNames.Authorization, out Microsoft.Extensions.Primitives.StringValues header))
        {
            string value = header.ToString();
            return value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : null;
        }
        if (AllowsQuery(request.Path) && request.Query.TryGetValue("access_token", out Microsoft.Extensions.Primitives.StringValues query))
            return query.ToString();
        return request.Cookies[CookieName];
    }

    private static bool AllowsQuery(PathString path) =>
        path.StartsWithSegments("/hub", StringComparison.Ordinal) || path == "/v1/alerts/stream";
}

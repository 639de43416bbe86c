using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Http;

namespace Tracking.LiveMap.Access;

/// <summary>Signing a browser in and out, and who one is.</summary>
internal static class SessionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, AccessResolver access)
    {
        routes.MapGet("/signin", (RequestDelegate)(context => SignInByLinkAsync(context, access)));
        routes.MapPost("/v1/session", (RequestDelegate)(context => SignInAsync(context, access)));
        routes.MapDelete("/v1/session", (RequestDelegate)SignOutAsync);
        routes.MapGet("/v1/me", Guard.For(Need.Read, MeAsync));
    }

    private static Task SignInByLinkAsync(HttpContext context, AccessResolver access)
    {
        string token = context.Request.Query["token"].ToString();
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        if (access.Resolve(token) is null) return Problem.WriteAsync(context, 401, "The sign-in link is not valid.");
        SetCookie(context, token);
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }

    private static async Task SignInAsync(HttpContext context, AccessResolver access)
    {
        JsonBody body = await JsonBody.ReadAsync(context, 4096);
        if (!body.Ok) return;
        using JsonDocument document = body.Document;
        string? token = document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("token", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (token is null)
        {
            await Problem.WriteAsync(context, 422, "The token is missing.", [new("token", "must be a text")]);
        }
        else if (access.Resolve(token) is not { } principal)
        {
            await Problem.WriteAsync(context, 401, "The token is not valid.");
        }
        else
        {
            SetCookie(context, token);
            await Json.WriteAsync(context, json => WriteMe(json, principal));
        }
    }

    private static Task SignOutAsync(HttpContext context)
    {
        context.Response.Cookies.Delete(AccessResolver.CookieName, Cookie(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task MeAsync(HttpContext context, Principal principal) => Json.WriteAsync(context, json => WriteMe(json, principal));

    private static void WriteMe(Utf8JsonWriter json, Principal principal)
    {
        json.WriteStartObject();
        json.WriteString("name", principal.Name);
        json.WriteString("role", JsonNamingPolicy.CamelCase.ConvertName(principal.Role.ToString()));
        json.WriteString("scope", principal.Scope.ToString());
        json.WriteBoolean("canEdit", principal.CanEdit);
        json.WriteEndObject();
    }

    private static void SetCookie(HttpContext context, string token) =>
        context.Response.Cookies.Append(AccessResolver.CookieName, token, Cookie(context));

    private static CookieOptions Cookie(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        MaxAge = TimeSpan.FromDays(30),
        IsEssential = true,
    };
}

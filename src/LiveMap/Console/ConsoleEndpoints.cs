using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.FileProviders;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;

namespace Tracking.LiveMap.Console;

/// <summary>The dispatcher's console: its page, its files and what it has to know about this server.</summary>
internal sealed class ConsoleEndpoints(LiveMapOptions options, AccessResolver access)
{
    /// <summary>Hashed names never mean something else; others are asked for again.</summary>
    private const string Immutable = "public, max-age=31536000, immutable";

    private static readonly string Version =
        typeof(ConsoleEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private readonly string _policy = PolicyFor(options);

    public void Map(WebApplication app)
    {
        app.MapGet("/v1/config", (RequestDelegate)ConfigAsync);
        app.MapGet("/", (RequestDelegate)(context => PageAsync(context, app.Environment.WebRootFileProvider))).WithOrder(int.MaxValue);
        string manifest = Path.Combine(AppContext.BaseDirectory, app.Environment.ApplicationName + ".staticwebassets.endpoints.json");
        if (!File.Exists(manifest)) return;
        // After a plain build ASP.NET would watch the files for changes, and that way of serving ignores ranges: the basemap needs them.
        app.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        app.MapStaticAssets(manifest).Add(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                SetHeaders(context);
                if (context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal))
                {
                    context.Response.OnStarting(static state =>
                    {
                        var response = (HttpResponse)state;
                        if (response.StatusCode < 400) response.Headers.CacheControl = Immutable;
                        return Task.CompletedTask;
                    }, context.Response);
                }
                return inner(context);
            };
        });
    }

    /// <summary>The content security policy: this server only, and the hosts of configured basemaps.</summary>
    internal static string PolicyFor(LiveMapOptions options)
    {
        string hosts = string.Concat(options.Basemaps.Select(static source => source.Origin).OfType<string>()
            .Distinct(StringComparer.Ordinal).Select(static origin => " " + origin));
        return new StringBuilder("default-src 'self'; img-src 'self' data: blob:").Append(hosts)
            .Append("; connect-src 'self'").Append(hosts)
            .Append("; worker-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'")
            .Append("; form-action 'self'; frame-ancestors 'none'")
            .ToString();
    }

    private async Task PageAsync(HttpContext context, IFileProvider files)
    {
        IFileInfo page = files.GetFileInfo("index.html");
        if (!page.Exists)
        {
            await Problem.WriteAsync(context, 404, "The console is not part of this build.");
            return;
        }
        SetHeaders(context);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.SendFileAsync(page, context.RequestAborted);
    }

    private void SetHeaders(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = _policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }

    /// <summary>Also for those who have not signed in yet; basemaps, whose addresses may hold keys, are for readers only.</summary>
    private Task ConfigAsync(HttpContext context)
    {
        bool isReader = access.Resolve(context) is { Role: not Role.Gateway };
        return Json.WriteAsync(context, json => WriteConfig(json, isReader));
    }

    private void WriteConfig(Utf8JsonWriter json, bool isReader)
    {
        json.WriteStartObject();
        json.WriteString("version", Version);
        json.WriteString("language", options.Language);
        json.WriteStartArray("basemaps");
        foreach (BasemapSource source in isReader ? options.Basemaps : [])
        {
            json.WriteStartObject();
            json.WriteString("name", source.Name);
            json.WriteString("kind", source.Kind);
            json.WriteString("url", source.Url);
            json.WriteString("attribution", source.Attribution);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (options.InitialView is { } view)
        {
            json.WriteStartObject("initialView");
            json.WriteNumber("latitude", view.Latitude);
            json.WriteNumber("longitude", view.Longitude);
            json.WriteNumber("zoom", view.Zoom);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("initialView");
        }
        json.WriteEndObject();
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;

namespace Tracking.LiveMap.Tests;

public partial class DocumentTests
{
    /// <summary>Mapped by other parts of the server.</summary>
    private static readonly string[] Elsewhere = ["POST /v1/fixes", "POST /v1/device-events", "POST /v1/check-ins"];

    [Fact]
    public async Task The_openapi_document_describes_exactly_the_routes_that_are_mapped()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        JsonElement document = await server.Client(null).GetJsonAsync("/openapi.json");
        string[] described = [.. document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")).Except(Elsewhere).Order()];
        string[] mapped = [.. server.Routes.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText is { } text && (text.StartsWith("/v1", StringComparison.Ordinal) || text is "/healthz" or "/readyz" or "/metrics"))
            .SelectMany(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText}")).Order()];
        Assert.Equal(mapped, described);
    }

    [Fact]
    public async Task Every_reference_in_the_openapi_document_leads_somewhere()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        JsonElement document = await server.Client(null).GetJsonAsync("/openapi.json");
        foreach (Match match in Reference().Matches(document.GetRawText()))
        {
            JsonElement at = document;
            foreach (string part in match.Groups[1].Value.Split('/')) Assert.True(at.TryGetProperty(part, out at), match.Value);
        }
    }

    [Fact]
    public void The_console_may_load_from_configured_hosts_and_from_nowhere_else()
    {
        var options = new LiveMapOptions { Basemaps = [new("Town", "xyz", "https://{s}.tiles.example:8443/{z}/{x}/{y}.png", "©"), new("Own", "pmtiles", "/town.pmtiles", "")] };
        Assert.Null(options.Validate());
        string policy = LiveMap.Console.ConsoleEndpoints.PolicyFor(options);
        Assert.Contains("connect-src 'self' https://*.tiles.example:8443;", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.NotNull((options with { Basemaps = [new("Bad", "xyz", "javascript:alert(1)", "")] }).Validate());
        Assert.NotNull((options with { Tick = TimeSpan.Zero }).Validate());
    }

    [GeneratedRegex("\"#/([^\"]+)\"")]
    private static partial Regex Reference();
}

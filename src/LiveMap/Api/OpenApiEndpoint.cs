using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tracking.LiveMap.Api;

/// <summary>The machine-readable description of the API, kept by hand beside the code; a test compares it with the routes.</summary>
internal static class OpenApiEndpoint
{
    private static readonly byte[] Document = Read();

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/openapi.json", (RequestDelegate)(static context =>
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Document.Length;
        return context.Response.Body.WriteAsync(Document, context.RequestAborted).AsTask();
    }));

    private static byte[] Read()
    {
        using Stream stream = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

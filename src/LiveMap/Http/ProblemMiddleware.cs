using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tracking.Store;

namespace Tracking.LiveMap.Http;

/// <summary>Turns what goes wrong below it into problem documents, and gives answers without a body theirs.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException error)
        {
            await Problem.WriteAsync(context, error.StatusCode, error.StatusCode == 413 ? "The body is too large." : "The request is malformed.");
        }
        catch (JsonException error)
        {
            await Problem.WriteAsync(context, 400, $"The body is no valid JSON (line {error.LineNumber + 1}).");
        }
        catch (Reports.TooMuchException much)
        {
            await Problem.WriteAsync(context, 422, much.Message);
        }
        catch (StoreUnavailableException)
        {
            await Problem.WriteAsync(context, 503, "The store cannot be used now.");
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            LogFailed(context.Request.Method, context.Request.Path, error);
            await Problem.WriteAsync(context, 500, "Something went wrong on the server.");
        }
        if (IsBare(context)) await Problem.WriteAsync(context, context.Response.StatusCode, Explain(context));
    }

    private static bool IsBare(HttpContext context) =>
        context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null };

    private static string Explain(HttpContext context) => context.Response.StatusCode switch
    {
        404 => "There is nothing at this address.",
        405 => $"{context.Request.Method} is not possible here.",
        413 => "The body is too large.",
        415 => "The body's content type is not understood.",
        _ => "The request was refused.",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(string method, PathString path, Exception error);
}

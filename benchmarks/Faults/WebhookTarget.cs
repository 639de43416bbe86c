using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tracking.Faults;

/// <summary>A webhook's target that does what it is told to do wrong.</summary>
internal sealed class WebhookTarget : IAsyncDisposable
{
    /// <summary>The secret of the webhook.</summary>
    public const string Secret = "of the mixed run";

    private readonly WebApplication _app;
    private readonly Inbox _inbox;
    private readonly Gate _answers = new();
    private FaultKind? _fault;

    private WebhookTarget(WebApplication app, Inbox inbox)
    {
        (_app, _inbox) = (app, inbox);
        app.MapPost("/", (RequestDelegate)TakeAsync);
    }

    /// <summary>Requests with a signature that is not right.</summary>
    public int Forged { get; private set; }

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First() + "/";

    public static async Task<WebhookTarget> StartAsync(Inbox inbox)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var target = new WebhookTarget(builder.Build(), inbox);
        await target._app.StartAsync();
        return target;
    }

    /// <summary>Goes wrong.</summary>
    public void Begin(FaultKind fault)
    {
        if (fault == FaultKind.WebhookHangs) _answers.Close();
        _fault = fault;
    }

    /// <summary>Is well again.</summary>
    public void End()
    {
        _fault = null;
        _answers.Open();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (_fault == FaultKind.WebhookFails)
        {
            context.Response.StatusCode = 500;
            return;
        }
        // Half of the time it hangs or breaks off after its work: the same alerts come again.
        bool works = _fault is null || body.Length % 2 == 0;
        if (works) Work(context.Request.Headers["X-Tracking-Signature"].ToString(), body.GetBuffer().AsSpan(0, (int)body.Length));
        if (_fault == FaultKind.WebhookResets)
        {
            context.Abort();
            return;
        }
        if (_fault == FaultKind.WebhookHangs)
        {
            await _answers.PassAsync();
            context.Abort();
            return;
        }
        context.Response.StatusCode = 204;
    }

    private void Work(string signature, ReadOnlySpan<byte> body)
    {
        lock (_inbox)
        {
            _inbox.Connections++;
            if (!IsGenuine(signature, body)) Forged++;
            JsonElement events = JsonElement.Parse(body);
            foreach (JsonElement told in events.ValueKind == JsonValueKind.Array ? [.. events.EnumerateArray()] : (JsonElement[])[events])
                _inbox.Take(told.GetProperty("data"));
        }
    }

    private static bool IsGenuine(string signature, ReadOnlySpan<byte> body)
    {
        string[] parts = signature.Split(',');
        if (parts.Length != 2 || !parts[0].StartsWith("t=", StringComparison.Ordinal)) return false;
        byte[] signed = [.. Encoding.ASCII.GetBytes(parts[0][2..] + "."), .. body];
        return parts[1] == "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed));
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

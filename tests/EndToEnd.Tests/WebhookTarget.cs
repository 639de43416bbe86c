using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>A subscriber that is not quite well: now and then it fails, or breaks the connection after it has done its work.</summary>
public sealed class WebhookTarget : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<string> _received = [];
    private readonly string _address;
    private int _requests;

    public WebhookTarget()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        }
        _listener.Prefixes.Add(_address);
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>The JSON of every alert that it worked on, in order, repeats included.</summary>
    public string[] Received
    {
        get
        {
            lock (_received) return [.. _received];
        }
    }

    public async Task SubscribeAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/webhooks", new { url = _address, secret = "of the test" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true) await AnswerAsync(await _listener.GetContextAsync());
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            JsonElement body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.InputStream);
            int turn = ++_requests;
            if (turn % 7 == 3)
            {
                context.Response.StatusCode = 503;
            }
            else
            {
                JsonElement[] events = body.ValueKind == JsonValueKind.Array ? [.. body.EnumerateArray()] : [body];
                lock (_received) _received.AddRange(events.Select(e => e.GetProperty("data").GetRawText()));
                if (turn % 5 == 2)
                {
                    context.Response.Abort();
                    return;
                }
                context.Response.StatusCode = 204;
            }
            context.Response.Close();
        }
        catch (Exception killed) when (killed is HttpListenerException or IOException or JsonException)
        {
            // The server was killed in the middle of a request.
        }
    }

    public void Dispose() => _listener.Close();
}

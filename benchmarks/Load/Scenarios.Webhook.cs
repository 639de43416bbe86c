using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Load;

internal static partial class Scenarios
{
    private const int AlertsBehind = 1_000_000;

    /// <summary>A webhook's target was away for a million alerts and is back: how fast the webhook catches up.</summary>
    private static async Task WebhookAsync(string program, TimeSpan duration)
    {
        using var server = new ServerUnderTest(program);
        await File.WriteAllTextAsync(Path.Combine(server.Data, "appsettings.json"), """{"Tracking": {"Webhooks": {"AllowPrivateTargets": true, "BackOffMost": "00:00:01"} } }""");
        int port = FreePort();
        server.Start();
        using (var client = new HttpClient { BaseAddress = new Uri($"http://{server.Http}") })
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", Token(server));
            (await client.PostAsJsonAsync("/v1/webhooks", new { url = $"http://127.0.0.1:{port}/", secret = "of the measurement" })).EnsureSuccessStatusCode();
            // Until its cursor is noted: before that it would begin behind what is added now.
            await Task.Delay(TimeSpan.FromSeconds(2));
        }
        server.Kill();
        await FillLogAsync(server.Data);

        using var target = new HttpListener();
        target.Prefixes.Add($"http://127.0.0.1:{port}/");
        target.Start();
        server.Start();
        (long alerts, int requests, double seconds) = await TakeAsync(target);
        Console.WriteLine(Invariant(
            $"webhook {AlertsBehind:N0} alerts behind: {alerts:N0} delivered in {requests:N0} requests and {seconds:0.0} s: {alerts / seconds:N0} a second, {server.Cpu.TotalMicroseconds / alerts:0.0} µs of the server's processor each, its start included"));
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task FillLogAsync(string data)
    {
        await using AlertLog log = AlertLog.Open(Path.Combine(data, "alerts.db"), new AlertLogOptions(), new Metrics(), TimeProvider.System);
        var began = new Instant(1_763_800_000_000);
        for (int first = 0; first < AlertsBehind; first += 1000)
        {
            await log.AppendAsync([.. Enumerable.Range(first, 1000).Select(n => new Alert
            {
                Id = n.ToString("x32", System.Globalization.CultureInfo.InvariantCulture),
                Kind = n % 2 == 0 ? AlertKind.GeofenceEntered : AlertKind.GeofenceExited,
                Severity = "info",
                RepId = $"rep-{n % 1000}",
                At = began + TimeSpan.FromSeconds(n / 10),
                ConfirmedAt = began + TimeSpan.FromSeconds((n / 10) + 5),
                GeofenceId = $"customer-{n % 777}",
                Position = new AlertPosition(48.2 + (n % 100 * 1e-4), 16.37),
                Text = new LocalText($"Anna {n % 1000} is at customer {n % 777}", $"Anna {n % 1000} 在客户 {n % 777}"),
            })], CancellationToken.None);
        }
    }

    /// <summary>Takes alerts until all have come; what they were, counted by their envelopes.</summary>
    private static async Task<(long Alerts, int Requests, double Seconds)> TakeAsync(HttpListener target)
    {
        long alerts = 0, began = 0;
        int requests = 0;
        var body = new MemoryStream();
        while (alerts < AlertsBehind)
        {
            HttpListenerContext context = await target.GetContextAsync();
            if (began == 0) began = Stopwatch.GetTimestamp();
            body.SetLength(0);
            await context.Request.InputStream.CopyToAsync(body);
            alerts += body.GetBuffer().AsSpan(0, (int)body.Length).Count("\"specversion\""u8);
            requests++;
            context.Response.StatusCode = 204;
            context.Response.Close();
        }
        return (alerts, requests, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}

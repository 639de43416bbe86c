using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tracking.Server.Tests;

/// <summary>One fix through every step, as a receiver of OpenTelemetry's protocol sees it.</summary>
public sealed class TraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736", Asking = $"00-{TraceId}-00f067aa0ba902b7-01", NotAsking = $"00-{TraceId}-00f067aa0ba902b7-00";

    [Fact]
    public async Task A_fix_that_is_asked_for_is_followed_to_its_alert_and_its_subscriber()
    {
        using var folder = new TemporaryFolder();
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "appsettings.json"), $$"""{"Tracking": {"Otlp": "{{receiver.Address}}", "AutoEnrol": true} }""", TestContext.Current.CancellationToken);
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path);
        var token = await TrackingProgram.RunAsync("token", "create", "--data", folder.Path, "--role", "admin", "--name", "t");
        using var http = new HttpClient { BaseAddress = server.Http };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token.Output);
        var fence = new { type = "Feature", geometry = new { type = "Point", coordinates = new[] { 16.4, 48.2 } }, properties = new { id = "depot", name = "Depot", radiusM = 200 } };
        (await http.PostAsJsonAsync("/v1/geofences", fence, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        using var lines = new StreamReader(await http.GetStreamAsync(new Uri("/v1/alerts/stream", UriKind.Relative), TestContext.Current.CancellationToken));

        for (int second = 0; second < 10; second++) await SendAsync(server, second, NotAsking);
        for (int second = 90; second < 110; second++) await SendAsync(server, second, Asking);

        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("geofenceEntered", StringComparison.Ordinal)) { }
        string[] wanted = ["decode", "admit", "journal", "dispatch", "turn", "alert log", "deliver"];
        List<OtlpSpan> spans = await receiver.UntilAsync(spans => wanted.All(step => spans.Exists(span => span.Name == step)));
        Assert.All(spans, static span => Assert.Equal(TraceId, span.TraceId));
        OtlpSpan delivered = spans.First(static span => span.Name == "deliver");
        string[] way = [.. WayOf(delivered, spans).Select(static span => span.Name)];
        Assert.Equal(["deliver", "turn", "admit"], way[..3]);
        // 20 requests were asked for; the ten before them were not.
        Assert.Equal(20, (await receiver.UntilAsync(static found => found.Count(static span => span.Name == "turn") >= 20)).Count(static span => span.Name == "turn"));
        foreach (string personal in (string[])["walter", "48.2", "16.4"]) Assert.DoesNotContain(personal, receiver.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void While_nobody_listens_a_step_costs_no_memory()
    {
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++) Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Step()
        {
            using Activity? step = Contracts.FixTrace.Begin("decode");
            if (step is not null || Contracts.FixTrace.IsTraced || Contracts.FixTrace.HasFixes || Contracts.FixTrace.HasAlerts) throw new InvalidOperationException("somebody listens");
        }
    }

    private static async Task SendAsync(TrackingProgram server, int second, string traceParent)
    {
        using var client = new HttpClient();
        double latitudeDeg = 48.2 - ((100 - second) * 20 / 111_200.0);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Devices, FormattableString.Invariant($"/?id=walter&lat={latitudeDeg:0.0000000}&lon=16.4&timestamp={1763800000 + second}&accuracy=5&speed=39")));
        request.Headers.Add("traceparent", traceParent);
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static IEnumerable<OtlpSpan> WayOf(OtlpSpan span, List<OtlpSpan> spans)
    {
        for (OtlpSpan? at = span; at is not null; at = spans.Find(parent => parent.SpanId == at.ParentId)) yield return at;
    }

    private sealed record OtlpSpan(string TraceId, string SpanId, string ParentId, string Name);

    /// <summary>Takes <c>ExportTraceServiceRequest</c>s, protobuf over HTTP.</summary>
    private sealed class OtlpReceiver : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly List<OtlpSpan> _spans = [];
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private OtlpReceiver(WebApplication app) => _app = app;

        public string Address => _app.Urls.First();

        /// <summary>Everything that came, for a search.</summary>
        public string Text
        {
            get
            {
                lock (_spans) return _text.ToString();
            }
        }

        public static async Task<OtlpReceiver> StartAsync()
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var receiver = new OtlpReceiver(builder.Build());
            receiver._app.MapPost("/v1/traces", (RequestDelegate)receiver.TakeAsync);
            await receiver._app.StartAsync();
            return receiver;
        }

        /// <summary>The spans that came, once they are enough.</summary>
        public async Task<List<OtlpSpan>> UntilAsync(Func<List<OtlpSpan>, bool> areEnough)
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (true)
            {
                Task came;
                lock (_spans)
                {
                    if (areEnough(_spans)) return [.. _spans];
                    came = _came.Task;
                }
                await came.WaitAsync(late.Token);
            }
        }

        private async Task TakeAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            TaskCompletionSource came;
            lock (_spans)
            {
                _text.Append(Encoding.Latin1.GetString(body.ToArray()));
                // resource_spans, scope_spans, spans
                foreach (byte[] resource in Fields(body.ToArray(), 1))
                    foreach (byte[] scope in Fields(resource, 2))
                        foreach (byte[] span in Fields(scope, 2)) _spans.Add(SpanOf(span));
                (came, _came) = (_came, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            came.SetResult();
        }

        private static OtlpSpan SpanOf(byte[] span) => new(Hex(span, 1), Hex(span, 2), Hex(span, 4), Encoding.UTF8.GetString(Fields(span, 5).Single()));

        private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).SingleOrDefault([]));

        /// <summary>The values of a field with a length, of a protobuf message.</summary>
        private static List<byte[]> Fields(byte[] message, int field)
        {
            List<byte[]> values = [];
            for (int at = 0; at < message.Length;)
            {
                ulong tag = Varint(message, ref at);
                switch (tag & 7)
                {
                    case 0:
                        Varint(message, ref at);
                        break;
                    case 1:
                        at += 8;
                        break;
                    case 5:
                        at += 4;
                        break;
                    default:
                        int length = (int)Varint(message, ref at);
                        if (tag >> 3 == (ulong)field) values.Add(message[at..(at + length)]);
                        at += length;
                        break;
                }
            }
            return values;
        }

        private static ulong Varint(byte[] message, ref int at)
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = message[at++];
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80) return value;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }
}

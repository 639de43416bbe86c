using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Tracking.Server.Tests;

public sealed class ProgramTests
{
    [Fact]
    public async Task Serve_says_when_it_is_ready_and_ends_with_0_on_sigterm()
    {
        using var folder = new TemporaryFolder();
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path);
        using var http = new HttpClient { BaseAddress = server.Http };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("healthz", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(0, await server.EndAsync());
        Assert.Equal("", server.Errors.Trim());
    }

    [Fact]
    public async Task A_log_in_json_has_an_object_a_line_and_says_nothing_of_who_is_where()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "appsettings.json"), """{"Tracking": {"LogFormat": "json", "LogLevel": "Debug", "AutoEnrol": true} }""", TestContext.Current.CancellationToken);
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path);
        using HttpClient devices = new() { BaseAddress = server.Devices };
        HttpResponseMessage taken = await devices.GetAsync(new Uri("/?id=walter-w&lat=48.2082&lon=16.3738&timestamp=1763800000&secret=hush", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(0, await server.EndAsync());
        string[] lines = server.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains(lines, static line => line.Contains("Restored", StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.False(string.IsNullOrEmpty(JsonElement.Parse(line).GetProperty("Message").GetString()), line));
        foreach (string personal in (string[])["walter", "48.2", "16.37", "hush"]) Assert.DoesNotContain(personal, server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_both_ports_speak_tls()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=tracking.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string certificateFile = Path.Combine(folder.Path, "tls.pem"), keyFile = Path.Combine(folder.Path, "tls.key");
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "appsettings.json"), $$"""{"Tracking": {"TlsCertificate": "{{certificateFile}}", "TlsKey": "{{keyFile}}", "AutoEnrol": true} }""", TestContext.Current.CancellationToken);
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path);
        Assert.Equal("https", server.Http.Scheme);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint };
        using var client = new HttpClient(handler);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(server.Http, "healthz"), TestContext.Current.CancellationToken)).StatusCode);
        var devices = new UriBuilder(server.Devices) { Scheme = "https", Query = "id=w&lat=48&lon=16&timestamp=1763800000" }.Uri;
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(devices, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task The_device_port_serves_nothing_but_devices()
    {
        using var folder = new TemporaryFolder();
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path, "serve", "--auto-enrol");
        using var http = new HttpClient { BaseAddress = server.Devices };
        foreach (string path in (string[])["v1/reps", "metrics", "signin", "hub/live"])
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        HttpResponseMessage fix = await http.GetAsync(new Uri("?id=a&lat=48.2&lon=16.3", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, fix.StatusCode);
    }

    [Fact]
    public async Task Tokens_and_devices_made_while_the_server_runs_are_let_in()
    {
        using var folder = new TemporaryFolder();
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path);
        var token = await TrackingProgram.RunAsync("token", "create", "--data", folder.Path, "--role", "admin", "--name", "t");
        var device = await TrackingProgram.RunAsync("device", "add", "--data", folder.Path, "--id", "phone", "--rep", "rep-1", "--group", "north");
        Assert.Equal((0, 0), (token.ExitCode, device.ExitCode));
        Assert.DoesNotContain('\n', token.Output);
        using var http = Client(server, device.Output);
        using var body = new StringContent("""{"fixedAt":"2026-05-04T08:00:00Z","latitude":48.2,"longitude":16.3}""", Encoding.UTF8, "application/json");
        HttpResponseMessage posted = await http.PostAsync(new Uri("v1/fixes", UriKind.Relative), body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        using var reader = Client(server, token.Output);
        string reps = await reader.GetStringAsync(new Uri("v1/reps", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("rep-1", reps, StringComparison.Ordinal);
        var list = await TrackingProgram.RunAsync("rep", "list", "--data", folder.Path);
        Assert.Contains("rep-1", list.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_imported_comes_out_again()
    {
        using var folder = new TemporaryFolder();
        using var files = new TemporaryFolder();
        var csv = new StringBuilder("fixedAt,latitude,longitude,accuracyM\n");
        for (int i = 0; i < 2500; i++)
            csv.Append(FormattableString.Invariant($"{1_777_881_600 + i},{48.2 + (i * 0.00005):F6},16.3,5\n"));
        csv.Append("never,48,16,5\n");
        string data = Path.Combine(folder.Path, "data");
        var imported = await TrackingProgram.RunAsync("import", files.Write("day.csv", csv.ToString()), "--rep", "rep-1", "--data", data);
        Assert.Equal((0, "2500 fixes imported, 1 lines not usable"), (imported.ExitCode, imported.Output));
        Assert.Contains("day.csv:2502:", imported.Errors, StringComparison.Ordinal);
        await using TrackingProgram server = await TrackingProgram.ServeAsync(data);
        var token = await TrackingProgram.RunAsync("token", "create", "--data", data, "--role", "reader", "--name", "t");
        foreach (string format in (string[])["gpx", "csv"])
        {
            string file = Path.Combine(files.Path, $"out.{format}");
            await UntilAsync($"export of {format}", async () =>
            {
                var exported = await TrackingProgram.RunAsync("export", "--server", server.Http.ToString(), "--token", token.Output, "--rep", "rep-1",
                    "--from", "2026-05-04T00:00:00Z", "--to", "2026-05-05T00:00:00Z", "--format", format, "--out", file);
                Assert.True(exported.ExitCode == 0, exported.Errors);
                await using FileStream stream = File.OpenRead(file);
                return Import.TrackFile.Read(file, stream).Count(static row => row.Fix is not null) == 2500;
            });
        }
    }

    [Theory]
    [InlineData("serve", "--store", "Hots=db")]
    [InlineData("token", "create", "--store", "Host=127.0.0.1;Port=1", "--role", "reader", "--name", "n")]
    [InlineData("serve", "--http", "nowhere")]
    [InlineData("import", "missing.gpx", "--rep", "r")]
    [InlineData("export", "--rep", "r", "--token", "t", "--server", "http://127.0.0.1:1")]
    [InlineData("simulate", "--city", "atlantis")]
    [InlineData("token", "create", "--role", "king", "--name", "n")]
    [InlineData("nonsense")]
    public async Task Mistakes_are_told_in_words(params string[] arguments)
    {
        var run = await TrackingProgram.RunAsync(arguments);
        Assert.NotEqual(0, run.ExitCode);
        Assert.StartsWith("tracking: ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_do_not_share_a_folder()
    {
        using var folder = new TemporaryFolder();
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path);
        var second = await TrackingProgram.RunAsync("serve", "--data", folder.Path, "--http", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--udp", "127.0.0.1:0");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("in use", second.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_shows_what_it_promises()
    {
        using var folder = new TemporaryFolder();
        await using TrackingProgram demo = await TrackingProgram.ServeAsync(folder.Path, "demo", "--quick", "--reps", "30");
        string link = await demo.ReadLineAsync();
        using var http = Client(demo, link[(link.IndexOf("token=", StringComparison.Ordinal) + 6)..link.IndexOf('#', StringComparison.Ordinal)]);
        foreach (string kind in (string[])["geofenceEntered", "geofenceExited", "mockSuspected", "signalLost"])
        {
            await UntilAsync(kind, async () =>
            {
                string alerts = await http.GetStringAsync(new Uri($"v1/alerts?kind={kind}&limit=10", UriKind.Relative), TestContext.Current.CancellationToken);
                using JsonDocument document = JsonDocument.Parse(alerts);
                return document.RootElement.GetProperty("alerts").GetArrayLength() > 0;
            });
        }
        string metrics = await http.GetStringAsync(new Uri("metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        foreach (string protocol in (string[])["osmAnd", "ownTracks", "overland", "json", "messagePack", "udp"])
            Assert.DoesNotContain($"tracking_fixes_total{{protocol=\"{protocol}\",outcome=\"accepted\"}} 0\n", metrics, StringComparison.Ordinal);
        Assert.Equal(0, await demo.EndAsync("INT"));
    }

    private static HttpClient Client(TrackingProgram server, string token)
    {
        var http = new HttpClient { BaseAddress = server.Http };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        long began = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(5), $"not within five minutes: {what}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}

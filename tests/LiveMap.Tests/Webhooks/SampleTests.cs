using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Tracking.LiveMap.Redis;

namespace Tracking.LiveMap.Tests.Webhooks;

/// <summary>The subscribers of docs/subscribers.md, each in its own process against a real server, killed in between.</summary>
public class SampleTests
{
    private static string Samples => Path.GetFullPath(Path.Combine(Node.Folder, "../../samples/subscribers"));

    [Theory]
    [InlineData("sse.mjs")]
    [InlineData("hub.mjs")]
    public async Task A_subscriber_that_keeps_its_cursor_goes_on_behind_it(string name)
    {
        await Node.InstallAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        using var sample = new Sample(name, ("TRACKING_URL", server.Address), ("TRACKING_TOKEN", server.Token()));
        await server.AlertAsync("a", "one", "two");
        sample.Start();
        await sample.ExpectAsync("a entered the depot.", "a entered the depot.");
        await server.AlertAsync("b", "three");
        await sample.ExpectAsync("b entered the depot.");
        sample.Kill();
        await server.AlertAsync("c", "four", "five");
        sample.Start();
        await sample.ExpectAsync("c entered the depot.", "c entered the depot.");
    }

    [Fact]
    public async Task The_webhook_subscriber_takes_what_is_signed_and_misses_nothing_while_it_is_dead()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        using var sample = new Sample("webhook.mjs", ("TRACKING_SECRET", "known to both"));
        int port = await sample.StartListeningAsync(0);
        HttpClient client = server.Client();
        string url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"), id = await client.CreateAsync(url, ",\"secret\":\"known to both\"");
        await server.AlertAsync("a", "one");
        await sample.ExpectAsync("a entered the depot.");
        string wrong = await client.CreateAsync(url, ",\"secret\":\"another\"");
        await server.AlertAsync("b", "two");
        await sample.ExpectAsync("b entered the depot.");
        await client.UntilDeliveryAsync(wrong, d => d.GetProperty("failures").GetInt32() > 1, "a wrong signature is taken");
        Assert.Equal(401, (await client.DeliveryAsync(wrong)).GetProperty("lastAnswer").GetProperty("status").GetInt32());
        await client.UntilDeliveryAsync(id, d => d.GetProperty("lagAlerts").GetInt64() == 0, "the cursor stays behind");
        sample.Kill();
        await server.AlertAsync("c", Hooks.Names(20));
        await client.UntilDeliveryAsync(id, d => d.GetProperty("failures").GetInt32() > 2, "nobody notices that it is dead");
        await sample.StartListeningAsync(port);
        await sample.ExpectAsync([.. Hooks.Names(20).Select(_ => "c entered the depot.")]);
    }

    [Fact]
    public async Task The_members_of_a_group_go_on_where_they_were_after_their_death_and_that_of_redis()
    {
        await Node.InstallAsync();
        await using var redis = new RedisServer();
        RedisOptions options = new() { Server = await redis.StartAsync(), Prefix = RedisServer.NewPrefix(), BackOffMost = TimeSpan.FromMilliseconds(500) };
        await using LiveMapServer server = await LiveMapServer.StartAsync(more: services => services.AddRedis(options));
        using var sample = new Sample("redis.mjs", ("TRACKING_REDIS", "redis://" + options.Server), ("TRACKING_STREAM", options.Prefix + "alerts"));
        sample.Start("group", "member");
        await server.AlertAsync("a", "one", "two");
        await sample.ExpectAsync("a entered the depot.", "a entered the depot.");
        sample.Kill();
        await server.AlertAsync("b", "three");
        sample.Start("group", "member");
        await sample.ExpectAsync("b entered the depot.");
        if (!RedisServer.IsOurs) return;
        await redis.KillAsync();
        await server.AlertAsync("c", "four");
        await redis.StartAsync();
        // Redis has forgotten the group with everything else.
        await sample.ExpectAsync("a entered the depot.", "a entered the depot.", "b entered the depot.", "c entered the depot.");
    }

    [Fact]
    public void The_documentation_shows_the_samples_as_they_are()
    {
        string text = File.ReadAllText(Path.Combine(Samples, "../../docs/subscribers.md"));
        foreach (string sample in Directory.GetFiles(Samples, "*.mjs"))
        {
            string code = File.ReadAllText(sample);
            Assert.Contains("```js\n" + code + "```", text, StringComparison.Ordinal);
            Assert.InRange(code.AsSpan().Count('\n'), 20, 40);
        }
    }

    /// <summary>A sample's process in a folder of its own, where it finds the packages of the tests.</summary>
    private sealed class Sample : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("sample-").FullName;
        private readonly string _name;
        private readonly (string Name, string Value)[] _environment;
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(), _errors = Channel.CreateUnbounded<string>();
        private Process? _process;

        public Sample(string name, params (string, string)[] environment)
        {
            (_name, _environment) = (name, environment);
            File.Copy(Path.Combine(Samples, name), Path.Combine(_folder, name));
            Directory.CreateSymbolicLink(Path.Combine(_folder, "node_modules"), Path.Combine(Node.Folder, "node_modules"));
        }

        public void Start(params string[] arguments)
        {
            var start = new ProcessStartInfo("node", [_name, .. arguments]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach ((string name, string value) in _environment) start.Environment[name] = value;
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => { if (line.Data is { } text) _lines.Writer.TryWrite(text); };
            _process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) _errors.Writer.TryWrite(text); };
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        /// <summary>Starts it and waits until it tells its port.</summary>
        public async Task<int> StartListeningAsync(int port)
        {
            Start(port.ToString(CultureInfo.InvariantCulture));
            string told = await ReadAsync(_errors);
            Assert.StartsWith("listening on ", told, StringComparison.Ordinal);
            return int.Parse(told["listening on ".Length..], CultureInfo.InvariantCulture);
        }

        /// <summary>Reads as many lines as there are texts, and compares their ends.</summary>
        public async Task ExpectAsync(params string[] ends)
        {
            foreach (string end in ends) Assert.EndsWith(": " + end, await ReadAsync(_lines), StringComparison.Ordinal);
        }

        private async Task<string> ReadAsync(Channel<string> lines)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            try
            {
                return await lines.Reader.ReadAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                string said = "";
                while (_errors.Reader.TryRead(out string? error)) said += error + "\n";
                throw new InvalidOperationException($"{_name} said nothing more; errors: {said}");
            }
        }

        public void Kill()
        {
            if (_process is not { HasExited: false }) return;
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        public void Dispose()
        {
            Kill();
            _process?.Dispose();
            string packages = Path.Combine(_folder, "node_modules");
            // A link to the packages of the tests, where there are any.
            if (Directory.Exists(packages)) Directory.Delete(packages);
            Directory.Delete(_folder, recursive: true);
        }
    }
}

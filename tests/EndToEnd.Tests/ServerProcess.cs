using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Tracking.EndToEnd.Tests;

/// <summary>The real program as a child process on free ports, with a data folder that outlives restarts.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private const string SignInStart = "tracking: sign in ";
    private readonly string _verb;
    private readonly string[] _arguments;
    private readonly string _data = Directory.CreateTempSubdirectory("tracking-e2e-").FullName;
    private Process? _process;
    private bool _isSmall;

    private ServerProcess(string verb, string[] arguments) => (_verb, _arguments) = (verb, arguments);

    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Base address of the main port.</summary>
    public Uri Http { get; private set; } = null!;

    /// <summary>Base address of the device port; null where devices are not served.</summary>
    public Uri Devices { get; private set; } = null!;

    /// <summary>The sign-in link that a demo prints; null for <c>serve</c>.</summary>
    public Uri? SignIn { get; private set; }

    /// <summary>Everything that the program has printed.</summary>
    public List<string> Output { get; } = [];

    public static async Task<ServerProcess> StartAsync(params string[] arguments)
    {
        var server = new ServerProcess("serve", arguments);
        await server.StartAsync();
        return server;
    }

    /// <summary>A server whose data folder holds settings.</summary>
    public static async Task<ServerProcess> StartWithSettingsAsync(string json)
    {
        var server = new ServerProcess("serve", []);
        await File.WriteAllTextAsync(Path.Combine(server._data, "appsettings.json"), json);
        await server.StartAsync();
        return server;
    }

    /// <summary>A server whose data folder is a disk of its own that can be filled.</summary>
    public static async Task<ServerProcess> StartOnSmallDiskAsync(int mib)
    {
        var server = new ServerProcess("serve", []);
        await server.DiskAsync("make", $"{mib}");
        server._isSmall = true;
        await server.StartAsync();
        return server;
    }

    /// <summary>Leaves no room on the small disk.</summary>
    public void FillDisk()
    {
        var zeros = new byte[1 << 20];
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.Delete, bufferSize: 0);
        for (int size = zeros.Length; size > 0; size /= 16)
        {
            try
            {
                while (true) filler.Write(zeros, 0, size);
            }
            catch (IOException)
            {
                // No room for that much; perhaps for less.
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void FreeDisk() => File.Delete(Filler);

    /// <summary>A demo with everything it shows happening soon.</summary>
    public static async Task<ServerProcess> StartDemoAsync()
    {
        var server = new ServerProcess("demo", ["--quick", "--reps", "40"]);
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        Http = null!;
        string[] verb = [_verb, "--data", _data, "--http", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--udp", "127.0.0.1:0"];
        _process = Launch([.. verb, .. _arguments]);
        var lines = Channel.CreateUnbounded<string?>();
        _process.OutputDataReceived += (_, line) => lines.Writer.TryWrite(line.Data);
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await lines.Reader.ReadAsync(timeout.Token) is { } line)
        {
            Remember(line);
            if (line.StartsWith(SignInStart, StringComparison.Ordinal)) SignIn = new Uri(line[SignInStart.Length..]);
            if (ReadyLine().Match(line) is { Success: true } ready)
            {
                Http = new Uri(ready.Groups[1].Value);
                Devices = ready.Groups[2].Success ? new Uri("http://" + ready.Groups[2].Value) : null!;
            }
            if (Http is not null && (_verb == "serve" || SignIn is not null)) return;
        }
        throw new InvalidOperationException("the server ended before it was ready: " + string.Join('\n', Output));
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task Kill9Async()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (Process kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"])) await kill.WaitForExitAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    /// <summary>Names of files in the data folder.</summary>
    public IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(_data, pattern).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    /// <summary>Runs the program to its end, whatever that is; its exit code and all that it printed.</summary>
    public static async Task<(int ExitCode, string Output)> TryAsync(params string[] arguments)
    {
        using Process process = Launch(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>Runs a command of the program on the same data folder; what it printed.</summary>
    public async Task<string> RunAsync(string command, string verb, params string[] arguments)
    {
        using Process process = Launch([command, verb, "--data", _data, .. arguments]);
        string output = await process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command} {verb}: exit code {process.ExitCode}: {output}{errors}");
        return output.Trim();
    }

    /// <summary>A client of the main port that shows a new token of a role.</summary>
    public async Task<HttpClient> ClientAsync(string role = "admin", string? scope = null)
    {
        string[] scopeArguments = scope is null ? [] : ["--scope", scope];
        string token = await RunAsync("token", "create", ["--role", role, "--name", "test", .. scopeArguments]);
        return Client(Http, token);
    }

    public static HttpClient Client(Uri address, string? token = null)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await Kill9Async();
        _process?.Dispose();
        if (_isSmall) await DiskAsync("remove", "");
        else Directory.Delete(_data, recursive: true);
    }

    private string Filler => Path.Combine(_data, "filler");

    private async Task DiskAsync(string verb, string mib)
    {
        using Process script = Process.Start(Path.Combine(Root, "scripts", "small-disk"), [verb, _data, mib]);
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
    }

    private static Process Launch(string[] arguments)
    {
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(Root, "src/Server"),
        };
        start.ArgumentList.Add(Path.Combine(Root, $"src/Server/bin/{configuration}/net10.0/tracking.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private void Remember(string? line)
    {
        if (line is null) return;
        lock (Output) Output.Add(line);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("the tests run inside the repository");
    }

    [GeneratedRegex(@"^tracking: ready (http://\S+)(?: devices=(\S+) udp=(\S+))?$")]
    private static partial Regex ReadyLine();
}

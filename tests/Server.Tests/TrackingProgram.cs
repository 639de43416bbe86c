using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Tracking.Server.Tests;

/// <summary>The real program as a child process.</summary>
internal sealed partial class TrackingProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private TrackingProgram(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors) _errors.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
    }

    public string FirstLine { get; private set; } = "";

    public Uri Http { get; private set; } = new("http://unknown");

    public Uri Devices { get; private set; } = new("http://unknown");

    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts a server on free ports and waits for its ready line.</summary>
    public static async Task<TrackingProgram> ServeAsync(string data, string verb = "serve", params string[] more)
    {
        var program = new TrackingProgram(Start([verb, "--data", data, "--http", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--udp", "127.0.0.1:0", .. more]));
        program.FirstLine = await program.ReadLineAsync();
        Match ready = ReadyLine().Match(program.FirstLine);
        Assert.True(ready.Success, $"not ready: '{program.FirstLine}' {program.Errors}");
        program.Http = new Uri(ready.Groups[1].Value);
        program.Devices = new Uri("http://" + ready.Groups[2].Value);
        return program;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output).Trim(), errors.Trim());
    }

    public async Task<string> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        return await _process.StandardOutput.ReadLineAsync(limit.Token) ?? "";
    }

    /// <summary>Asks the program to end; the exit code.</summary>
    public async Task<int> EndAsync(string signal = "TERM")
    {
        using (Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"])) await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private static Process Start(string[] arguments)
    {
        string configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Root(), "src", "Server", "bin", configuration, "net10.0", "tracking.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"^tracking: ready (https?://\S+) devices=(\S+) udp=(\S+)$")]
    private static partial Regex ReadyLine();
}

/// <summary>A folder that is gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tracking-test-").FullName;

    public string Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

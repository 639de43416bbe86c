using System.Diagnostics;
using System.Globalization;

namespace Tracking.Tests;

/// <summary>A real Redis of <c>scripts/redis</c>, started at first use; it can be paused, killed and started again on the same port.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tracking-redis-").FullName;
    private string? _address;

    /// <summary>False when the server is one that the tests were told to use: that one is not to be killed.</summary>
    public static bool IsOurs => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("TRACKING_TEST_REDIS"));

    /// <summary>A prefix that no other test uses.</summary>
    public static string NewPrefix() => $"test-{Guid.NewGuid():N}:";

    /// <summary>Starts it, where it does not run, and returns HOST:PORT.</summary>
    public async Task<string> StartAsync() => _address = await RunAsync("start");

    /// <summary>Runs <c>redis-cli</c> and returns what it prints.</summary>
    public async Task<string> AskAsync(params string[] arguments)
    {
        string[] address = _address!.Split(',')[0].Split(':');
        using Process process = Process.Start(new ProcessStartInfo("redis-cli", ["-h", address[0], "-p", address[1], .. arguments]) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.TrimEnd('\n');
    }

    /// <summary>Stops its time; connections stay open.</summary>
    public Task PauseAsync() => SignalAsync("-STOP");

    /// <summary>Lets its time go on.</summary>
    public Task ResumeAsync() => SignalAsync("-CONT");

    /// <summary>Kills it with all that it holds.</summary>
    public async Task KillAsync()
    {
        int id = ProcessId();
        await SignalAsync("-KILL");
        while (Directory.Exists($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/fd")) await Task.Delay(20);
    }

    private async Task SignalAsync(string signal)
    {
        using Process process = Process.Start("kill", [signal, ProcessId().ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private int ProcessId() => int.Parse(File.ReadAllText(Path.Combine(_folder, "pid")), CultureInfo.InvariantCulture);

    private async Task<string> RunAsync(string verb)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Tracking.sln"))) root = Path.GetDirectoryName(root);
        var start = new ProcessStartInfo(Path.Combine(root!, "scripts", "redis"), [verb, _folder]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return line ?? "";
    }

    public async ValueTask DisposeAsync()
    {
        if (_address is not null) await RunAsync("stop");
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}

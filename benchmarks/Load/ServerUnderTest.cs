using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Tracking.Load;

/// <summary>The real program on free loopback ports and an empty data folder, deleted at the end.</summary>
internal sealed partial class ServerUnderTest : IDisposable
{
    private readonly string _program;
    private readonly string _data = Directory.CreateTempSubdirectory("tracking-load-").FullName;
    private Process? _process;

    public ServerUnderTest(string program) => _program = program;

    public IPEndPoint Http { get; private set; } = null!;

    public IPEndPoint Udp { get; private set; } = null!;

    public string Data => _data;

    /// <summary>Processor time that the server has used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it; how long it took until it was ready.</summary>
    public TimeSpan Start(params string[] arguments)
    {
        long began = Stopwatch.GetTimestamp();
        _process = Launch(["serve", "--data", _data, "--http", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--udp", "127.0.0.1:0", .. arguments]);
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (ReadyLine().Match(line) is not { Success: true } ready) continue;
            Http = IPEndPoint.Parse(ready.Groups[1].Value);
            Udp = IPEndPoint.Parse(ready.Groups[2].Value);
            return Stopwatch.GetElapsedTime(began);
        }
        throw new InvalidOperationException("the server ended before it was ready");
    }

    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Runs a command on the data folder; what it printed.</summary>
    public string Run(params string[] arguments)
    {
        using Process process = Launch([arguments[0], arguments[1], "--data", _data, .. arguments[2..]]);
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{arguments[0]} {arguments[1]} failed: {output}");
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) Kill();
        _process?.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private Process Launch(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(_program);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"^tracking: ready http://(\S+) devices=\S+ udp=(\S+)$")]
    private static partial Regex ReadyLine();
}

using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tracking.Faults;

/// <summary>The real server as a child process; after a death it comes back on the same ports, as a service manager would bring it back.</summary>
internal sealed partial class Node(string program, string log, string[] arguments, IReadOnlyDictionary<string, string> environment) : IDisposable
{
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(300);
    private string _http = "127.0.0.1:0", _devices = "127.0.0.1:0", _udp = "127.0.0.1:0";
    private Process? _process, _killed;

    /// <summary>The port of the main address.</summary>
    public int HttpPort => PortOf(_http);

    /// <summary>The port for sealed datagrams.</summary>
    public int UdpPort => PortOf(_udp);

    /// <summary>How often it was ready.</summary>
    public int Starts { get; private set; }

    /// <summary>Ends of the process that nobody asked for.</summary>
    public int Deaths { get; private set; }

    /// <summary>Starts it, again and again until it is ready.</summary>
    public async Task StartAsync(bool mayFail = true)
    {
        while (!await TryStartAsync())
        {
            if (!mayFail) throw new InvalidOperationException($"the server does not start, see {log}");
            await Task.Delay(StartPause);
        }
        Starts++;
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _killed = _process!;
        _process!.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) Kill();
        _process?.Dispose();
    }

    private async Task<bool> TryStartAsync()
    {
        // Standard error goes to a file by the shell, so that nobody has to read it.
        string[] command = [program, "serve", "--http", _http, "--devices", _devices, "--udp", _udp, .. arguments];
        var start = new ProcessStartInfo("sh", ["-c", "exec dotnet \"$0\" \"$@\" 2>>\"$FAULTS_LOG\"", .. command]) { RedirectStandardOutput = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        start.Environment["FAULTS_LOG"] = log;
        Process process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (ReadyLine().Match(line) is not { Success: true } ready) continue;
            _http = ready.Groups[1].Value;
            if (ready.Groups[2].Success) (_devices, _udp) = (ready.Groups[2].Value, ready.Groups[3].Value);
            _process = process;
            _ = WatchAsync(process);
            return true;
        }
        await process.WaitForExitAsync();
        process.Dispose();
        return false;
    }

    private async Task WatchAsync(Process process)
    {
        try
        {
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process == _killed) return;
            Deaths++;
            await StartAsync();
        }
        catch (Exception ended) when (ended is ObjectDisposedException or InvalidOperationException)
        {
            // It was killed on purpose.
        }
    }

    private static int PortOf(string address) => int.Parse(address[(address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^tracking: ready http://(\S+?)(?: devices=(\S+) udp=(\S+))?$")]
    private static partial Regex ReadyLine();
}

using System.Diagnostics;

namespace Tracking.Store.Tests;

/// <summary>Another process of this test program, killed when a test is done with it.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    public Child(string work, string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        // When the tests run as "dotnet Tests.dll", the program is the first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(Child).Assembly.Location);
        foreach (string argument in (string[])["child", work, folder]) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
    }

    /// <summary>The next line; null at the end.</summary>
    public string? ReadLine()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return _process.StandardOutput.ReadLineAsync(deadline.Token).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Kills it without warning and returns what it had still said.</summary>
    public List<string> Kill()
    {
        _process.Kill();
        var rest = new List<string>();
        string text = _process.StandardOutput.ReadToEnd();
        // A line without its end was not said.
        foreach (string line in text.Split('\n')[..^1]) rest.Add(line);
        _process.WaitForExit();
        return rest;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}

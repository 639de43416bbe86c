using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Tracking.Contracts.Tests.MessagePack;

/// <summary>Runs the scripts of tests/node; the packages are installed from the lock file when they are missing.</summary>
internal static class Node
{
    private static readonly Lock Installing = new();

    public static string Run(string script, string mode, string input)
    {
        string folder = Path.GetFullPath(Path.Combine(SourceFolder(), "../../node"));
        lock (Installing)
        {
            if (!Directory.Exists(Path.Combine(folder, "node_modules", "@msgpack"))) Start("npm", ["ci", "--no-audit", "--no-fund"], folder, "");
        }
        return Start("node", [script, mode], folder, input);
    }

    private static string Start(string program, string[] arguments, string folder, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(60_000), $"{program} did not end within a minute");
        Assert.True(process.ExitCode == 0, $"{program} failed: {errors.Result}");
        return output.Result;
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

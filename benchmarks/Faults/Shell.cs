using System.Diagnostics;

namespace Tracking.Faults;

/// <summary>Other programs: the project's scripts and the system's tools.</summary>
internal static class Shell
{
    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs a script of the project; the first line that it prints.</summary>
    public static Task<string> ScriptAsync(string name, params string[] arguments) => RunAsync(Path.Combine(Root, "scripts", name), arguments);

    /// <summary>Runs a program; the first line that it prints.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        // A server that a script starts keeps what it inherits: nobody would read its errors.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$0\" \"$@\" 2>/dev/null", program, .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? line ?? "" : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("not run from the repository");
    }
}

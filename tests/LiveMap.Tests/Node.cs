using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Tracking.LiveMap.Tests;

/// <summary>Runs the scripts of tests/node; the packages are installed from the lock file when they are missing.</summary>
internal static class Node
{
    private static readonly SemaphoreSlim Installing = new(1, 1);

    /// <summary>The folder of the scripts, with their packages once <see cref="InstallAsync"/> has run.</summary>
    public static string Folder => Path.GetFullPath(Path.Combine(SourceFolder(), "../node"));

    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        await InstallAsync();
        return await StartAsync("node", [script, .. arguments], Folder);
    }

    public static async Task InstallAsync()
    {
        await Installing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@redis", "client")))
                await StartAsync("npm", ["ci", "--no-audit", "--no-fund"], Folder);
        }
        finally
        {
            Installing.Release();
        }
    }

    private static async Task<string> StartAsync(string program, string[] arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
        Assert.True(process.HasExited && process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await error}");
        return await output;
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

using System.Diagnostics;
using Npgsql;

namespace Tracking.EndToEnd.Tests;

/// <summary>A real PostgreSQL with PostGIS, started by the project's own script for one test.</summary>
public sealed class PostGis : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tracking-postgis-").FullName;

    private PostGis()
    {
    }

    public NpgsqlDataSource Source { get; private set; } = null!;

    public static async Task<PostGis> StartAsync()
    {
        var server = new PostGis();
        server.Source = NpgsqlDataSource.Create(await server.ScriptAsync("start"));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await ScriptAsync("stop");
    }

    private async Task<string> ScriptAsync(string verb)
    {
        var start = new ProcessStartInfo(Path.Combine(ServerProcess.Root, "scripts/postgis"), [verb, _folder])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        using Process script = Process.Start(start)!;
        string? line = await script.StandardOutput.ReadLineAsync();
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
        return line ?? "";
    }
}

using System.Diagnostics;
using Npgsql;

namespace Tracking.Tests;

/// <summary>A real PostgreSQL of the project's own scripts, started at first use and stopped with the test run; gives fresh databases.</summary>
public class PostgresServer(string script) : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tracking-postgres-").FullName;
    private readonly SemaphoreSlim _starting = new(1, 1), _sharing = new(1, 1);
    private string? _server, _shared;

    /// <summary>The connection string of a database for tests that bring a schema of their own; it is not dropped.</summary>
    public async Task<string> SharedDatabaseAsync()
    {
        await _sharing.WaitAsync();
        try
        {
            return _shared ??= await CreateDatabaseAsync();
        }
        finally
        {
            _sharing.Release();
        }
    }

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = "test_" + Guid.NewGuid().ToString("N");
        await using NpgsqlConnection connection = await ConnectAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE template0", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(_server) { Database = name, PersistSecurityInfo = true }.ConnectionString;
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    public async Task DropDatabaseAsync(string connectionString)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)", connection);
        await drop.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        await _starting.WaitAsync();
        try
        {
            _server ??= new NpgsqlConnectionStringBuilder(await RunAsync("start")) { Pooling = false }.ConnectionString;
        }
        finally
        {
            _starting.Release();
        }
        var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs one of the script's verbs for this server.</summary>
    protected async Task<string> RunAsync(string verb)
    {
        var start = new ProcessStartInfo(Path.Combine(Root(), "scripts", script), [verb, _folder]) { RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() };
        using Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return line ?? "";
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("not run from the repository");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await RunAsync("stop");
        else Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
        _sharing.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>PostgreSQL with the TimescaleDB extension.</summary>
public sealed class TimescaleServer() : PostgresServer("timescale")
{
    /// <summary>Kills the server: connections break, transactions under way are lost.</summary>
    public Task KillAsync() => RunAsync("kill");

    /// <summary>Stops the server in order, as an operator would.</summary>
    public Task HaltAsync() => RunAsync("halt");

    /// <summary>Starts the killed or stopped server again, on the same port.</summary>
    public Task ResumeAsync() => RunAsync("resume");
}

/// <summary>PostgreSQL as the machine has it, without TimescaleDB.</summary>
public sealed class PlainPostgresServer() : PostgresServer("postgis");

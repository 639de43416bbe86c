using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Tracking.Store.Postgres;

/// <summary>
/// A PostgreSQL database, 15 or newer, with or without TimescaleDB: its connections, its schema at the newest migration, and
/// what the server can do. Whatever goes wrong there is a <see cref="StoreUnavailableException"/> whose message never holds
/// the password.
/// </summary>
public sealed partial class PostgresDatabase : IAsyncDisposable
{
    private const int OldestMajorVersion = 15;

    private readonly ILogger _logger;

    private PostgresDatabase(NpgsqlDataSource source, PostgresOptions options, ILogger logger) =>
        (Source, Options, _logger) = (source, options, logger);

    /// <summary>Gives connections whose search path begins with <see cref="Schema"/>. Its exceptions are Npgsql's own; see <see cref="UseAsync"/>.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>The schema that holds every table.</summary>
    public string Schema => Options.Schema;

    /// <summary>The name of this node.</summary>
    public string Node => Options.Node;

    internal PostgresOptions Options { get; }

    /// <summary>Names this opener in notices; different for each start of each node.</summary>
    internal string Speaker { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The version of the server.</summary>
    public Version ServerVersion { get; private set; } = new();

    /// <summary>Whether the TimescaleDB extension is there and shall be used.</summary>
    public bool HasTimescale { get; private set; }

    /// <summary>Whether TimescaleDB runs under its <c>timescale</c> licence: compression, policies, continuous aggregates.</summary>
    public bool HasTimescaleLicence { get; private set; }

    /// <summary>
    /// Connects, creates the TimescaleDB extension where the server offers it, and brings the schema to the newest migration.
    /// Any number of nodes may do so at once.
    /// </summary>
    /// <exception cref="ArgumentException">The options cannot be used; the message says which.</exception>
    /// <exception cref="StoreUnavailableException">The server cannot be reached, is too old, or its schema is newer than this program.</exception>
    public static async Task<PostgresDatabase> OpenAsync(PostgresOptions options, ILogger? logger = null, CancellationToken cancel = default)
    {
        var database = new PostgresDatabase(SourceOf(options), options, logger ?? NullLogger.Instance);
        try
        {
            await database.UseAsync(database.PrepareAsync, cancel);
            await database.UseAsync(database.MigrateAsync, cancel);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Checks options without asking any server.</summary>
    /// <exception cref="ArgumentException">They cannot be used; the message says which and holds no password.</exception>
    public static void Check(PostgresOptions options) => SettingsOf(options);

    private static NpgsqlDataSource SourceOf(PostgresOptions options) => new NpgsqlDataSourceBuilder(SettingsOf(options).ConnectionString).Build();

    internal static NpgsqlConnectionStringBuilder SettingsOf(PostgresOptions options)
    {
        if (!SchemaName().IsMatch(options.Schema)) throw new ArgumentException($"'{options.Schema}' is no schema name: lower-case letters, digits and underscores, at most 63.", nameof(options));
        if (options.ChunkInterval < TimeSpan.FromHours(1)) throw new ArgumentException("A partition covers an hour at least.", nameof(options));
        if (options.Node.Length is 0 or > 100) throw new ArgumentException("A node's name has 1 to 100 characters.", nameof(options));
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(options.ConnectionString) { PersistSecurityInfo = false };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            // The reason may quote a part of the password, so it is not passed on.
            throw new ArgumentException("The PostgreSQL connection string cannot be read: it is a list of Key=Value with ';' between, such as Host, Port, Database, Username and Password.", nameof(options));
        }
        if (string.IsNullOrEmpty(settings.Host)) throw new ArgumentException("The PostgreSQL connection string names no Host.", nameof(options));
        settings.SearchPath = $"{options.Schema},public";
        // Every statement here is short; to compile one takes longer than to run it.
        settings.Options = $"-c jit=off {settings.Options}".TrimEnd();
        settings.ApplicationName ??= "tracking";
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 64;
        return settings;
    }

    /// <summary>Lends a connection; what Npgsql throws meanwhile becomes a <see cref="StoreUnavailableException"/>.</summary>
    public async Task UseAsync(Func<NpgsqlConnection, CancellationToken, Task> use, CancellationToken cancel) =>
        await UseAsync(async (connection, token) => { await use(connection, token); return true; }, cancel);

    /// <summary>Lends a connection; what Npgsql throws meanwhile becomes a <see cref="StoreUnavailableException"/>.</summary>
    public async Task<T> UseAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> use, CancellationToken cancel)
    {
        try
        {
            await using NpgsqlConnection connection = await Source.OpenConnectionAsync(cancel);
            return await use(connection, cancel);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Unavailable(e);
        }
    }

    /// <summary>Lends a connection to somebody who waits on his thread.</summary>
    internal T Use<T>(Func<NpgsqlConnection, T> use)
    {
        try
        {
            using NpgsqlConnection connection = Source.OpenConnection();
            return use(connection);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Unavailable(e);
        }
    }

    /// <summary>
    /// Lends a connection with a transaction in which no other node changes the schema; commits it at the end. For what depends
    /// on the server and so cannot be a migration: it must bear to be run at every start.
    /// </summary>
    public Task UseAloneAsync(Func<NpgsqlConnection, CancellationToken, Task> use, CancellationToken cancel) => UseAsync(
        async (connection, token) =>
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(token);
            await LockAsync(connection, token);
            await use(connection, token);
            await transaction.CommitAsync(token);
        }, cancel);

    /// <summary>Whether an exception is the server's or the connection's, and not the program's.</summary>
    public static bool IsFailure(Exception e) => e is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>The exception for a failure of the server or the connection.</summary>
    public static StoreUnavailableException Unavailable(Exception e) => e is PostgresException refused
        ? new StoreUnavailableException($"PostgreSQL: {refused.MessageText} ({refused.SqlState}).{AdviceFor(refused.SqlState)}", e)
        : new StoreUnavailableException($"PostgreSQL: {e.Message}{(e.InnerException is { } inner ? $" ({inner.Message})" : "")}", e);

    private static string AdviceFor(string state) => state switch
    {
        PostgresErrorCodes.DiskFull => " The server's disk is full.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => " Check user name and password.",
        PostgresErrorCodes.InvalidCatalogName => " Create the database first.",
        PostgresErrorCodes.InsufficientPrivilege => " The user must be allowed to create the schema or to use its tables.",
        PostgresErrorCodes.TooManyConnections => " Raise max_connections, or lower Maximum Pool Size in the connection string.",
        _ => "",
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL {Version} with TimescaleDB {Timescale}, licence {Licence}")]
    private static partial void LogTimescale(ILogger logger, Version version, string timescale, string licence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL {Version} without TimescaleDB: tracks lie in one plain table; large ones read and delete slower. {Reason}")]
    private static partial void LogPlain(ILogger logger, Version version, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Migration {Name} applied to schema {Schema}")]
    private static partial void LogMigrated(ILogger logger, string name, string schema);
}

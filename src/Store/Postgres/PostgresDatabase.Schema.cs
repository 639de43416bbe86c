using System.Globalization;
using System.Reflection;
using Npgsql;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresDatabase
{
    private const string Folder = "Tracking.Store.Postgres.Migrations.";

    /// <summary>A numbered step of the schema, embedded as <c>NNNN_name.sql</c>.</summary>
    private sealed record Migration(int Number, string Name);

    private static readonly Migration[] Migrations =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
            .Select(n => n[Folder.Length..^".sql".Length])
            .Select(n => new Migration(int.Parse(n.AsSpan(0, 4), CultureInfo.InvariantCulture), n))
            .OrderBy(m => m.Number),
    ];

    // The schema, the table of migrations, and the extension where the server has it.
    private async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        ServerVersion = connection.PostgreSqlVersion;
        if (ServerVersion.Major < OldestMajorVersion) throw new StoreUnavailableException($"PostgreSQL {ServerVersion} is too old: {OldestMajorVersion} or newer is needed.");
        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel))
        {
            await LockAsync(connection, cancel);
            // Asked first, because a user who may not create schemas can still use one that is there.
            if (!await AskAsync<bool>(connection, "SELECT to_regnamespace($1) IS NOT NULL", Schema, cancel))
                await ExecuteAsync(connection, $"CREATE SCHEMA {Schema}", cancel);
            await ExecuteAsync(connection,
                $"CREATE TABLE IF NOT EXISTS {Schema}.migration(number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())", cancel);
            await transaction.CommitAsync(cancel);
        }
        string reason = Options.UseTimescale ? await CreateExtensionAsync(cancel) : "The configuration does not want it.";
        string? timescale = await AskAsync<string?>(connection, "SELECT extversion FROM pg_extension WHERE extname = $1", "timescaledb", cancel);
        HasTimescale = Options.UseTimescale && timescale is not null;
        string? licence = HasTimescale ? await AskAsync<string?>(connection, "SELECT current_setting($1, true)", "timescaledb.license", cancel) : null;
        HasTimescaleLicence = licence == "timescale";
        if (HasTimescale) LogTimescale(_logger, ServerVersion, timescale!, licence ?? "unknown");
        else LogPlain(_logger, ServerVersion, reason);
    }

    // On a connection of its own: a server that has the extension's files but does not preload it ends the connection.
    private async Task<string> CreateExtensionAsync(CancellationToken cancel)
    {
        try
        {
            await using NpgsqlConnection connection = await Source.OpenConnectionAsync(cancel);
            const string offered = "SELECT installed_version IS NULL FROM pg_available_extensions WHERE name = $1";
            if (await AskAsync<bool?>(connection, offered, "timescaledb", cancel) is not { } missing) return "The server does not offer the extension.";
            if (!missing) return "";
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
            await LockAsync(connection, cancel);
            await ExecuteAsync(connection, "CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public", cancel);
            await transaction.CommitAsync(cancel);
            return "";
        }
        catch (PostgresException e)
        {
            return $"CREATE EXTENSION timescaledb was refused: {e.MessageText}";
        }
    }

    // Each migration is a transaction under the lock, and asks under the lock whether another node was first.
    private async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        HashSet<int> applied = await AppliedAsync(connection, cancel);
        foreach (Migration migration in Migrations)
        {
            if (applied.Contains(migration.Number)) continue;
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
            await LockAsync(connection, cancel);
            if ((await AppliedAsync(connection, cancel)).Contains(migration.Number)) continue;
            await ExecuteAsync(connection, TextOf(migration), cancel);
            await using (var note = new NpgsqlCommand("INSERT INTO migration(number, name) VALUES($1, $2)", connection))
            {
                note.Parameters.Add(new NpgsqlParameter { Value = migration.Number });
                note.Parameters.Add(new NpgsqlParameter { Value = migration.Name });
                await note.ExecuteNonQueryAsync(cancel);
            }
            await transaction.CommitAsync(cancel);
            LogMigrated(_logger, migration.Name, Schema);
        }
    }

    private async Task<HashSet<int>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var applied = new HashSet<int>();
        await using var ask = new NpgsqlCommand("SELECT number, name FROM migration ORDER BY number", connection);
        await using NpgsqlDataReader reader = await ask.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            int number = reader.GetInt32(0);
            if (!Migrations.Any(m => m.Number == number))
                throw new StoreUnavailableException($"The schema {Schema} was written by a newer version of the program: it has migration {reader.GetString(1)}, which this one does not know. Run that version.");
            applied.Add(number);
        }
        return applied;
    }

    private static string TextOf(Migration migration)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Folder}{migration.Name}.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    // Until the end of the transaction; one lock a schema, so that two programs in one database do not wait for each other.
    private Task<object?> LockAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        AskAsync<object>(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", $"tracking migrations {Schema}", cancel);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<T?> AskAsync<T>(NpgsqlConnection connection, string sql, string parameter, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter { Value = parameter } } };
        return await command.ExecuteScalarAsync(cancel) is T answer ? answer : default;
    }
}

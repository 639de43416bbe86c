using System.Diagnostics;
using Npgsql;

namespace Tracking.Store.Postgres;

/// <summary>What a look at a PostgreSQL server finds; it changes nothing there.</summary>
/// <param name="Version">Of the server.</param>
/// <param name="RoundTrip">From a question to its answer.</param>
/// <param name="Timescale">The version of TimescaleDB in the database; null: it is not there.</param>
/// <param name="OffersTimescale">Whether the server has the extension's files.</param>
/// <param name="HasSchema">Whether the schema is there.</param>
/// <param name="MayCreate">Whether the user may create schemas in the database.</param>
public sealed record PostgresLook(Version Version, TimeSpan RoundTrip, string? Timescale, bool OffersTimescale, bool HasSchema, bool MayCreate)
{
    /// <summary>Looks.</summary>
    /// <exception cref="StoreUnavailableException">The server cannot be used.</exception>
    public static PostgresLook Run(PostgresOptions options)
    {
        const string sql = """
            SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
                EXISTS(SELECT FROM pg_available_extensions WHERE name = 'timescaledb'), to_regnamespace($1) IS NOT NULL,
                has_database_privilege(current_database(), 'CREATE')
            """;
        NpgsqlConnectionStringBuilder settings = PostgresDatabase.SettingsOf(options);
        (settings.Pooling, settings.Timeout) = (false, Math.Min(settings.Timeout, 5));
        try
        {
            using var connection = new NpgsqlConnection(settings.ConnectionString);
            connection.Open();
            connection.Ask("SELECT 1");
            long began = Stopwatch.GetTimestamp();
            connection.Ask("SELECT 1");
            TimeSpan roundTrip = Stopwatch.GetElapsedTime(began);
            using NpgsqlCommand ask = connection.Command(sql, options.Schema);
            using NpgsqlDataReader row = ask.ExecuteReader();
            row.Read();
            return new PostgresLook(connection.PostgreSqlVersion, roundTrip, row.IsDBNull(0) ? null : row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3));
        }
        catch (Exception e) when (PostgresDatabase.IsFailure(e))
        {
            throw PostgresDatabase.Unavailable(e);
        }
    }
}

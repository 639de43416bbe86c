using Tracking.Store;
using Tracking.Store.Postgres;

namespace Tracking.Server.Doctor;

/// <summary>Looks at the database that the options name; changes nothing there.</summary>
internal static class DatabaseCheckup
{
    private const int OldestVersion = 15;
    private const double SlowMs = 20;

    /// <summary>Looks.</summary>
    public static IEnumerable<Finding> Run(PostgresOptions options)
    {
        PostgresLook look;
        Finding? away = null;
        try
        {
            look = PostgresLook.Run(options);
        }
        catch (StoreUnavailableException unavailable)
        {
            look = new PostgresLook(new Version(), default, null, false, false, false);
            away = new(Health.Bad, "database", unavailable.Message, "Check that it runs and that this machine may reach it, and Host, Port, Database, Username and Password of --store.");
        }
        return away is null ? Judge(look, options) : [away];
    }

    private static IEnumerable<Finding> Judge(PostgresLook look, PostgresOptions options)
    {
        double ms = look.RoundTrip.TotalMilliseconds;
        string text = $"PostgreSQL {look.Version}, answers in {ms:F1} ms";
        yield return look.Version.Major < OldestVersion
            ? new(Health.Bad, "database", text, $"PostgreSQL {OldestVersion} or newer is needed.")
            : ms > SlowMs ? new(Health.Warning, "database", text, "Put the server nearer to its database; the map and the reports wait this long for each question.")
            : new(Health.Good, "database", text);
        yield return look switch
        {
            { HasSchema: false, MayCreate: false } => new(Health.Bad, "schema", $"{options.Schema} is missing, and the user may not create it",
                $"Let its owner run: CREATE SCHEMA {options.Schema} AUTHORIZATION the user of --store"),
            { HasSchema: false } => new(Health.Good, "schema", $"{options.Schema} is made at the first start"),
            _ => new(Health.Good, "schema", options.Schema),
        };
        if (!options.UseTimescale) yield break;
        yield return look switch
        {
            { Timescale: { } version } => new(Health.Good, "timescaledb", version),
            { OffersTimescale: true } => new(Health.Warning, "timescaledb", "installed, not in this database yet",
                "It is added at the first start where the user may; else let a superuser run: CREATE EXTENSION timescaledb"),
            _ => new(Health.Warning, "timescaledb", "not installed on the server", "Tracks lie in one plain table, which deletes slowly when it is large; install the extension, or set Tracking:Postgres:UseTimescale to false."),
        };
    }
}

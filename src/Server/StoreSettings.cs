using Tracking.Store.Postgres;

namespace Tracking.Server;

/// <summary>Which database keeps the data, as <c>Tracking:Store</c> and the section <c>Tracking:Postgres</c> tell.</summary>
internal static class StoreSettings
{
    /// <summary>Reads them; null: none is named, the data folder keeps everything.</summary>
    /// <exception cref="Complaint">A value does not fit.</exception>
    public static PostgresOptions? Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(ServerOptions.Section);
        if (section["Store"] is not { Length: > 0 } connection) return null;
        PostgresOptions defaults = new() { ConnectionString = connection };
        PostgresOptions options = PartOptions.Bind(section, "Postgres", defaults) with { ConnectionString = connection };
        try
        {
            PostgresDatabase.Check(options);
            return options;
        }
        catch (ArgumentException wrong)
        {
            throw Complaint.Usage($"Tracking:Store (--store) or Tracking:Postgres cannot be used: {wrong.Message.Split(" (Parameter", 2)[0]}");
        }
    }
}

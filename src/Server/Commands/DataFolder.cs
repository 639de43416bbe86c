using System.CommandLine;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary>Commands that write the registry of a data folder, whether a server runs on it or not.</summary>
internal static class DataFolder
{
    /// <summary><c>--data</c>, from the environment where it is not given.</summary>
    public static Option<string> DataOption() => new("--data")
    {
        Description = "Data folder (Tracking__Data)",
        HelpName = "DIR",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("Tracking__Data") is { Length: > 0 } set ? set : "tracking-data",
    };

    /// <summary><c>--store</c>, which this build knows to refuse.</summary>
    public static Option<string?> StoreOption() => new("--store")
    {
        Description = "Npgsql connection string; absent: embedded store",
        HelpName = "CONNECTION",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("Tracking__Store"),
    };

    /// <summary>Opens the registry of a folder and creates both where they are missing.</summary>
    public static Registry OpenRegistry(string folder, string? store = null)
    {
        if (!string.IsNullOrEmpty(store)) throw LaterFeature.Refuse("Store", "--store", "TimescaleDB");
        string full = Path.GetFullPath(folder);
        TrackingServer.PrepareFolder(full);
        return Registry.Open(Store.DataFolder.RegistryPath(full), new RegistryOptions(), TimeProvider.System);
    }
}

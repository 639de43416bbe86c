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

    /// <summary><c>--store</c>, from the environment where it is not given.</summary>
    public static Option<string?> StoreOption() => new("--store")
    {
        Description = "Npgsql connection string; absent: embedded store",
        HelpName = "CONNECTION",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("Tracking__Store"),
    };

    /// <summary>Opens the registry, in the database that the options or the folder's settings name or else in the folder, and creates it where it is missing.</summary>
    public static async Task<Registry> OpenRegistryAsync(string folder, string? store, CancellationToken cancel)
    {
        List<KeyValuePair<string, string?>> given = [new("Tracking:Data", folder)];
        if (!string.IsNullOrEmpty(store)) given.Add(new("Tracking:Store", store));
        if (StoreSettings.Read(ServerConfiguration.Build(given)) is { } database) return await StoreHold.OpenRegistryAsync(database, cancel);
        string full = Path.GetFullPath(folder);
        TrackingServer.PrepareFolder(full);
        return Registry.Open(Store.DataFolder.RegistryPath(full), new RegistryOptions(), TimeProvider.System);
    }
}

namespace Tracking.Server;

/// <summary>Where settings come from: the data folder's <c>appsettings.json</c>, then the environment, then options.</summary>
internal static class ServerConfiguration
{
    /// <summary>Builds the configuration.</summary>
    /// <param name="options">Keys (<c>Tracking:Http</c>) and values of options that were given; they win.</param>
    public static IConfigurationRoot Build(IEnumerable<KeyValuePair<string, string?>> options)
    {
        List<KeyValuePair<string, string?>> given = [.. options];
        string? data = given.Find(static o => o.Key == "Tracking:Data").Value ?? Environment.GetEnvironmentVariable("Tracking__Data");
        string folder = Path.GetFullPath(string.IsNullOrEmpty(data) ? "tracking-data" : data);
        string file = Path.Combine(folder, "appsettings.json");
        var builder = new ConfigurationBuilder();
        if (File.Exists(file)) builder.AddJsonFile(file, optional: true, reloadOnChange: false);
        try
        {
            return builder.AddEnvironmentVariables().AddInMemoryCollection(given).Build();
        }
        catch (InvalidDataException broken)
        {
            throw Complaint.Usage($"{file}: {broken.InnerException?.Message ?? broken.Message}");
        }
    }
}

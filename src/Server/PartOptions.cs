using Tracking.Ingest;
using Tracking.LiveMap;
using Tracking.LiveMap.Redis;
using Tracking.LiveMap.Webhooks;
using Tracking.Silo;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Server;

/// <summary>The options of the server's parts, each read from a section of its own.</summary>
internal sealed record PartOptions(StoreOptions Store, IngestOptions Ingest, SiloOptions Silo, LiveMapOptions LiveMap, WebhookOptions Webhooks,
    RedisOptions Redis)
{
    private static readonly string[] KnownKeys =
    [
        "Data", "Http", "Devices", "Udp", "Store", "Redis", "AutoEnrol", "MaxBodyBytes", "MaxConnections", "LogLevel", "LogFormat",
        "Otlp", "TraceShare", "TlsCertificate", "TlsKey",
        "Embedded", "Postgres", "Tracker", "Groups", "Reps", "Silo", "LiveMap", "Webhooks", "Ingest", "RedisLink", "Roles",
    ];

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="Complaint">A key is unknown or a value does not fit; the message names both.</exception>
    public static PartOptions Read(IConfiguration configuration, ServerOptions server)
    {
        IConfigurationSection section = configuration.GetSection(ServerOptions.Section);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!KnownKeys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                throw Complaint.Usage($"Tracking:{child.Key} is not a setting ('{child.Value}'). Known are: {string.Join(", ", KnownKeys)}.");
        }
        RepOptions tracker = ReadTracker(section);
        SiloOptions silo = Bind(section, "Silo", new SiloOptions()) with { Tracker = tracker };
        Check("", silo.Validate);
        LiveMapOptions liveMap = Bind(section, "LiveMap", new LiveMapOptions());
        if (server.ServesOnly) liveMap = liveMap with { TakesGeofences = false };
        WebhookOptions webhooks = Bind(section, "Webhooks", new WebhookOptions());
        if ((liveMap.Validate() ?? webhooks.Validate()) is { } problem) throw Complaint.Usage($"Tracking:{problem}.");
        RedisOptions redis = Bind(section, "RedisLink", new RedisOptions()) with
        {
            Server = section["Redis"] ?? "",
            Writes = !server.ServesOnly,
            Reads = server.ServesOnly,
        };
        if (redis.Validate() is { } wrong) throw Complaint.Usage($"Tracking:{wrong}.");
        StoreOptions store = Bind(section, "Embedded", new StoreOptions { DataFolder = server.Data }) with { DataFolder = server.Data };
        Check("Embedded:Tracks", store.Tracks.Validate);
        IngestOptions ingest = Bind(section, "Ingest", new IngestOptions()) with
        {
            Udp = server.Udp.EndPoint,
            AutoEnrol = server.AutoEnrol,
            ReplayFile = Path.Combine(server.Data, "replay.bin"),
        };
        Check("Ingest", ingest.Validate);
        return new PartOptions(store, ingest, silo, liveMap, webhooks, redis);
    }

    // The rules for everybody, and where groups and reps differ.
    private static RepOptions ReadTracker(IConfigurationSection section)
    {
        TrackerOptions everyone = Bind(section, "Tracker", TrackerOptions.Default);
        RepOptions tracker = RepOptions.Default;
        Check("", () => tracker = new RepOptions(everyone, Changes(section.GetSection("Groups")), Changes(section.GetSection("Reps"))));
        return tracker;
    }

    private static List<KeyValuePair<string, Func<TrackerOptions, TrackerOptions>>> Changes(IConfigurationSection section)
    {
        List<KeyValuePair<string, Func<TrackerOptions, TrackerOptions>>> changes = [];
        foreach (IConfigurationSection one in section.GetChildren())
        {
            if (one.GetChildren().FirstOrDefault(static c => !c.Key.Equals("Tracker", StringComparison.OrdinalIgnoreCase)) is { } unknown)
                throw Complaint.Usage($"{unknown.Path} is not a setting ('{unknown.Value}'). Known is: Tracker.");
            changes.Add(new(one.Key, options => BindOnto(one.GetSection("Tracker"), options)));
        }
        return changes;
    }

    private static TrackerOptions BindOnto(IConfigurationSection section, TrackerOptions options)
    {
        try
        {
            section.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
            return options;
        }
        catch (InvalidOperationException wrong)
        {
            throw Complaint.Usage($"{section.Path}: {wrong.Message}");
        }
    }

    internal static T Bind<T>(IConfigurationSection parent, string key, T defaults) where T : class
    {
        IConfigurationSection section = parent.GetSection(key);
        if (!section.Exists()) return defaults;
        try
        {
            return section.Get<T>(static options => options.ErrorOnUnknownConfiguration = true) ?? defaults;
        }
        catch (InvalidOperationException wrong)
        {
            throw Complaint.Usage($"{section.Path}: {wrong.Message}");
        }
    }

    private static void Check(string section, Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException wrong)
        {
            throw Complaint.Usage($"Tracking:{(section.Length > 0 ? section + ":" : "")}{wrong.Message}");
        }
    }
}

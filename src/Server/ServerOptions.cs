using System.Globalization;
using System.Net;
using Tracking.Store.Postgres;

namespace Tracking.Server;

/// <summary>What <c>tracking serve</c> is told: by options, environment or file, in that order of precedence.</summary>
internal sealed record ServerOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Tracking";

    /// <summary>The data folder.</summary>
    public required string Data { get; init; }

    /// <summary>Where the web interface, API and hub listen.</summary>
    public required Listening Http { get; init; }

    /// <summary>Where OsmAnd-style devices are heard.</summary>
    public required Listening Devices { get; init; }

    /// <summary>Where sealed datagrams are heard.</summary>
    public required Listening Udp { get; init; }

    /// <summary>The PostgreSQL database that keeps everything but the journal; null: files in the data folder do.</summary>
    public PostgresOptions? Store { get; init; }

    /// <summary>Whether an unknown device id creates its device and rep.</summary>
    public bool AutoEnrol { get; init; }

    /// <summary>Whether it serves viewers only, of reps that other nodes track (<c>--roles live</c>).</summary>
    public bool ServesOnly { get; init; }

    /// <summary>Bytes of a request's body at the most.</summary>
    public long MaxBodyBytes { get; init; } = 16 << 20;

    /// <summary>Open connections at the most, all endpoints together.</summary>
    public long MaxConnections { get; init; } = 20_000;

    /// <summary>The lowest level of what is logged to standard error.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Whether a line of the log is a JSON object instead of text.</summary>
    public bool LogsJson { get; init; }

    /// <summary>Where traces go, by OTLP over HTTP; null: none are made.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Share of requests that are traced without being asked for, 0 to 1.</summary>
    public double TraceShare { get; init; }

    /// <summary>The certificate that the web interface and the devices' port are served with, and its key, both PEM files; null: no TLS here.</summary>
    public (string Certificate, string Key)? Tls { get; init; }

    /// <summary>Reads and checks the configuration.</summary>
    /// <exception cref="Complaint">A value does not fit; the message names the key and the value.</exception>
    public static ServerOptions Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(Section);
        bool servesOnly = ReadsRoles(section);
        string data = section["Data"] is { Length: > 0 } named ? named : "tracking-data";
        return new ServerOptions
        {
            Data = Path.GetFullPath(data),
            Http = Listening.Parse("Tracking:Http", section["Http"] ?? "127.0.0.1:8080"),
            Devices = Listening.Parse("Tracking:Devices", section["Devices"] ?? "127.0.0.1:5055"),
            Udp = Listening.Parse("Tracking:Udp", section["Udp"] ?? "127.0.0.1:5055"),
            Store = StoreSettings.Read(configuration) is { } store ? store with { ServesOnly = servesOnly } : null,
            AutoEnrol = Flag(section, "AutoEnrol"),
            ServesOnly = servesOnly,
            MaxBodyBytes = Number(section, "MaxBodyBytes", 16 << 20, 1 << 10, 1 << 30),
            MaxConnections = Number(section, "MaxConnections", 20_000, 1, 1_000_000),
            LogLevel = Level(section),
            LogsJson = ReadsLogFormat(section),
            Otlp = ReadsOtlp(section),
            TraceShare = ReadsTraceShare(section),
            Tls = ReadsTls(section),
        };
    }

    private static bool ReadsRoles(IConfigurationSection section)
    {
        if (section["Roles"] is not { Length: > 0 } text || text == "all") return false;
        if (text != "live") throw Complaint.Usage($"Tracking:Roles must be all or live, not '{text}'.");
        List<string> missing = [];
        if (string.IsNullOrEmpty(section["Store"])) missing.Add("Tracking:Store (--store)");
        if (string.IsNullOrEmpty(section["Redis"])) missing.Add("Tracking:Redis (--redis)");
        if (missing.Count == 0) return true;
        throw Complaint.Usage($"Tracking:Roles (--roles) is live, so the reps come from other nodes; that needs the store and the Redis of those. Missing: {string.Join(", ", missing)}.");
    }

    private static bool Flag(IConfigurationSection section, string key)
    {
        if (section[key] is not { Length: > 0 } text) return false;
        if (bool.TryParse(text, out bool value)) return value;
        if (text is "0" or "1") return text == "1";
        throw Complaint.Usage($"Tracking:{key} must be true or false, not '{text}'.");
    }

    private static long Number(IConfigurationSection section, string key, long fallback, long least, long most)
    {
        if (section[key] is not { Length: > 0 } text) return fallback;
        if (long.TryParse(text, out long value) && value >= least && value <= most) return value;
        throw Complaint.Usage($"Tracking:{key} must be a whole number from {least} to {most}, not '{text}'.");
    }

    private static bool ReadsLogFormat(IConfigurationSection section) => section["LogFormat"] switch
    {
        null or "" or "text" => false,
        "json" => true,
        var other => throw Complaint.Usage($"Tracking:LogFormat must be text or json, not '{other}'."),
    };

    private static Uri? ReadsOtlp(IConfigurationSection section)
    {
        if (section["Otlp"] is not { Length: > 0 } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https") return address;
        throw Complaint.Usage($"Tracking:Otlp must be the address of an OTLP/HTTP receiver such as http://127.0.0.1:4318, not '{text}'.");
    }

    private static double ReadsTraceShare(IConfigurationSection section)
    {
        if (section["TraceShare"] is not { Length: > 0 } text) return 0;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1) return share;
        throw Complaint.Usage($"Tracking:TraceShare must be a number from 0 to 1, not '{text}'.");
    }

    private static (string Certificate, string Key)? ReadsTls(IConfigurationSection section)
    {
        string? certificate = section["TlsCertificate"], key = section["TlsKey"];
        if (string.IsNullOrEmpty(certificate) && string.IsNullOrEmpty(key)) return null;
        foreach ((string name, string? file) in (ReadOnlySpan<(string, string?)>)[("TlsCertificate", certificate), ("TlsKey", key)])
            if (!File.Exists(file)) throw Complaint.Usage($"Tracking:{name} must name a PEM file, not '{file}'.");
        return (certificate!, key!);
    }

    private static LogLevel Level(IConfigurationSection section)
    {
        if (section["LogLevel"] is not { Length: > 0 } text) return LogLevel.Warning;
        if (Enum.TryParse(text, ignoreCase: true, out LogLevel level) && Enum.IsDefined(level)) return level;
        throw Complaint.Usage($"Tracking:LogLevel must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}, not '{text}'.");
    }
}

/// <summary>An address to listen on.</summary>
/// <param name="Key">The configuration key that it came from.</param>
/// <param name="EndPoint">Address and port; port 0 picks a free one.</param>
internal sealed record Listening(string Key, IPEndPoint EndPoint)
{
    /// <summary>Reads <c>HOST:PORT</c>; the host is an IP address, <c>localhost</c> or <c>*</c>.</summary>
    public static Listening Parse(string key, string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon].Trim('[', ']');
        IPAddress? address = host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.Any,
            _ => IPAddress.TryParse(host, out IPAddress? parsed) ? parsed : null,
        };
        if (address is null || !ushort.TryParse(text.AsSpan(colon + 1), out ushort port))
            throw Complaint.Usage($"{key} must be HOST:PORT with an IP address, localhost or *, not '{text}'.");
        return new Listening(key, new IPEndPoint(address, port));
    }
}

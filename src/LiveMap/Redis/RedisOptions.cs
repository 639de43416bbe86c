using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using StackExchange.Redis;

namespace Tracking.LiveMap.Redis;

/// <summary>The parameters of the link to Redis.</summary>
public sealed record RedisOptions
{
    private static readonly SearchValues<char> Wild = SearchValues.Create("*?[]\\ ");

    /// <summary><c>host:port</c>, and after commas what StackExchange.Redis knows: <c>password=…</c>, <c>ssl=true</c>; empty: no Redis.</summary>
    public string Server { get; init; } = "";

    /// <summary>What the names of all keys and channels begin with, so that installations can share a server.</summary>
    public string Prefix { get; init; } = "tracking:";

    /// <summary>Whether this node hands its reps and the alerts to Redis: true where there are trackers.</summary>
    public bool Writes { get; init; } = true;

    /// <summary>Whether this node takes the reps of other nodes out of Redis.</summary>
    public bool Reads { get; init; }

    /// <summary>About how many alerts the stream keeps.</summary>
    public int MaxStreamLength { get; init; } = 200_000;

    /// <summary>How long Redis may take for an answer before the connection is given up, and how long connecting may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait before the first new attempt to connect; it doubles with each further one.</summary>
    public TimeSpan BackOffFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait before any attempt to connect.</summary>
    public TimeSpan BackOffMost { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a writer shows that it lives, and how often a reader looks for what it has missed.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first part of <see cref="Server"/>, which has no password in it.</summary>
    public string Address => Server.Split(',')[0];

    /// <summary>Says what is wrong, naming the key and the value; null: nothing is.</summary>
    public string? Validate()
    {
        if (Server.Length > 0 && !TryParse(Server, out _)) return $"Redis must be HOST:PORT, but is '{Address}'";
        if (Prefix.Length is 0 or > 100 || Prefix.AsSpan().ContainsAny(Wild))
            return $"RedisLink:Prefix must have 1 to 100 characters and none of * ? [ ] \\ and space, but is '{Prefix}'";
        if (MaxStreamLength < 1000) return $"RedisLink:MaxStreamLength must be at least 1000, but is {MaxStreamLength}";
        foreach ((string key, TimeSpan value) in ((string, TimeSpan)[])
            [("Timeout", Timeout), ("BackOffFirst", BackOffFirst), ("BackOffMost", BackOffMost), ("Beat", Beat)])
        {
            if (value < TimeSpan.FromMilliseconds(20) || value > TimeSpan.FromMinutes(5))
                return $"RedisLink:{key} must lie between 20 ms and 5 minutes, but is {value}";
        }
        return null;
    }

    /// <summary>How to connect. Each connection is used until it fails and then made anew, by the link and not by the package.</summary>
    internal ConfigurationOptions ToConfiguration()
    {
        if (!TryParse(Server, out ConfigurationOptions? configuration)) throw new ArgumentException(Validate());
        configuration.AbortOnConnectFail = true;
        configuration.ConnectRetry = 1;
        configuration.ConnectTimeout = (int)Timeout.TotalMilliseconds;
        configuration.SyncTimeout = (int)Timeout.TotalMilliseconds;
        configuration.ClientName ??= "tracking";
        // Both would read and write keys and channels that are not ours.
        configuration.TieBreaker = "";
        configuration.ConfigurationChannel = "";
        return configuration;
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out ConfigurationOptions? configuration)
    {
        configuration = null;
        try
        {
            configuration = ConfigurationOptions.Parse(text);
            return configuration.EndPoints.Count > 0 && text.Split(',')[0].Contains(':', StringComparison.Ordinal);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            return false;
        }
    }
}

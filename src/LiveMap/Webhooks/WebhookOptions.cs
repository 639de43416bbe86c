namespace Tracking.LiveMap.Webhooks;

/// <summary>The parameters of webhooks.</summary>
public sealed record WebhookOptions
{
    /// <summary>
    /// Whether targets may be loopback and private addresses. Link-local ones, where clouds keep their metadata, and multicast stay
    /// forbidden.
    /// </summary>
    public bool AllowPrivateTargets { get; init; }

    /// <summary>Hosts, as they stand in the address, that may have any network address.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>The <c>source</c> of the events: a URI reference that tells one server from another.</summary>
    public string Source { get; init; } = "/v1/alerts";

    /// <summary>Alerts of one request, 1 to 5,000.</summary>
    public int MaxBatch { get; init; } = 1000;

    /// <summary>Bytes of one request's body; a single alert may be larger.</summary>
    public int MaxBatchBytes { get; init; } = 1 << 20;

    /// <summary>How long connecting may take, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a target may take from the beginning of the request to the end of its answer's headers.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest wait after the first failure; it doubles with each further one.</summary>
    public TimeSpan BackOffFirst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after any failure.</summary>
    public TimeSpan BackOffMost { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest <c>Retry-After</c> that is honoured.</summary>
    public TimeSpan RetryAfterMost { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long one alert alone may meet errors of the server before others are tried past it.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time between two writes of a cursor: what is repeated after a crash.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often changes by other nodes are looked for.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Says what is wrong, naming the key and the value; null: nothing is.</summary>
    public string? Validate()
    {
        if (MaxBatch is < 1 or > 5000) return $"Webhooks:MaxBatch must lie between 1 and 5000, but is {MaxBatch}";
        if (MaxBatchBytes is < 1024 or > 64 << 20) return $"Webhooks:MaxBatchBytes must lie between 1024 and 67108864, but is {MaxBatchBytes}";
        if (!Uri.TryCreate(Source, UriKind.RelativeOrAbsolute, out _) || Source.Length is 0 or > 500) return $"Webhooks:Source must be a URI reference, but is {Source}";
        foreach ((string key, TimeSpan value) in ((string, TimeSpan)[])
            [("ConnectTimeout", ConnectTimeout), ("AnswerTimeout", AnswerTimeout), ("BackOffFirst", BackOffFirst), ("BackOffMost", BackOffMost),
             ("RetryAfterMost", RetryAfterMost), ("StuckAfter", StuckAfter), ("SaveInterval", SaveInterval), ("RefreshInterval", RefreshInterval)])
        {
            if (value < TimeSpan.FromMilliseconds(1) || value > TimeSpan.FromDays(1)) return $"Webhooks:{key} must lie between 1 ms and a day, but is {value}";
        }
        return null;
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>
/// Reps, devices, tokens, geofences and definitions: in memory for reading, in SQLite or PostgreSQL for keeping. Other processes (the command
/// line, other nodes) may write there too; changes are noticed within a second, and at once when somebody unknown asks to be let in.
/// Whatever was answered is durable: a fix in the journal names its device by number, so the number must outlive a power failure.
/// While the database is away, reading goes on from memory and writing fails.
/// </summary>
public sealed partial class Registry : IAsyncDisposable
{
    /// <summary>The actor of what the server does by itself.</summary>
    public const string ServerActor = "server";

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1), FastestPoll = TimeSpan.FromMilliseconds(50);

    private readonly RegistryOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly OrderedMap<Rep> _reps = new(static r => r.Key, static r => r.Id);
    private readonly OrderedMap<Device> _devices = new(static d => d.Key, static d => d.Id);
    private readonly OrderedMap<Geofence> _geofences = new(static g => g.Key, static g => g.Id);
    private readonly ConcurrentDictionary<int, DeviceSecret> _secrets = new();
    private readonly ConcurrentDictionary<SecretHash, int> _deviceBySecret = new();
    private readonly ConcurrentDictionary<SecretHash, Principal> _tokens = new();
    private long _polledAt;
    private bool _closed;

    private Registry(IRegistryTables tables, RegistryOptions options, TimeProvider clock, ILogger logger)
    {
        _tables = tables;
        _options = options;
        _clock = clock;
        _logger = logger;
        lock (_gate)
        {
            if (_tables.Load(_seenNumber) is { } changes) Take(changes);
        }
        _polledAt = clock.GetTimestamp();
        _timer = clock.CreateTimer(static registry => ((Registry)registry!).PollSafely(), this, PollInterval, PollInterval);
    }

    private sealed record DeviceSecret(SecretHash Hash, byte[] SealKey);

    /// <summary>Opens the registry in an SQLite file, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static Registry Open(string path, RegistryOptions options, TimeProvider clock, ILogger? logger = null) =>
        Over(SqliteRegistryTables.Open(path), options, clock, logger);

    internal static Registry Over(IRegistryTables tables, RegistryOptions options, TimeProvider clock, ILogger? logger)
    {
        try
        {
            return new Registry(tables, options, clock, logger ?? NullLogger.Instance);
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    /// <summary>All reps; a snapshot, ordered by id.</summary>
    public IReadOnlyList<Rep> Reps => _reps.Ordered;

    /// <summary>All devices; a snapshot, ordered by id.</summary>
    public IReadOnlyList<Device> Devices => _devices.Ordered;

    /// <summary>All geofences; a snapshot, ordered by id.</summary>
    public IReadOnlyList<Geofence> Geofences => _geofences.Ordered;

    /// <summary>Raised after reps, devices, tokens, geofences or definitions changed, on any thread.</summary>
    public event Action? Changed;

    /// <summary>The rep with a key; null: none.</summary>
    public Rep? FindRep(int key) => _reps.Find(key);

    /// <summary>The rep with an id; null: none.</summary>
    public Rep? FindRep(string id) => _reps.Find(id);

    /// <summary>The device with a key; null: none.</summary>
    public Device? FindDevice(int key) => _devices.Find(key) ?? (PollNow() ? _devices.Find(key) : null);

    /// <summary>The device that calls itself so; null: none. Takes characters as they come in, so that no string is made per fix.</summary>
    public Device? FindDevice(ReadOnlySpan<char> id) => _devices.Find(id) ?? (PollNow() ? _devices.Find(id) : null);

    /// <summary>The geofence with a key; null: none.</summary>
    public Geofence? FindGeofence(int key) => _geofences.Find(key);

    /// <summary>The geofence with an id; null: none.</summary>
    public Geofence? FindGeofence(string id) => _geofences.Find(id);

    /// <summary>Whether a secret is the device's. False for a device without one, unless <paramref name="secret"/> is empty.</summary>
    public bool VerifySecret(Device device, ReadOnlySpan<char> secret) =>
        IsSecretOf(device, secret) || (PollNow() && IsSecretOf(device, secret));

    private bool IsSecretOf(Device device, ReadOnlySpan<char> secret)
    {
        if (!_secrets.TryGetValue(device.Key, out DeviceSecret? known)) return secret.IsEmpty;
        return Secrets.TryHash(secret, out SecretHash hash) && SecretHash.Same(hash, known.Hash);
    }

    /// <summary>Whether a device has a secret, so that nobody may speak for it without.</summary>
    public bool HasSecret(Device device) => _secrets.ContainsKey(device.Key);

    /// <summary>The device whose secret this is; null: none.</summary>
    public Device? FindDeviceBySecret(ReadOnlySpan<char> secret)
    {
        // The search is by hash: how long it takes says nothing about how much of the secret was right.
        if (!Secrets.TryHash(secret, out SecretHash hash)) return null;
        bool known = _deviceBySecret.TryGetValue(hash, out int key) || (PollNow() && _deviceBySecret.TryGetValue(hash, out key));
        return known ? _devices.Find(key) : null;
    }

    /// <summary>The 32-byte key that seals a device's datagrams, derived from its secret; false: the device has none.</summary>
    public bool TryGetSealKey(int deviceKey, Span<byte> key)
    {
        bool known = _secrets.TryGetValue(deviceKey, out DeviceSecret? secret) || (PollNow() && _secrets.TryGetValue(deviceKey, out secret));
        if (known) secret!.SealKey.CopyTo(key);
        return known;
    }

    /// <summary>Who a token stands for; null: unknown.</summary>
    public Principal? Authenticate(ReadOnlySpan<char> token)
    {
        if (!Secrets.TryHash(token, out SecretHash hash)) return null;
        return _tokens.TryGetValue(hash, out Principal? principal) || (PollNow() && _tokens.TryGetValue(hash, out principal))
            ? principal
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            _tables.Dispose();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The registry cannot be read; what is known stays valid: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}

using System.Diagnostics.CodeAnalysis;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// Reps, devices, tokens and geofences: in memory for reading, in SQLite for keeping. Another process (the command line)
/// may write the same file; changes are noticed within a second, and at once when somebody unknown asks to be let in.
/// </summary>
public sealed class Registry : IAsyncDisposable
{
    /// <summary>Opens the registry, or creates it.</summary>
    public static Registry Open(string path, RegistryOptions options, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>All reps; a snapshot, ordered by id.</summary>
    public IReadOnlyList<Rep> Reps => throw new NotImplementedException();

    /// <summary>All devices; a snapshot, ordered by id.</summary>
    public IReadOnlyList<Device> Devices => throw new NotImplementedException();

    /// <summary>All geofences; a snapshot, ordered by id.</summary>
    public IReadOnlyList<Geofence> Geofences => throw new NotImplementedException();

    /// <summary>Raised after reps, devices or geofences changed, on any thread.</summary>
    public event Action? Changed;

    /// <summary>The rep with a key; null: none.</summary>
    public Rep? FindRep(int key) => throw new NotImplementedException();

    /// <summary>The rep with an id; null: none.</summary>
    public Rep? FindRep(string id) => throw new NotImplementedException();

    /// <summary>The device with a key; null: none.</summary>
    public Device? FindDevice(int key) => throw new NotImplementedException();

    /// <summary>The device that calls itself so; null: none. Takes bytes as they come in, so that no string is made per fix.</summary>
    public Device? FindDevice(ReadOnlySpan<char> id) => throw new NotImplementedException();

    /// <summary>The geofence with a key; null: none.</summary>
    public Geofence? FindGeofence(int key) => throw new NotImplementedException();

    /// <summary>The geofence with an id; null: none.</summary>
    public Geofence? FindGeofence(string id) => throw new NotImplementedException();

    /// <summary>Creates a device, and its rep when there is none with that id; a device that exists gets the rep and a new secret.</summary>
    /// <returns>The secret, which is kept hashed and cannot be had again.</returns>
    public string AddDevice(string deviceId, string repId, string? group = null, string? repName = null, string? timeZone = null, Crs crs = Crs.Wgs84) =>
        throw new NotImplementedException();

    /// <summary>Creates a device and a rep of the same id without a secret, for auto-enrolment; null when the limit is reached or the id is not fit.</summary>
    public Device? Enrol(string deviceId) => throw new NotImplementedException();

    /// <summary>Creates or changes a rep.</summary>
    public Rep PutRep(string id, string name, string group, string timeZone) => throw new NotImplementedException();

    /// <summary>Whether a secret is the device's. False for a device without one, unless <paramref name="secret"/> is empty.</summary>
    public bool VerifySecret(Device device, ReadOnlySpan<char> secret) => throw new NotImplementedException();

    /// <summary>The device whose secret this is; null: none.</summary>
    public Device? FindDeviceBySecret(ReadOnlySpan<char> secret) => throw new NotImplementedException();

    /// <summary>The 32-byte key that seals a device's datagrams, derived from its secret; false: the device has none.</summary>
    public bool TryGetSealKey(int deviceKey, Span<byte> key) => throw new NotImplementedException();

    /// <summary>Creates a token and returns its text, which is kept hashed and cannot be had again.</summary>
    public string CreateToken(string name, Role role, Scope scope) => throw new NotImplementedException();

    /// <summary>Who a token stands for; null: unknown.</summary>
    public Principal? Authenticate(ReadOnlySpan<char> token) => throw new NotImplementedException();

    /// <summary>Creates or replaces geofences by id, all or none; keys and versions are given here.</summary>
    /// <param name="geofences">What they are to be.</param>
    /// <param name="expectedVersion">For one geofence: the version that it must have now (0: must not exist); null: any.</param>
    /// <param name="stored">What they are now.</param>
    /// <returns>False: the version is another; nothing was written.</returns>
    public bool TryPutGeofences(IReadOnlyList<Geofence> geofences, long? expectedVersion, [NotNullWhen(true)] out IReadOnlyList<Geofence>? stored) =>
        throw new NotImplementedException();

    /// <summary>Deletes a geofence; null: there is none with that id, or its version is another.</summary>
    public Geofence? DeleteGeofence(string id, long? expectedVersion) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();

    private void OnChanged() => Changed?.Invoke();
}

/// <summary>The limits of the registry.</summary>
public sealed record RegistryOptions
{
    /// <summary>How many devices auto-enrolment may create.</summary>
    public int MaxEnrolledDevices { get; init; } = 200_000;

    /// <summary>How many geofences there may be.</summary>
    public int MaxGeofences { get; init; } = 200_000;
}

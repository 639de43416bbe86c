using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// Where the registry is kept. Every row carries the number of the change that wrote it last, so that whoever looks again
/// reads the new rows only. Used by one thread at a time.
/// </summary>
internal interface IRegistryTables : IDisposable
{
    /// <summary>For messages: a file, or a host and a database.</summary>
    string Place { get; }

    /// <summary>Whether somebody else may have written since it was asked last; as cheap as can be.</summary>
    /// <exception cref="StoreUnavailableException">The tables cannot be read.</exception>
    bool MayHaveChanged();

    /// <summary>What was written after a change; null: nothing.</summary>
    /// <exception cref="StoreUnavailableException">The tables cannot be read.</exception>
    RegistryChanges? Load(long after);

    /// <summary>Runs one change as a transaction of its own, durable on return. A result of null takes it back.</summary>
    /// <param name="work">What to write.</param>
    /// <param name="after">The change behind which everything is to be given, what others wrote included.</param>
    /// <param name="changes">What is new; null where the result is.</param>
    /// <exception cref="StoreUnavailableException">
    /// Nothing was written; or the connection broke while the transaction was committed, and the next look tells.
    /// </exception>
    T Write<T>(Func<IRegistryTransaction, T> work, long after, out RegistryChanges? changes);
}

/// <summary>A change of the registry under way.</summary>
internal interface IRegistryTransaction
{
    /// <summary>Creates or changes a rep and gives its key; null: as it is.</summary>
    int PutRep(string id, string? name, string? group, string? timeZone);

    /// <summary>Creates a device or gives it another rep and secret.</summary>
    void PutDevice(string id, int repKey, Crs crs, SecretHash hash, byte[] sealKey);

    /// <summary>Whether there is a device with an id.</summary>
    bool HasDevice(string id);

    /// <summary>Creates a device without a secret.</summary>
    void EnrolDevice(string id, int repKey);

    /// <summary>Keeps a token; its key is given here.</summary>
    void AddToken(ApiToken token, SecretHash hash);

    /// <summary>Ends a token; its row stays.</summary>
    void RevokeToken(int key, Instant at);

    /// <summary>Keys and versions of those geofences that exist.</summary>
    Dictionary<string, (int Key, long Version)> FindGeofences(IReadOnlyCollection<string> ids);

    /// <summary>Writes new geofences and gives their keys in the same order.</summary>
    int[] InsertGeofences(IReadOnlyList<Geofence> geofences);

    /// <summary>Overwrites geofences by key.</summary>
    void UpdateGeofences(IReadOnlyList<Geofence> geofences);

    /// <summary>Deletes a geofence; its row stays without text.</summary>
    void DropGeofence(int key);

    /// <summary>The version of a definition, 0 where there never was one, and whether it exists now.</summary>
    (long Version, bool Exists) FindDefinition(DefinitionKind kind, string id);

    /// <summary>Writes a definition; one without text is deleted, and its row stays.</summary>
    void PutDefinition(in DefinitionRow row);

    /// <summary>Writes an erasure.</summary>
    void PutErasure(in ErasureRow row);

    /// <summary>Takes a rep's and its devices' names and secrets away, and ends tokens that are for this rep alone. Keys stay.</summary>
    void Bury(int repKey, string repId, string tombstone, Instant at);

    /// <summary>Notes that a node has erased what lies in its folder, and how much that was.</summary>
    void PutErasurePart(int repKey, string node, Instant at, long found);

    /// <summary>How much that was on all nodes together; null: one has not done it yet.</summary>
    long? FoundOnNodes(int repKey);

    /// <summary>Takes a word out of the audit log: as a target, and with all details of an entry that has it there; how many entries.</summary>
    /// <param name="word">The word.</param>
    /// <param name="json">The same as a JSON string.</param>
    /// <param name="tombstone">What stands for it.</param>
    long RedactAudit(string word, string json, string tombstone);

    /// <summary>Notes who did this, in the same transaction.</summary>
    void Audit(in AuditEntry entry);
}

/// <summary>What is new in the registry.</summary>
internal sealed class RegistryChanges(long number)
{
    /// <summary>The number of the newest change.</summary>
    public long Number => number;

    public List<Rep> Reps { get; } = [];

    public List<DeviceRow> Devices { get; } = [];

    public List<TokenRow> Tokens { get; } = [];

    public List<ErasureRow> Erasures { get; } = [];

    /// <summary>In the order of the changes.</summary>
    public List<GeofenceRow> Geofences { get; } = [];

    public List<DefinitionRow> Definitions { get; } = [];
}

/// <summary>A device as it is kept.</summary>
/// <param name="Device">The device.</param>
/// <param name="IsEnrolled">Whether auto-enrolment made it.</param>
/// <param name="Hash">Of its secret; null: it has none.</param>
/// <param name="SealKey">Of its datagrams.</param>
internal readonly record struct DeviceRow(Device Device, bool IsEnrolled, SecretHash? Hash, byte[] SealKey);

/// <summary>A token as it is kept; null: its scope cannot be read, so it lets nobody in.</summary>
internal readonly record struct TokenRow(ApiToken? Token, int Key, SecretHash Hash, bool IsRevoked);

/// <summary>A geofence as it is kept; null text: deleted.</summary>
internal readonly record struct GeofenceRow(int Key, long Version, byte[]? Text);

/// <summary>A definition as it is kept; null text: deleted.</summary>
internal readonly record struct DefinitionRow(DefinitionKind Kind, string Id, long Version, byte[]? Json);

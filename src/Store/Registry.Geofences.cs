using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    /// <summary>Creates or replaces geofences by id, all or none; keys and versions are given here.</summary>
    /// <param name="geofences">What they are to be, each id once.</param>
    /// <param name="expectedVersion">For one geofence: the version that it must have now (0: must not exist); null: any.</param>
    /// <param name="stored">What they are now.</param>
    /// <param name="actor">Who does this, for the audit log.</param>
    /// <returns>False: the version is another; nothing was written.</returns>
    /// <exception cref="ArgumentException">Two have the same id.</exception>
    /// <exception cref="InvalidOperationException">There would be more than <see cref="RegistryOptions.MaxGeofences"/>; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public bool TryPutGeofences(
        IReadOnlyList<Geofence> geofences, long? expectedVersion, [NotNullWhen(true)] out IReadOnlyList<Geofence>? stored, string actor = ServerActor)
    {
        var ids = new HashSet<string>(geofences.Count, StringComparer.Ordinal);
        foreach (Geofence fence in geofences)
            if (!ids.Add(fence.Id)) throw new ArgumentException($"Two geofences have the id '{fence.Id}'.", nameof(geofences));
        stored = Write<IReadOnlyList<Geofence>?>(transaction => PutGeofences(transaction, geofences, ids, expectedVersion, actor));
        return stored is not null;
    }

    private Geofence[]? PutGeofences(
        IRegistryTransaction transaction, IReadOnlyList<Geofence> geofences, HashSet<string> ids, long? expectedVersion, string actor)
    {
        Dictionary<string, (int Key, long Version)> now = transaction.FindGeofences(ids);
        var written = new Geofence[geofences.Count];
        Instant changedAt = Instant.Now(_clock);
        for (int i = 0; i < written.Length; i++)
        {
            (int key, long version) = now.GetValueOrDefault(geofences[i].Id);
            if (expectedVersion is { } expected && expected != version) return null;
            written[i] = geofences[i] with { Key = key, Version = version + 1, ChangedAt = changedAt };
        }
        int[] fresh = [.. Enumerable.Range(0, written.Length).Where(i => written[i].Version == 1)];
        if (_geofences.Count + fresh.Length is var count && count > _options.MaxGeofences)
            throw new InvalidOperationException($"There may be {_options.MaxGeofences} geofences at the most; this would make {count}.");
        int[] keys = transaction.InsertGeofences([.. fresh.Select(i => written[i])]);
        for (int i = 0; i < keys.Length; i++) written[fresh[i]] = written[fresh[i]] with { Key = keys[i] };
        transaction.UpdateGeofences([.. written.Where(static fence => fence.Version > 1)]);
        transaction.Audit(PutEntry(written, actor));
        return written;
    }

    // One entry a call: an import of thousands is one act.
    private AuditEntry PutEntry(Geofence[] written, string actor)
    {
        Instant now = Instant.Now(_clock);
        return written.Length == 1
            ? AuditEntry.Of(now, actor, AuditAction.GeofencePut, written[0].Id, ("name", written[0].Name), ("version", written[0].Version.ToString(CultureInfo.InvariantCulture)))
            : AuditEntry.Of(now, actor, AuditAction.GeofencePut, $"{written.Length} geofences",
                ("first", string.Join(", ", written.Take(20).Select(static fence => fence.Id))));
    }

    /// <summary>Deletes a geofence; null: there is none with that id, or its version is another.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Geofence? DeleteGeofence(string id, long? expectedVersion, string actor = ServerActor)
    {
        if (FindGeofence(id) is null) PollSafely();
        return Write(transaction => DeleteGeofence(transaction, id, expectedVersion, actor));
    }

    private Geofence? DeleteGeofence(IRegistryTransaction transaction, string id, long? expectedVersion, string actor)
    {
        (int key, long version) = transaction.FindGeofences([id]).GetValueOrDefault(id);
        if (version == 0 || (expectedVersion is { } expected && expected != version)) return null;
        Geofence? before = FindGeofence(key);
        transaction.DropGeofence(key);
        transaction.Audit(AuditEntry.Of(Instant.Now(_clock), actor, AuditAction.GeofenceDeleted, id, ("name", before?.Name)));
        return before;
    }
}

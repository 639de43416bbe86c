using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    private const int LongestId = 64;

    private readonly Lock _enrolGate = new();
    private List<Enrolment> _enrolments = [];
    private bool _isEnrolling;

    // The turn ends with true when another caller has written this one too, with false when this one is to write for all who wait.
    private sealed record Enrolment(string Id, TaskCompletionSource<bool> Turn);

    /// <summary>Creates a device, and its rep when there is none with that id; a device that exists gets the rep and a new secret.</summary>
    /// <param name="deviceId">What the device calls itself: 1 to 64 printable characters.</param>
    /// <param name="repId">Whose it is.</param>
    /// <param name="group">The rep's group; null: as it is, for a new rep none.</param>
    /// <param name="repName">The rep's name; null: as it is, for a new rep its id.</param>
    /// <param name="timeZone">The rep's IANA time zone; null: as it is, for a new rep UTC.</param>
    /// <param name="crs">The coordinate system that the device reports.</param>
    /// <param name="actor">Who does this, for the audit log.</param>
    /// <returns>The secret, which is kept hashed and cannot be had again.</returns>
    /// <exception cref="ArgumentException">An id or the time zone is not fit.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public string AddDevice(string deviceId, string repId, string? group = null, string? repName = null, string? timeZone = null,
        Crs crs = Crs.Wgs84, string actor = ServerActor)
    {
        CheckId(deviceId);
        CheckId(repId);
        CheckTimeZone(timeZone);
        string secret = Secrets.Make(Secrets.DevicePrefix);
        Secrets.TryHash(secret, out SecretHash hash);
        Write(transaction =>
        {
            int repKey = transaction.PutRep(repId, repName, group?.Trim('/'), timeZone);
            transaction.PutDevice(deviceId, repKey, crs, hash, Secrets.SealKey(secret));
            transaction.Audit(AuditEntry.Of(Instant.Now(_clock), actor, AuditAction.DeviceAdded, deviceId, ("rep", repId), ("group", group), ("crs", crs.ToString().ToLowerInvariant())));
            return true;
        });
        return secret;
    }

    /// <summary>Creates or changes a rep.</summary>
    /// <exception cref="ArgumentException">The id or the time zone is not fit.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Rep PutRep(string id, string name, string group, string timeZone, string actor = ServerActor)
    {
        CheckId(id);
        CheckTimeZone(timeZone);
        int key = Write(transaction =>
        {
            transaction.Audit(AuditEntry.Of(Instant.Now(_clock), actor, AuditAction.RepPut, id, ("name", name), ("group", group), ("timeZone", timeZone)));
            return transaction.PutRep(id, name, group.Trim('/'), timeZone);
        });
        return FindRep(key)!;
    }

    /// <summary>
    /// Creates a device and a rep of the same id without a secret, for auto-enrolment. Callers that come at the same time share
    /// one commit.
    /// </summary>
    /// <returns>The device; null when the limit is reached or the id is not 1 to 64 printable characters.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Device? Enrol(string deviceId)
    {
        if (!IsFitId(deviceId)) return null;
        if (_devices.Find(deviceId) is { } known) return known;
        var mine = new Enrolment(deviceId, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        bool writes;
        lock (_enrolGate)
        {
            _enrolments.Add(mine);
            writes = !_isEnrolling;
            _isEnrolling = true;
        }
        if (writes || !mine.Turn.Task.GetAwaiter().GetResult()) EnrolWaiting();
        return _devices.Find(deviceId);
    }

    private void EnrolWaiting()
    {
        List<Enrolment> group;
        lock (_enrolGate) (group, _enrolments) = (_enrolments, []);
        try
        {
            Write(transaction => EnrolAll(group, transaction));
            foreach (Enrolment enrolment in group) enrolment.Turn.TrySetResult(true);
        }
        catch (Exception e)
        {
            foreach (Enrolment enrolment in group) enrolment.Turn.TrySetException(e);
            throw;
        }
        finally
        {
            Enrolment? next;
            lock (_enrolGate)
            {
                next = _enrolments.Count > 0 ? _enrolments[0] : null;
                _isEnrolling = next is not null;
            }
            next?.Turn.SetResult(false);
        }
    }

    private bool EnrolAll(List<Enrolment> group, IRegistryTransaction transaction)
    {
        int enrolled = _enrolled.Count;
        foreach (Enrolment enrolment in group)
        {
            if (enrolled >= _options.MaxEnrolledDevices || transaction.HasDevice(enrolment.Id)) continue;
            transaction.EnrolDevice(enrolment.Id, transaction.PutRep(enrolment.Id, null, null, null));
            enrolled++;
        }
        return true;
    }

    // A result of null takes the transaction back.
    private T Write<T>(Func<IRegistryTransaction, T> work)
    {
        T result;
        RegistryChanges? changes;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            result = _tables.Write(work, _seenNumber, out changes);
            // What another process wrote meanwhile comes into memory with it: the answer may be one of its rows.
            if (changes is not null) Take(changes);
        }
        if (changes is not null) Changed?.Invoke();
        return result;
    }

    private static bool IsFitId(string id)
    {
        if (id.Length is 0 or > LongestId || char.IsWhiteSpace(id[0]) || char.IsWhiteSpace(id[^1])) return false;
        foreach (char c in id)
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\uFFFD' or '\u2028' or '\u2029') return false;
        }
        return true;
    }

    private static void CheckId(string id)
    {
        if (!IsFitId(id)) throw new ArgumentException($"An id has 1 to {LongestId} printable characters and no space at either end; this one does not: '{id}'.", nameof(id));
    }

    private static void CheckTimeZone(string? timeZone)
    {
        if (timeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
            throw new ArgumentException($"Unknown time zone '{timeZone}': give an IANA name such as Europe/Vienna.", nameof(timeZone));
    }
}

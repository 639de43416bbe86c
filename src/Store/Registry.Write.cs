using System.Diagnostics.CodeAnalysis;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

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
    /// <returns>The secret, which is kept hashed and cannot be had again.</returns>
    /// <exception cref="ArgumentException">An id or the time zone is not fit.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public string AddDevice(string deviceId, string repId, string? group = null, string? repName = null, string? timeZone = null, Crs crs = Crs.Wgs84)
    {
        CheckId(deviceId);
        CheckId(repId);
        CheckTimeZone(timeZone);
        string secret = Secrets.Make(Secrets.DevicePrefix);
        Secrets.TryHash(secret, out SecretHash hash);
        Write(number =>
        {
            int repKey = PutRepRow(repId, repName, group, timeZone, number);
            _sql.PutDevice.Bind(1, deviceId).Bind(2, repKey).Bind(3, (long)crs)
                .BindBlob(4, hash.ToArray()).BindBlob(5, Secrets.SealKey(secret)).Bind(6, number).Run();
            return true;
        });
        return secret;
    }

    /// <summary>Creates or changes a rep.</summary>
    /// <exception cref="ArgumentException">The id or the time zone is not fit.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Rep PutRep(string id, string name, string group, string timeZone)
    {
        CheckId(id);
        CheckTimeZone(timeZone);
        int key = Write(number => PutRepRow(id, name, group, timeZone, number));
        return FindRep(key)!;
    }

    private int PutRepRow(string id, string? name, string? group, string? timeZone, long number)
    {
        SqliteStatement find = _sql.RepKey.Bind(1, id);
        if (find.Step())
        {
            int key = find.Int32(0);
            find.Reset();
            if (name is not null || group is not null || timeZone is not null)
                _sql.UpdateRep.Bind(1, key).Bind(2, name).Bind(3, group?.Trim('/')).Bind(4, timeZone).Bind(5, number).Run();
            return key;
        }
        SqliteStatement insert = _sql.InsertRep.Bind(1, id).Bind(2, name ?? id).Bind(3, group?.Trim('/') ?? "").Bind(4, timeZone ?? "UTC").Bind(5, number);
        insert.Step();
        int made = insert.Int32(0);
        insert.Run();
        return made;
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
            Write(number => EnrolAll(group, number));
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

    private bool EnrolAll(List<Enrolment> group, long number)
    {
        int enrolled = _enrolled.Count;
        foreach (Enrolment enrolment in group)
        {
            SqliteStatement find = _sql.DeviceKey.Bind(1, enrolment.Id);
            bool known = find.Step();
            find.Reset();
            if (!known && enrolled < _options.MaxEnrolledDevices)
            {
                int repKey = PutRepRow(enrolment.Id, null, null, null, number);
                _sql.EnrolDevice.Bind(1, enrolment.Id).Bind(2, repKey).Bind(3, number).Run();
                enrolled++;
            }
        }
        return true;
    }

    /// <summary>Creates a token and returns its text, which is kept hashed and cannot be had again.</summary>
    /// <exception cref="ArgumentException">The scope covers nothing.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public string CreateToken(string name, Role role, Scope scope)
    {
        if (scope.Kind == ScopeKind.None) throw new ArgumentException("A token needs a scope: nothing, group:PATH or rep:ID.", nameof(scope));
        string token = Secrets.Make(Secrets.TokenPrefix);
        Secrets.TryHash(token, out SecretHash hash);
        Write(number =>
        {
            _sql.InsertToken.Bind(1, name).Bind(2, (long)role).Bind(3, scope.ToString()).BindBlob(4, hash.ToArray())
                .Bind(5, Instant.Now(_clock).EpochMs).Bind(6, number).Run();
            return true;
        });
        return token;
    }

    /// <summary>Creates or replaces geofences by id, all or none; keys and versions are given here.</summary>
    /// <param name="geofences">What they are to be.</param>
    /// <param name="expectedVersion">For one geofence: the version that it must have now (0: must not exist); null: any.</param>
    /// <param name="stored">What they are now.</param>
    /// <returns>False: the version is another; nothing was written.</returns>
    /// <exception cref="InvalidOperationException">There would be more than <see cref="RegistryOptions.MaxGeofences"/>; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public bool TryPutGeofences(IReadOnlyList<Geofence> geofences, long? expectedVersion, [NotNullWhen(true)] out IReadOnlyList<Geofence>? stored)
    {
        stored = Write<IReadOnlyList<Geofence>?>(number =>
        {
            var written = new Geofence[geofences.Count];
            int count = _geofences.Count;
            for (int i = 0; i < written.Length; i++)
            {
                if (PutGeofenceRow(geofences[i], expectedVersion, number) is not { } now) return null;
                written[i] = now;
                if (now.Version == 1) count++;
            }
            return count <= _options.MaxGeofences ? written
                : throw new InvalidOperationException($"There may be {_options.MaxGeofences} geofences at the most; this would make {count}.");
        });
        return stored is not null;
    }

    private Geofence? PutGeofenceRow(Geofence geofence, long? expectedVersion, long number)
    {
        (int key, long version) = FindGeofenceRow(geofence.Id);
        if (expectedVersion is { } expected && expected != version) return null;
        Geofence next = geofence with { Key = key, Version = version + 1 };
        if (version > 0)
        {
            _sql.UpdateGeofence.Bind(1, key).Bind(2, next.Version).BindBlob(3, GeofenceText.Write(next)).Bind(4, number).Run();
            return next;
        }
        SqliteStatement insert = _sql.InsertGeofence.Bind(1, geofence.Id).BindBlob(2, GeofenceText.Write(next)).Bind(3, number);
        insert.Step();
        key = insert.Int32(0);
        insert.Run();
        return next with { Key = key };
    }

    private (int Key, long Version) FindGeofenceRow(string id)
    {
        SqliteStatement find = _sql.GeofenceById.Bind(1, id);
        if (!find.Step()) return default;
        (int, long) row = (find.Int32(0), find.Int64(1));
        find.Reset();
        return row;
    }

    /// <summary>Deletes a geofence; null: there is none with that id, or its version is another.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Geofence? DeleteGeofence(string id, long? expectedVersion) => Write(number =>
    {
        (int key, long version) = FindGeofenceRow(id);
        if (version == 0 || (expectedVersion is { } expected && expected != version)) return null;
        Geofence? before = FindGeofence(key);
        _sql.DropGeofence.Bind(1, key).Bind(2, number).Run();
        return before;
    });

    // A result of null takes the transaction back.
    private T Write<T>(Func<long, T> work)
    {
        T result;
        lock (_gate) result = WriteLocked(work);
        if (result is not null) Changed?.Invoke();
        return result;
    }

    private T WriteLocked<T>(Func<long, T> work)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        _file.Begin();
        try
        {
            // What another process wrote meanwhile belongs into memory first: the answer may be one of its rows.
            _sql.NextNumber.Step();
            long number = _sql.NextNumber.Int64(0);
            _sql.NextNumber.Run();
            T result = work(number);
            if (result is null) return result;
            _file.Commit();
            LoadChanges();
            return result;
        }
        finally
        {
            _file.Rollback();
        }
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

using Tracking.Contracts;

namespace Tracking.Store.Sqlite;

/// <summary>The registry in an SQLite file, which another process (the command line) may write too.</summary>
internal sealed partial class SqliteRegistryTables : IRegistryTables, IRegistryTransaction
{
    private readonly SqliteFile _file;
    private readonly SqliteRegistryStatements _sql;
    private long _seenVersion, _number;

    private SqliteRegistryTables(SqliteFile file)
    {
        _file = file;
        _sql = new SqliteRegistryStatements(file);
    }

    /// <summary>Opens the file, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static SqliteRegistryTables Open(string path)
    {
        SqliteFile file = SqliteFile.Open(path);
        try
        {
            file.Migrate(SqliteRegistryStatements.Schema);
            return new SqliteRegistryTables(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Place => _file.Path;

    public bool MayHaveChanged()
    {
        _sql.DataVersion.Step();
        long version = _sql.DataVersion.Int64(0);
        _sql.DataVersion.Reset();
        if (version == _seenVersion) return false;
        _seenVersion = version;
        return true;
    }

    public RegistryChanges? Load(long after)
    {
        _file.Execute("BEGIN");
        try
        {
            _sql.Number.Step();
            long number = _sql.Number.Int64(0);
            _sql.Number.Reset();
            return number == after ? null : Read(number, after);
        }
        finally
        {
            _file.Rollback();
        }
    }

    public T Write<T>(Func<IRegistryTransaction, T> work, long after, out RegistryChanges? changes)
    {
        changes = null;
        _file.Begin();
        try
        {
            _sql.NextNumber.Step();
            _number = _sql.NextNumber.Int64(0);
            _sql.NextNumber.Run();
            T result = work(this);
            if (result is null) return result;
            RegistryChanges read = Read(_number, after);
            _file.Commit();
            changes = read;
            return result;
        }
        finally
        {
            _file.Rollback();
        }
    }

    private RegistryChanges Read(long number, long after)
    {
        var changes = new RegistryChanges(number);
        SqliteStatement row = _sql.NewReps.Bind(1, after);
        while (row.Step()) changes.Reps.Add(new Rep(row.Int32(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4)));
        row = _sql.NewDevices.Bind(1, after);
        while (row.Step())
        {
            var device = new Device(row.Int32(0), row.Text(1), row.Int32(2), (Crs)row.Int32(3));
            bool hasSecret = !row.IsNull(4);
            changes.Devices.Add(new DeviceRow(device, row.Int64(6) != 0, hasSecret ? SecretHash.From(row.Blob(4)) : null, hasSecret ? row.Blob(5).ToArray() : []));
        }
        row = _sql.NewTokens.Bind(1, after);
        while (row.Step())
        {
            ApiToken? token = Scope.TryParse(row.Text(3), out Scope scope)
                ? new ApiToken(row.Text(1), (Role)row.Int32(2), scope, row.Text(6), new Instant(row.Int64(5)))
                : null;
            changes.Tokens.Add(new TokenRow(token, row.Int32(0), SecretHash.From(row.Blob(4)), !row.IsNull(7)));
        }
        using (SqliteStatement erasure = _file.Prepare("SELECT rep, requested, actor, subject, report, done FROM erasure WHERE changed > ?").Bind(1, after))
        {
            while (erasure.Step())
            {
                changes.Erasures.Add(new ErasureRow(erasure.Int32(0), new Instant(erasure.Int64(1)), erasure.Text(2), erasure.TextOrNull(3), erasure.Text(4),
                    erasure.IsNull(5) ? null : new Instant(erasure.Int64(5))));
            }
        }
        row = _sql.NewGeofences.Bind(1, after);
        while (row.Step()) changes.Geofences.Add(new GeofenceRow(row.Int32(0), row.Int64(1), row.IsNull(2) ? null : row.Blob(2).ToArray()));
        row = _sql.NewDefinitions.Bind(1, after);
        while (row.Step())
            changes.Definitions.Add(new DefinitionRow((DefinitionKind)row.Int32(0), row.Text(1), row.Int64(2), row.IsNull(3) ? null : row.Blob(3).ToArray()));
        return changes;
    }

    int IRegistryTransaction.PutRep(string id, string? name, string? group, string? timeZone)
    {
        SqliteStatement find = _sql.RepKey.Bind(1, id);
        if (find.Step())
        {
            int key = find.Int32(0);
            find.Reset();
            if (name is not null || group is not null || timeZone is not null)
                _sql.UpdateRep.Bind(1, key).Bind(2, name).Bind(3, group).Bind(4, timeZone).Bind(5, _number).Run();
            return key;
        }
        return Insert(_sql.InsertRep.Bind(1, id).Bind(2, name ?? id).Bind(3, group ?? "").Bind(4, timeZone ?? "UTC").Bind(5, _number));
    }

    private static int Insert(SqliteStatement insert)
    {
        insert.Step();
        int key = insert.Int32(0);
        insert.Run();
        return key;
    }

    void IRegistryTransaction.PutDevice(string id, int repKey, Crs crs, SecretHash hash, byte[] sealKey) =>
        _sql.PutDevice.Bind(1, id).Bind(2, repKey).Bind(3, (long)crs).BindBlob(4, hash.ToArray()).BindBlob(5, sealKey).Bind(6, _number).Run();

    bool IRegistryTransaction.HasDevice(string id)
    {
        SqliteStatement find = _sql.DeviceKey.Bind(1, id);
        bool known = find.Step();
        find.Reset();
        return known;
    }

    void IRegistryTransaction.EnrolDevice(string id, int repKey) => _sql.EnrolDevice.Bind(1, id).Bind(2, repKey).Bind(3, _number).Run();

    void IRegistryTransaction.AddToken(ApiToken token, SecretHash hash) =>
        _sql.InsertToken.Bind(1, token.Name).Bind(2, (long)token.Role).Bind(3, token.Scope.ToString()).BindBlob(4, hash.ToArray())
            .Bind(5, token.CreatedAt.EpochMs).Bind(6, token.Prefix).Bind(7, _number).Run();

    void IRegistryTransaction.RevokeToken(int key, Instant at) => _sql.RevokeToken.Bind(1, key).Bind(2, at.EpochMs).Bind(3, _number).Run();

    Dictionary<string, (int Key, long Version)> IRegistryTransaction.FindGeofences(IReadOnlyCollection<string> ids)
    {
        var found = new Dictionary<string, (int, long)>(StringComparer.Ordinal);
        foreach (string id in ids)
        {
            SqliteStatement find = _sql.GeofenceById.Bind(1, id);
            if (find.Step()) found[id] = (find.Int32(0), find.Int64(1));
            find.Reset();
        }
        return found;
    }

    int[] IRegistryTransaction.InsertGeofences(IReadOnlyList<Geofence> geofences)
    {
        var keys = new int[geofences.Count];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = Insert(_sql.InsertGeofence.Bind(1, geofences[i].Id).BindBlob(2, GeofenceText.Write(geofences[i])).Bind(3, _number));
        return keys;
    }

    void IRegistryTransaction.UpdateGeofences(IReadOnlyList<Geofence> geofences)
    {
        foreach (Geofence fence in geofences)
            _sql.UpdateGeofence.Bind(1, fence.Key).Bind(2, fence.Version).BindBlob(3, GeofenceText.Write(fence)).Bind(4, _number).Run();
    }

    void IRegistryTransaction.DropGeofence(int key) => _sql.DropGeofence.Bind(1, key).Bind(2, _number).Run();

    (long Version, bool Exists) IRegistryTransaction.FindDefinition(DefinitionKind kind, string id)
    {
        SqliteStatement find = _sql.DefinitionById.Bind(1, (long)kind).Bind(2, id);
        (long, bool) found = find.Step() ? (find.Int64(0), find.Int64(1) != 0) : (0, false);
        find.Reset();
        return found;
    }

    void IRegistryTransaction.PutDefinition(in DefinitionRow row)
    {
        SqliteStatement put = _sql.PutDefinition.Bind(1, (long)row.Kind).Bind(2, row.Id).Bind(3, row.Version).Bind(5, _number);
        (row.Json is null ? put.Bind(4, (string?)null) : put.BindBlob(4, row.Json)).Run();
    }

    void IRegistryTransaction.Audit(in AuditEntry entry) =>
        _sql.InsertAudit.Bind(1, entry.At.EpochMs).Bind(2, entry.Actor).Bind(3, entry.Action).Bind(4, entry.Target).Bind(5, entry.Detail).Run();

    public void Dispose()
    {
        _sql.Dispose();
        _file.Dispose();
    }
}

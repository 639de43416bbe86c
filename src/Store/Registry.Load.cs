using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

public sealed partial class Registry
{
    private readonly RegistryStatements _sql;
    private readonly HashSet<int> _enrolled = [];
    private long _seenNumber = -1, _seenVersion;
    private bool _isUnreadable;

    // Somebody is unknown here; perhaps another process has just let them in. A flood of strangers costs 20 looks a second.
    private bool PollNow()
    {
        long polledAt = Volatile.Read(ref _polledAt), now = _clock.GetTimestamp();
        if (_clock.GetElapsedTime(polledAt, now) < FastestPoll || Interlocked.CompareExchange(ref _polledAt, now, polledAt) != polledAt) return false;
        return PollSafely();
    }

    // A file that cannot be read for a moment must not take down the timer's thread or a request: what is known stays valid.
    private bool PollSafely()
    {
        try
        {
            bool changed = Poll();
            _isUnreadable = false;
            return changed;
        }
        catch (StoreUnavailableException e)
        {
            if (!_isUnreadable) LogUnreadable(_logger, e.Message);
            _isUnreadable = true;
            return false;
        }
    }

    private bool Poll()
    {
        bool changed;
        lock (_gate)
        {
            if (_closed) return false;
            _sql.DataVersion.Step();
            long version = _sql.DataVersion.Int64(0);
            _sql.DataVersion.Reset();
            if (version == _seenVersion) return false;
            changed = LoadChanges();
            _seenVersion = version;
        }
        if (changed) Changed?.Invoke();
        return changed;
    }

    // Every change comes into memory this way, this process's own ones too: one path, and none is seen before it is on disk.
    private bool LoadChanges()
    {
        _file.Execute("BEGIN");
        try
        {
            _sql.Number.Step();
            long number = _sql.Number.Int64(0);
            _sql.Number.Reset();
            if (number == _seenNumber) return false;
            LoadReps();
            LoadDevices();
            LoadTokens();
            LoadGeofences();
            _seenNumber = number;
            return true;
        }
        finally
        {
            _file.Rollback();
        }
    }

    private void LoadReps()
    {
        SqliteStatement row = _sql.NewReps.Bind(1, _seenNumber);
        while (row.Step()) _reps.Put(new Rep(row.Int32(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4)));
    }

    private void LoadDevices()
    {
        SqliteStatement row = _sql.NewDevices.Bind(1, _seenNumber);
        while (row.Step())
        {
            var device = new Device(row.Int32(0), row.Text(1), row.Int32(2), (Crs)row.Int32(3));
            if (row.Int64(6) != 0) _enrolled.Add(device.Key);
            else _enrolled.Remove(device.Key);
            if (!row.IsNull(4)) LoadSecret(device.Key, SecretHash.From(row.Blob(4)), row.Blob(5).ToArray());
            _devices.Put(device);
        }
    }

    private void LoadSecret(int deviceKey, SecretHash hash, byte[] sealKey)
    {
        if (_secrets.TryGetValue(deviceKey, out DeviceSecret? before)) _deviceBySecret.TryRemove(before.Hash, out _);
        _secrets[deviceKey] = new DeviceSecret(hash, sealKey);
        _deviceBySecret[hash] = deviceKey;
    }

    private void LoadTokens()
    {
        SqliteStatement row = _sql.NewTokens.Bind(1, _seenNumber);
        while (row.Step())
        {
            if (Scope.TryParse(row.Text(2), out Scope scope))
                _tokens[SecretHash.From(row.Blob(3))] = new Principal(row.Text(0), (Role)row.Int32(1), scope);
        }
    }

    private void LoadGeofences()
    {
        SqliteStatement row = _sql.NewGeofences.Bind(1, _seenNumber);
        while (row.Step())
        {
            int key = row.Int32(0);
            if (row.IsNull(2)) _geofences.Remove(key);
            else _geofences.Put(ReadGeofence(row, key));
        }
    }

    private Geofence ReadGeofence(SqliteStatement row, int key)
    {
        try
        {
            return GeofenceText.Read(row.Blob(2)) with { Key = key, Version = row.Int64(1) };
        }
        catch (JsonException e)
        {
            row.Reset();
            throw new StoreUnavailableException($"{_file.Path}: the text of geofence {key} is damaged: {e.Message} Mend it, or delete the row.", e);
        }
    }
}

using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    /// <summary>How long somebody unknown waits for a look that another one makes.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly IRegistryTables _tables;
    private readonly HashSet<int> _enrolled = [];
    private long _seenNumber = -1;
    private bool _isUnreadable;

    /// <summary>False while the database cannot be read: what is known stays valid, and nothing can be changed.</summary>
    public bool IsReachable => !Volatile.Read(ref _isUnreadable);

    // Somebody is unknown here; perhaps another process has just let them in. A flood of strangers costs 20 looks a second.
    private bool PollNow()
    {
        long polledAt = Volatile.Read(ref _polledAt), now = _clock.GetTimestamp();
        if (_clock.GetElapsedTime(polledAt, now) < FastestPoll || Interlocked.CompareExchange(ref _polledAt, now, polledAt) != polledAt) return false;
        // The timer tries again once a second; strangers need not stand in line for a server that does not answer.
        return !Volatile.Read(ref _isUnreadable) && PollSafely();
    }

    /// <summary>Looks now whether others have written.</summary>
    internal void Look() => PollSafely();

    // A store that cannot be read for a moment must not take down the timer's thread or a request: what is known stays valid.
    private bool PollSafely()
    {
        try
        {
            bool changed = Poll();
            Volatile.Write(ref _isUnreadable, false);
            return changed;
        }
        catch (StoreUnavailableException e)
        {
            if (!_isUnreadable) LogUnreadable(_logger, e.Message);
            Volatile.Write(ref _isUnreadable, true);
            return false;
        }
    }

    private bool Poll()
    {
        bool changed;
        if (!_gate.TryEnter(LongestWait)) return false;
        try
        {
            // What could not be taken in the last time is new still.
            if (_closed || (!_tables.MayHaveChanged() && !_isUnreadable)) return false;
            RegistryChanges? changes = _tables.Load(_seenNumber);
            changed = changes is not null;
            if (changed) Take(changes!);
        }
        finally
        {
            _gate.Exit();
        }
        if (changed) Changed?.Invoke();
        return changed;
    }

    // Every change comes into memory this way, this process's own ones too: one path, and none is seen before it is durable.
    private void Take(RegistryChanges changes)
    {
        foreach (Rep rep in changes.Reps) _reps.Put(rep);
        foreach (DeviceRow row in changes.Devices) TakeDevice(row);
        foreach (TokenRow row in changes.Tokens) TakeToken(row);
        foreach (GeofenceRow row in changes.Geofences)
        {
            if (row.Text is null) _geofences.Remove(row.Key);
            else _geofences.Put(ReadGeofence(row, row.Text));
        }
        _definitions.Take(changes.Definitions);
        _seenNumber = changes.Number;
    }

    private void TakeDevice(in DeviceRow row)
    {
        int key = row.Device.Key;
        if (row.IsEnrolled) _enrolled.Add(key);
        else _enrolled.Remove(key);
        if (row.Hash is { } hash)
        {
            if (_secrets.TryGetValue(key, out DeviceSecret? before)) _deviceBySecret.TryRemove(before.Hash, out _);
            _secrets[key] = new DeviceSecret(hash, row.SealKey);
            _deviceBySecret[hash] = key;
        }
        _devices.Put(row.Device);
    }

    private Geofence ReadGeofence(in GeofenceRow row, byte[] text)
    {
        try
        {
            return GeofenceText.Read(text) with { Key = row.Key, Version = row.Version };
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException($"{_tables.Place}: the text of geofence {row.Key} is damaged: {e.Message} Mend it, or delete the row.", e);
        }
    }
}

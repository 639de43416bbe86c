using System.Diagnostics;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    /// <summary>How long somebody unknown waits for a look that another one makes.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FastestLook = TimeSpan.FromMilliseconds(20);

    private readonly IRegistryTables _tables;
    private readonly HashSet<int> _enrolled = [];
    private readonly Lock _lookGate = new();
    private Task? _nextLook;
    private long _lookedAt;
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

    /// <summary>Changes with everything that comes into memory; see <see cref="HasChangedAsync"/>.</summary>
    public long Version => Volatile.Read(ref _seenNumber);

    /// <summary>
    /// Looks whether others have written, after the call and at most 50 times a second; all who ask in between share a look. For who is
    /// about to be turned away: a look that began before they came may have missed that they were let in.
    /// </summary>
    /// <param name="since">The <see cref="Version"/> before they were found to be unknown.</param>
    /// <returns>True: something has changed since; find out again.</returns>
    public async Task<bool> HasChangedAsync(long since)
    {
        Task look;
        lock (_lookGate) look = _nextLook ??= Task.Run(LookWhenDueAsync);
        await look;
        return Version != since;
    }

    private async Task LookWhenDueAsync()
    {
        // Real time, also where a test stops the clock: it only spares the disk.
        TimeSpan early = FastestLook - Stopwatch.GetElapsedTime(_lookedAt);
        if (early > TimeSpan.Zero) await Task.Delay(early);
        lock (_lookGate)
        {
            _nextLook = null;
            _lookedAt = Stopwatch.GetTimestamp();
        }
        // The timer tries again once a second; strangers need not stand in line for a server that does not answer.
        if (!Volatile.Read(ref _isUnreadable)) PollSafely();
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
        TakeErasures(changes.Erasures);
        foreach (Rep rep in changes.Reps)
        {
            if (!_erased.Contains(rep.Key)) _reps.Put(rep);
        }
        foreach (DeviceRow row in changes.Devices) TakeDevice(row);
        foreach (TokenRow row in changes.Tokens) TakeToken(row);
        foreach (GeofenceRow row in changes.Geofences)
        {
            if (row.Text is null) _geofences.Remove(row.Key);
            else _geofences.Put(ReadGeofence(row, row.Text));
        }
        _definitions.Take(changes.Definitions);
        Volatile.Write(ref _seenNumber, changes.Number);
    }

    private void TakeDevice(in DeviceRow row)
    {
        int key = row.Device.Key;
        if (_erased.Contains(row.Device.RepKey))
        {
            if (_secrets.TryRemove(key, out DeviceSecret? gone)) _deviceBySecret.TryRemove(gone.Hash, out _);
            _enrolled.Remove(key);
            _devices.Remove(key);
            return;
        }
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

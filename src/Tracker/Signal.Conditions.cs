using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>What the device said about itself that still holds.</content>
internal partial struct Signal
{
    [Flags]
    private enum Conditions : byte
    {
        None = 0,
        Shutdown = 1,
        AppStopped = 2,
        PermissionDenied = 4,
        LocationOff = 8,
        AeroplaneMode = 16,
        ConnectionLost = 32,
    }

    private const Conditions EndedByLife = Conditions.Shutdown | Conditions.AppStopped | Conditions.AeroplaneMode | Conditions.ConnectionLost;
    private const Conditions EndedByPosition = EndedByLife | Conditions.PermissionDenied | Conditions.LocationOff;

    /// <summary>Takes what the device says about itself, which is no sign of life here.</summary>
    public void Note(in DeviceEvent told)
    {
        // Events that were buffered come in the order of their own time, but may overtake each other.
        if ((told.At < _conditionAt && _conditions != 0) || told.At < _newestFixedAt) return;
        (Conditions begun, Conditions ended) = told.Kind switch
        {
            DeviceEventKind.Shutdown => (Conditions.Shutdown, Conditions.None),
            DeviceEventKind.Boot => (Conditions.None, EndedByLife),
            DeviceEventKind.AppStopped => (Conditions.AppStopped, Conditions.None),
            DeviceEventKind.AppStarted or DeviceEventKind.AppUpdated => (Conditions.None, Conditions.AppStopped | Conditions.Shutdown),
            DeviceEventKind.PermissionDenied => (Conditions.PermissionDenied, Conditions.None),
            DeviceEventKind.PermissionGranted => (Conditions.None, Conditions.PermissionDenied),
            DeviceEventKind.LocationServiceOff => (Conditions.LocationOff, Conditions.None),
            DeviceEventKind.LocationServiceOn => (Conditions.None, Conditions.LocationOff),
            DeviceEventKind.AeroplaneModeOn => (Conditions.AeroplaneMode, Conditions.None),
            DeviceEventKind.AeroplaneModeOff => (Conditions.None, Conditions.AeroplaneMode),
            DeviceEventKind.ConnectionLost or DeviceEventKind.NetworkLost => (Conditions.ConnectionLost, Conditions.None),
            DeviceEventKind.Heartbeat => (Conditions.None, Conditions.ConnectionLost),
            _ => (Conditions.None, Conditions.None),
        };
        if (begun == 0 && ended == 0) return;
        _conditions = (_conditions & ~ended) | begun;
        _conditionAt = told.At;
    }

    // A fix that was measured later than what the device said shows that it holds no more.
    private void HearCondition(in Fix fix)
    {
        _positionless = fix.HasPosition ? (byte)0 : (byte)Math.Min(byte.MaxValue, _positionless + 1);
        if (_conditions != 0 && fix.FixedAt > _conditionAt) _conditions &= ~(fix.HasPosition ? EndedByPosition : EndedByLife);
    }

    private readonly bool Holds(Conditions condition) => (_conditions & condition) != 0;
}

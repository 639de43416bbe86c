using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>What a derivation needs: to begin in the midst of a track, and to look inside.</content>
public sealed partial class RepTracker
{
    internal Instant? NewestFixedAt => _hasNewest ? _newest.FixedAt : null;

    internal List<FenceStay> ListStays() => _fences.ListStays();

    internal void Resume(IReadOnlyList<FenceStay> stays, Instant at) => _fences.Resume(stays, at, _context.Geofences);

    /// <summary>An instant of the server's clock by the device's; null: there was no fix.</summary>
    internal Instant? DeviceTimeAt(Instant now) => _hasNewest ? ByDevice(now) : null;
}

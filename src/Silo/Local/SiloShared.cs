using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo.Local;

/// <summary>What all partitions of a host share; nothing in it changes while they run but what says so.</summary>
internal sealed class SiloShared
{
    public required SiloOptions Options { get; init; }

    /// <summary>Its geofence index is changed by the dispatcher while all partitions are idle.</summary>
    public required TrackerContext Context { get; init; }

    public required AlertWriter AlertWriter { get; init; }

    public required AlertQueue Alerts { get; init; }

    /// <summary>
    /// On while the host runs ahead of a store that is out: trackers and the live map go on, and nothing is kept for the store.
    /// All of it is in the journal, and is done again from there. Turned off by the dispatcher alone.
    /// </summary>
    public Switch Ahead { get; } = new();

    /// <summary>On while alerts are left out, because the alert log is out for long; with it the host runs ahead.</summary>
    public Switch LeaveAlerts { get; } = new();

    public required QuarantineInput Quarantine { get; init; }

    public required IReadOnlyList<ILiveSink> Sinks { get; init; }

    public required Func<int, string?> FindDeviceId { get; init; }

    /// <summary>Whether a rep's data were erased: nothing of it is applied any more.</summary>
    public required Func<int, bool> IsErased { get; init; }

    public required Counter[] Outcomes { get; init; }

    /// <summary>By kind.</summary>
    public required Counter[] DeviceEvents { get; init; }

    public required Counter RuleFailures { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>See <see cref="RepTurn.Fault"/>.</summary>
    public Action<JournalRecord>? Fault { get; init; }
}

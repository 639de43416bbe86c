using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Local;

/// <summary>What a host uses of the world around it: the parts of a store, or those of a simulation.</summary>
internal sealed record SiloParts
{
    public required Journal Journal { get; init; }

    public required ITrackStore Tracks { get; init; }

    /// <summary>See <see cref="AlertLog.AppendAsync"/>.</summary>
    public required Func<IReadOnlyList<Alert>, CancellationToken, ValueTask> AppendAlerts { get; init; }

    /// <summary>See <see cref="AlertLog.ReadPageAsync"/>.</summary>
    public required Func<long, int, AlertFilter, CancellationToken, ValueTask<AlertPage>> ReadAlerts { get; init; }

    /// <summary>See <see cref="Registry.FindRep(int)"/>.</summary>
    public required Func<int, Rep?> FindRep { get; init; }

    /// <summary>The id of the device with a key; null: none.</summary>
    public required Func<int, string?> FindDeviceId { get; init; }

    /// <summary>See <see cref="Registry.IsErased"/>.</summary>
    public Func<int, bool> IsErased { get; init; } = static _ => false;

    /// <summary>See <see cref="Registry.Geofences"/>.</summary>
    public required Func<IReadOnlyList<Geofence>> ListGeofences { get; init; }

    /// <summary>See <see cref="Registry.Definitions"/>.</summary>
    public Func<IReadOnlyList<Definition>> ListShifts { get; init; } = static () => [];

    /// <summary>See <see cref="Quarantine.AddAsync"/>.</summary>
    public required QuarantineInput Quarantine { get; init; }

    public required IEnumerable<ILiveSink> Sinks { get; init; }

    /// <summary>Where the loops run.</summary>
    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>The clock of pauses that spare the disk: real time, also where a test stops the clock of the trackers.</summary>
    public TimeProvider PauseClock { get; init; } = TimeProvider.System;

    /// <summary>See <see cref="RepTurn.Fault"/>.</summary>
    public Action<JournalRecord>? Fault { get; init; }

    /// <summary>The parts of a store.</summary>
    public static SiloParts Of(
        Journal journal, ITrackStore tracks, AlertLog alertLog, Registry registry, Quarantine quarantine, IEnumerable<ILiveSink> sinks) => new()
        {
            Journal = journal,
            Tracks = tracks,
            AppendAlerts = alertLog.AppendAsync,
            ReadAlerts = alertLog.ReadPageAsync,
            FindRep = registry.FindRep,
            FindDeviceId = key => registry.FindDevice(key)?.Id,
            IsErased = registry.IsErased,
            ListGeofences = () => registry.Geofences,
            ListShifts = () => registry.Definitions(DefinitionKind.Shift),
            Quarantine = quarantine.AddAsync,
            Sinks = sinks,
        };
}

/// <summary>Keeps an input that could not be used; see <see cref="Quarantine.AddAsync"/>.</summary>
internal delegate ValueTask QuarantineInput(Protocol protocol, string? deviceId, string reason, string detail, ReadOnlySpan<byte> raw);

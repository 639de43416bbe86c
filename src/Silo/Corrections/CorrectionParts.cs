using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>What corrections use of the world around them: any host, and the parts of a store or those of a simulation.</summary>
internal sealed record CorrectionParts
{
    public required ITrackStore Tracks { get; init; }

    /// <summary>See <see cref="AlertLog.ReadPageAsync"/>.</summary>
    public required Func<long, int, AlertFilter, CancellationToken, ValueTask<AlertPage>> ReadAlerts { get; init; }

    /// <summary>See <see cref="AlertLog.AppendAsync"/>.</summary>
    public required Func<IReadOnlyList<Alert>, CancellationToken, ValueTask> AppendAlerts { get; init; }

    /// <summary>See <see cref="Registry.FindRep(int)"/>.</summary>
    public required Func<int, Rep?> FindRep { get; init; }

    /// <summary>See <see cref="Registry.Geofences"/>.</summary>
    public required Func<IReadOnlyList<Geofence>> ListGeofences { get; init; }

    /// <summary>See <see cref="Registry.Definitions"/>, of shifts.</summary>
    public Func<IReadOnlyList<Definition>> ListShifts { get; init; } = static () => [];

    /// <summary>
    /// Of the host: completes when everything that was durable in the journal at the call is in the track store, with its alerts
    /// in the log. The answer is an instant up to which everything received is there, and up to which time has decided.
    /// </summary>
    public required Func<CancellationToken, Task<Instant>> SettleAsync { get; init; }

    /// <summary>The shifts that there are now.</summary>
    public ShiftIndex ShiftsNow()
    {
        var shifts = new ShiftIndex();
        foreach (Definition definition in ListShifts())
            if (ShiftJson.TryRead(definition.Json, definition.Id, definition.Version, out Shift? shift, out _)) shifts.Put(shift);
        return shifts;
    }

    /// <summary>The parts of a store.</summary>
    public static CorrectionParts Of(ITrackStore tracks, AlertLog log, Registry registry, Func<CancellationToken, Task<Instant>> settleAsync) => new()
    {
        Tracks = tracks,
        ReadAlerts = log.ReadPageAsync,
        AppendAlerts = log.AppendAsync,
        FindRep = registry.FindRep,
        ListGeofences = () => registry.Geofences,
        ListShifts = () => registry.Definitions(DefinitionKind.Shift),
        SettleAsync = settleAsync,
    };
}

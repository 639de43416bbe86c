using System.Buffers;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// What one rep's tracker knows about geofences: outside, entering, inside or leaving, per fence that is near. Made for
/// one rep, used by its tracker only, in the order of its accepted fixes.
/// </summary>
public sealed class GeofenceStates
{
    /// <summary>Keys of the fences that the rep is inside; never null, replaced when it changes.</summary>
    public IReadOnlyList<int> Inside { get; private set; } = [];

    /// <summary>The earliest instant, by the device's clock, at which <see cref="Tick"/> may have something to say; <see cref="Instant.Max"/>: none.</summary>
    public Instant NextTickAt { get; private set; } = Instant.Max;

    /// <summary>Takes an accepted fix: adds exits, then entries, then fences crossed in passing.</summary>
    /// <param name="previous">The accepted fix before it; read only when <paramref name="hasPrevious"/>.</param>
    /// <param name="hasPrevious">False for the first fix of a rep.</param>
    /// <param name="fix">The fix, not earlier than <paramref name="previous"/>.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="output">Takes events.</param>
    public void Apply(in Fix previous, bool hasPrevious, in Fix fix, TrackerContext context, int repKey, TurnOutput output) => NextTickAt = Instant.Max;

    /// <summary>Takes a fix that is too vague for the track: it counts where it is farther from a boundary than its accuracy.</summary>
    public void ApplyVague(in Fix previous, bool hasPrevious, in Fix fix, TrackerContext context, int repKey, TurnOutput output) => NextTickAt = Instant.Max;

    /// <summary>Says what time alone decides: dwelling, and schedules that open or close.</summary>
    /// <param name="deviceNow">The present by the device's clock.</param>
    /// <param name="newest">The newest accepted fix.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="output">Takes events.</param>
    public void Tick(Instant deviceNow, in Fix newest, TrackerContext context, TurnOutput output) => NextTickAt = Instant.Max;

    /// <summary>Evaluates a fence that was created, changed or deleted, which the index has already taken.</summary>
    /// <param name="change">The change.</param>
    /// <param name="newest">The newest accepted fix; read only when <paramref name="hasNewest"/>.</param>
    /// <param name="hasNewest">False for a rep without a fix.</param>
    /// <param name="context">Options and geofences.</param>
    /// <param name="repKey">Whose it is.</param>
    /// <param name="output">Takes events.</param>
    public void GeofenceChanged(GeofenceChange change, in Fix newest, bool hasNewest, TrackerContext context, int repKey, TurnOutput output) => NextTickAt = Instant.Max;

    /// <summary>Writes the whole state.</summary>
    public void Save(IBufferWriter<byte> writer) => NextTickAt = Instant.Max;

    /// <summary>Restores what <see cref="Save"/> wrote and moves <paramref name="bytes"/> behind it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such state.</exception>
    public static GeofenceStates Load(ref ReadOnlySpan<byte> bytes) => new();
}

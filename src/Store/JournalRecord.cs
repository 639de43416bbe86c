using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>The limits of a journal.</summary>
public sealed record JournalOptions
{
    /// <summary>Bytes that may wait for the disk; beyond, <see cref="Journal.Append"/> refuses.</summary>
    public int MaxPendingBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of one group at the most.</summary>
    public int MaxGroupBytes { get; init; } = 1 << 20;

    /// <summary>Bytes on disk beyond which <see cref="Journal.Append"/> refuses.</summary>
    public long MaxDiskBytes { get; init; } = 8L << 30;

    /// <summary>Bytes of the newest durable records that stay in memory, so that a consumer that keeps up never reads the disk.</summary>
    public int MaxRecentBytes { get; init; } = 64 << 20;
}

/// <summary>What <see cref="Journal.Append"/> answers.</summary>
public readonly struct JournalTicket
{
    private readonly Task<bool>? _durable;

    internal JournalTicket(Task<bool> durable) => _durable = durable;

    /// <summary>False: the journal is full or broken and nothing was taken; try later.</summary>
    public bool Accepted => _durable is not null;

    /// <summary>Completes when the records are on disk: true; false when the commit failed, or nothing was taken.</summary>
    public ValueTask<bool> WhenDurableAsync() => _durable is null ? new ValueTask<bool>(false) : new ValueTask<bool>(_durable);
}

/// <summary>What a record is.</summary>
public enum JournalRecordKind : byte
{
    /// <summary>A fix or heartbeat; the payload holds attributes as a JSON object, or nothing.</summary>
    Fix = 1,
    /// <summary>A device event; the payload is a JSON object.</summary>
    DeviceEvent = 2,
    /// <summary>A geofence was created, changed or deleted; the payload is a <see cref="GeofenceChange"/> as JSON.</summary>
    GeofenceChanged = 3,
    /// <summary>A definition that trackers obey was created, changed or deleted; the payload is a <see cref="DefinitionChange"/> as JSON.</summary>
    DefinitionChanged = 4,
    /// <summary>A rep checks in or out; the payload is a <see cref="CheckIn"/> as JSON.</summary>
    CheckIn = 5,
}

/// <summary>One record of the journal.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="RepKey">Whose; 0 for what concerns nobody in particular.</param>
/// <param name="DeviceKey">From which device; 0: none.</param>
/// <param name="Fix">The fix, kept on the 1e-7 degree grid; for other kinds only <see cref="Fix.ReceivedAt"/> counts.</param>
/// <param name="Payload">See <see cref="JournalRecordKind"/>; <see cref="MaxPayloadOf"/> at most.</param>
public readonly record struct JournalRecord(JournalRecordKind Kind, int RepKey, int DeviceKey, Fix Fix, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The longest payload: 64 KiB.</summary>
    public const int MaxPayloadBytes = 64 << 10;

    /// <summary>The longest payload of a geofence change: 8 MiB, room for 100,000 vertices.</summary>
    public const int MaxGeofenceBytes = 8 << 20;

    /// <summary>The longest payload of a kind of record, in bytes.</summary>
    public static int MaxPayloadOf(JournalRecordKind kind) => kind == JournalRecordKind.GeofenceChanged ? MaxGeofenceBytes : MaxPayloadBytes;
}

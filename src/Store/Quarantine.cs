using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>Raw input that could not be used, with the reason; bounded in bytes, the oldest makes room.</summary>
public sealed class Quarantine : IAsyncDisposable
{
    /// <summary>Opens the quarantine, or creates it.</summary>
    public static Quarantine Open(string path, QuarantineOptions options, Metrics metrics, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>Keeps one input, cut to the entry limit; completes when it is on disk. Under a flood it samples and counts instead, and never fails.</summary>
    /// <param name="protocol">By which protocol it came.</param>
    /// <param name="deviceId">From whom, as far as known.</param>
    /// <param name="reason">A short fixed word for the metric's label, such as <c>latitudeRange</c>.</param>
    /// <param name="detail">What is wrong, with the value.</param>
    /// <param name="raw">The bytes.</param>
    public ValueTask AddAsync(Protocol protocol, string? deviceId, string reason, string detail, ReadOnlySpan<byte> raw) => throw new NotImplementedException();

    /// <summary>Reads entries, newest first.</summary>
    public ValueTask<IReadOnlyList<QuarantineEntry>> ReadAsync(long? before, int limit, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>The limits of the quarantine.</summary>
public sealed record QuarantineOptions
{
    /// <summary>Bytes kept of one input.</summary>
    public int MaxEntryBytes { get; init; } = 4096;

    /// <summary>Bytes kept in all.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>Entries a second that are kept; more are only counted.</summary>
    public int MaxEntriesPerSecond { get; init; } = 1000;
}

/// <summary>A quarantined input.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="ReceivedAt">When.</param>
/// <param name="Protocol">By which protocol.</param>
/// <param name="DeviceId">From whom, as far as known.</param>
/// <param name="Reason">A short fixed word.</param>
/// <param name="Detail">What is wrong.</param>
/// <param name="Raw">The bytes, cut to the limit.</param>
public sealed record QuarantineEntry(long Id, Instant ReceivedAt, Protocol Protocol, string? DeviceId, string Reason, string Detail, byte[] Raw);

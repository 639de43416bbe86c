using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>The durable log of alerts: written first, streamed from. An alert whose id is known already is not written again.</summary>
public sealed class AlertLog : IAsyncDisposable
{
    /// <summary>Opens the log, or creates it.</summary>
    public static AlertLog Open(string path, AlertLogOptions options, Metrics metrics, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>Cursor of the newest durable alert; 0: none.</summary>
    public long NewestCursor => throw new NotImplementedException();

    /// <summary>Cursor before the oldest alert that is kept.</summary>
    public long OldestCursor => throw new NotImplementedException();

    /// <summary>Writes alerts in groups, in order; completes when they are on disk. Waits when too many are under way.</summary>
    public ValueTask AppendAsync(IReadOnlyList<Alert> alerts, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Reads alerts behind a cursor, oldest first; the newest ones come from memory.</summary>
    public ValueTask<IReadOnlyList<Alert>> ReadAsync(long after, int limit, AlertFilter filter, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Completes when the log holds alerts behind a cursor.</summary>
    public ValueTask WaitAsync(long after, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>The limits of the alert log.</summary>
public sealed record AlertLogOptions
{
    /// <summary>How long alerts are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(400);
}

/// <summary>Which alerts.</summary>
public sealed record AlertFilter
{
    /// <summary>All of them.</summary>
    public static readonly AlertFilter All = new();

    /// <summary>Kinds; empty: all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Of one rep.</summary>
    public string? RepId { get; init; }

    /// <summary>First <see cref="Alert.At"/>.</summary>
    public Instant? From { get; init; }

    /// <summary>Last <see cref="Alert.At"/>, exclusive.</summary>
    public Instant? To { get; init; }
}

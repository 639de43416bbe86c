using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>
/// Who did what: rows that are only ever added, and swept when they are older than the retention. What changes the registry is
/// noted in the transaction that changes it; anything else is appended here.
/// </summary>
public sealed partial class AuditLog : IAsyncDisposable
{
    private const int RowsSweptAtOnce = 5000;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private readonly IAuditTable _table;
    private readonly AuditLogOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _closing = new();
    private Task _sweeping = Task.CompletedTask;

    private AuditLog(IAuditTable table, AuditLogOptions options, TimeProvider clock, ILogger? logger)
    {
        (_table, _options, _clock, _logger) = (table, options, clock, logger ?? NullLogger.Instance);
        _timer = clock.CreateTimer(static log => ((AuditLog)log!).BeginSweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>Opens the audit log in the registry's SQLite file.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static AuditLog Open(string registryPath, AuditLogOptions options, TimeProvider clock, ILogger? logger = null) =>
        new(SqliteAuditTable.Open(registryPath), options, clock, logger);

    internal static AuditLog Over(IAuditTable table, AuditLogOptions options, TimeProvider clock, ILogger? logger) => new(table, options, clock, logger);

    /// <summary>Notes an act; it is durable on return.</summary>
    /// <param name="actor">Who did it.</param>
    /// <param name="action">What, see <see cref="AuditAction"/>.</param>
    /// <param name="target">The id or name of what it was done to.</param>
    /// <param name="cancel">Gives up; it may be written nevertheless.</param>
    /// <param name="details">What belongs to the action; never a secret.</param>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public ValueTask AppendAsync(string actor, string action, string target, CancellationToken cancel, params ReadOnlySpan<(string Name, string? Value)> details) =>
        _table.AppendAsync(AuditEntry.Of(Instant.Now(_clock), actor, action, target, details), cancel);

    /// <summary>Reads entries behind a cursor, oldest first.</summary>
    /// <param name="after">A cursor; 0: from the beginning.</param>
    /// <param name="limit">Entries at the most.</param>
    /// <param name="action">Of one action; null: all.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The log cannot be read.</exception>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, string? action, CancellationToken cancel) =>
        _table.ReadAsync(after, limit, action, newestFirst: false, cancel);

    /// <summary>Reads the newest entries, oldest first.</summary>
    /// <exception cref="StoreUnavailableException">The log cannot be read.</exception>
    public async ValueTask<IReadOnlyList<AuditEntry>> ReadLatestAsync(int limit, string? action, CancellationToken cancel) =>
        [.. (await _table.ReadAsync(0, limit, action, newestFirst: true, cancel)).Reverse()];

    private void BeginSweep()
    {
        if (_sweeping.IsCompleted) _sweeping = SweepAsync();
    }

    private async Task SweepAsync()
    {
        try
        {
            Instant before = Instant.Now(_clock) - _options.Retention;
            while (await _table.SweepAsync(before, RowsSweptAtOnce, _closing.Token) == RowsSweptAtOnce) { }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
        catch (StoreUnavailableException e)
        {
            LogNotSwept(e.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        await _timer.DisposeAsync();
        await _sweeping;
        _table.Dispose();
        _closing.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old entries of the audit log could not be deleted; the next hour tries again: {Reason}")]
    private partial void LogNotSwept(string reason);
}

/// <summary>The limits of the audit log.</summary>
public sealed record AuditLogOptions
{
    /// <summary>How long entries are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(400);
}

/// <summary>Where the audit log is kept.</summary>
internal interface IAuditTable : IDisposable
{
    ValueTask AppendAsync(AuditEntry entry, CancellationToken cancel);

    ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, string? action, bool newestFirst, CancellationToken cancel);

    /// <summary>Deletes what is older; how many rows.</summary>
    ValueTask<int> SweepAsync(Instant before, int atMost, CancellationToken cancel);
}

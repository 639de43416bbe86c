using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>
/// Brings changes of what trackers obey into the journal, so that trackers meet them at one place in the order of fixes. The
/// registry has them already, so a journal that is full for a moment is asked again for some seconds; what it still refuses is
/// reconciled when the host starts next. Each attempt is of its own instant: trackers take a change as of now, and time may have
/// decided something meanwhile.
/// </summary>
internal sealed class ChangeJournal(Journal journal, TimeProvider clock) : IDisposable
{
    private const int MaxTries = 50;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Writes a definition to the registry, and the change to the journal; one at a time, so that both have the same order.</summary>
    /// <param name="write">Writes it; null: nothing was changed.</param>
    /// <param name="cancel">Gives up before anything is written.</param>
    /// <returns>False: the registry has it, and the journal takes nothing now.</returns>
    public async Task<bool> WriteAsync(Func<DefinitionChange?> write, CancellationToken cancel)
    {
        JournalTicket ticket;
        await _writing.WaitAsync(cancel);
        try
        {
            if (write() is not { } change) return true;
            ticket = await AppendAsync(1, (_, now) => RecordOf(JournalRecordKind.DefinitionChanged, now, (change with { At = now }).ToUtf8()));
        }
        finally
        {
            _writing.Release();
        }
        return ticket.Accepted && await ticket.WhenDurableAsync();
    }

    /// <summary>Hands records to the journal.</summary>
    /// <param name="count">How many.</param>
    /// <param name="make">Makes one of them, as of an instant.</param>
    public async Task<JournalTicket> AppendAsync(int count, Func<int, Instant, JournalRecord> make)
    {
        var records = new JournalRecord[count];
        for (int attempt = 1; ; attempt++)
        {
            Instant now = Instant.Now(clock);
            for (int i = 0; i < count; i++) records[i] = make(i, now);
            JournalTicket ticket = journal.Append(records);
            if (ticket.Accepted || attempt == MaxTries) return ticket;
            await Task.Delay(RetryPause, clock);
        }
    }

    /// <summary>A record of a change.</summary>
    public static JournalRecord RecordOf(JournalRecordKind kind, Instant now, byte[] payload) => new(kind, 0, 0, new Fix { ReceivedAt = now, FixedAt = now }, payload);

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();
}

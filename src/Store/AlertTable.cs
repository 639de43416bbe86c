using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>Where the alert log is kept. Writing and asking for bounds is one thread's; reading is anybody's.</summary>
internal interface IAlertTable : IDisposable
{
    /// <summary>Whether others write there too, so that what is new must be looked for.</summary>
    bool IsShared { get; }

    /// <summary>What is there now.</summary>
    /// <exception cref="StoreUnavailableException">The table cannot be read.</exception>
    AlertBounds ReadBounds();

    /// <summary>
    /// Writes alerts in order, without those whose id is known, as one transaction that is durable on return. Cursors follow
    /// each other without gaps, and become visible in their order whoever writes.
    /// </summary>
    /// <param name="alerts">What to write; their cursors are given here.</param>
    /// <param name="at">When, for the retention.</param>
    /// <param name="written">Takes what was new.</param>
    /// <exception cref="StoreUnavailableException">
    /// Nothing was written; or the connection broke while the transaction was committed, and then their ids are known.
    /// </exception>
    void Insert(IReadOnlyList<Alert> alerts, Instant at, List<StoredAlert> written);

    /// <summary>Deletes the oldest alerts as far as they were written before an instant.</summary>
    /// <returns>How many; <paramref name="atMost"/>: there may be more.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was deleted.</exception>
    int Sweep(Instant before, int atMost);

    /// <summary>Deletes alerts of a rep.</summary>
    /// <returns>How many; <paramref name="atMost"/>: there may be more.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was deleted.</exception>
    int Erase(string repId, int atMost);

    /// <summary>Reads alerts behind one cursor up to another, oldest first.</summary>
    /// <exception cref="StoreUnavailableException">The table cannot be read.</exception>
    ValueTask<List<StoredAlert>> ReadAsync(long after, long until, int limit, AlertFilter filter, CancellationToken cancel);
}

/// <summary>The ends of the alert log.</summary>
/// <param name="Newest">Cursor of the newest alert, deleted ones included; 0: there never was one.</param>
/// <param name="Oldest">Cursor before the oldest alert that is kept.</param>
internal readonly record struct AlertBounds(long Newest, long Oldest);

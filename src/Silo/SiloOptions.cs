using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>How trackers are hosted on one machine.</summary>
public sealed record SiloOptions
{
    /// <summary>The parameters of the rules, by rep.</summary>
    public RepOptions Tracker { get; init; } = RepOptions.Default;

    /// <summary>Partitions, each with a loop of its own: 1 to 256; the number of processors by default. May change between runs.</summary>
    public int Partitions { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 256);

    /// <summary>Blocks of the journal that may wait in a partition's mailbox: 1 to 4096; then the dispatcher waits.</summary>
    public int MailboxBlocks { get; init; } = 64;

    /// <summary>How long after a checkpoint the next one begins: 10 ms to 1 min.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Journal records after which a checkpoint begins before its time: 1 to 1,000,000.</summary>
    public int CheckpointRecords { get; init; } = 50_000;

    /// <summary>
    /// Journal records that may be applied ahead of what the store has written, 1,000 to 10,000,000. Beyond, the dispatcher holds
    /// when the store is slow; when it is out, the live map goes on and the journal is applied again once the store is back.
    /// </summary>
    public int MaxUnflushedRecords { get; init; } = 500_000;

    /// <summary>Alerts that may wait for the alert log, 1 to 1,000,000; then partitions wait, because alerts are never dropped.</summary>
    public int MaxWaitingAlerts { get; init; } = 20_000;

    /// <summary>How often trackers are asked what only time can tell: 10 ms to 1 min.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far ticks stay behind the clock: a fix that was received at an instant takes this long at the most to reach its
    /// tracker, so that time decides nothing that a fix under way contradicts. 0 to 1 min.
    /// </summary>
    public TimeSpan TickSlack { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>When late fixes correct what was told.</summary>
    public CorrectionOptions Corrections { get; init; } = new();

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names the key and the value.</exception>
    public void Validate()
    {
        Check(nameof(Partitions), Partitions, 1, 256);
        Check(nameof(MailboxBlocks), MailboxBlocks, 1, 4096);
        Check(nameof(CheckpointInterval), CheckpointInterval.TotalMilliseconds, 10, 60_000, " ms");
        Check(nameof(CheckpointRecords), CheckpointRecords, 1, 1_000_000);
        Check(nameof(MaxUnflushedRecords), MaxUnflushedRecords, 1000, 10_000_000);
        Check(nameof(MaxWaitingAlerts), MaxWaitingAlerts, 1, 1_000_000);
        Check(nameof(TickInterval), TickInterval.TotalMilliseconds, 10, 60_000, " ms");
        Check(nameof(TickSlack), TickSlack.TotalMilliseconds, 0, 60_000, " ms");
        Corrections.Validate();
    }

    internal static void Check(string key, double value, double min, double max, string unit = "")
    {
        if (value >= min && value <= max) return;
        throw new ArgumentException(FormattableString.Invariant($"Silo:{key} must be from {min} to {max}{unit}; it is {value}{unit}."));
    }
}

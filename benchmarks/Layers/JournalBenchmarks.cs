using BenchmarkDotNet.Attributes;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Layers;

/// <summary>Durable appends: each operation ends when its records are on disk. The figures are fixes, not batches.</summary>
[MemoryDiagnoser]
public class JournalBenchmarks
{
    private const int BatchFixes = 50, Operations = 20_000;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "tracking-journal-" + Guid.NewGuid().ToString("N"));
    private JournalRecord[] _batch = [];
    private Journal _journal = null!;
    private Task _consumer = null!;

    [GlobalSetup]
    public void Open()
    {
        Directory.CreateDirectory(_folder);
        _journal = Journal.Open(Path.Combine(_folder, "journal.db"), new JournalOptions(), new Metrics(), TimeProvider.System);
        _journal.Register("store", 0);
        _batch = [.. StoreFixes.Drive(BatchFixes).Select((fix, i) => new JournalRecord(JournalRecordKind.Fix, 1000 + i, 2000 + i, fix, default))];
        _consumer = Task.Run(ConsumeAsync);
    }

    // As in the server: somebody reads along, and what has been read is cut off.
    private async Task ConsumeAsync()
    {
        try
        {
            for (long after = 0; ;)
            {
                using JournalBlock block = await _journal.ReadAsync(after, CancellationToken.None);
                foreach (JournalRecord _ in block) { }
                after = block.LastSequence;
                _journal.Acknowledge("store", after);
            }
        }
        catch (ObjectDisposedException)
        {
            // The journal was closed: the benchmark is over.
        }
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _journal.DisposeAsync();
        await _consumer;
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>64 devices, each waiting for its one fix before it sends the next.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public Task Single_fixes_of_64_senders() => SendAsync(senders: 64, fixesEach: 1, operations: Operations);

    /// <summary>16 gateways, each waiting for its batch of 50.</summary>
    [Benchmark(OperationsPerInvoke = Operations * BatchFixes)]
    public Task Batches_of_50_from_16_senders() => SendAsync(senders: 16, fixesEach: BatchFixes, operations: Operations);

    private async Task SendAsync(int senders, int fixesEach, int operations)
    {
        var tasks = new Task[senders];
        for (int sender = 0; sender < senders; sender++)
        {
            tasks[sender] = Task.Run(async () =>
            {
                for (int i = operations / senders; i > 0; i--)
                {
                    if (!await _journal.Append(_batch.AsSpan(0, fixesEach)).WhenDurableAsync()) throw new InvalidOperationException("The journal refused.");
                }
            });
        }
        await Task.WhenAll(tasks);
    }
}

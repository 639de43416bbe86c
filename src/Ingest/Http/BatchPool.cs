using System.Collections.Concurrent;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Http;

/// <summary>Batches for reuse: at most <see cref="MostKept"/>, none of them large.</summary>
internal sealed class BatchPool(int limit)
{
    private const int MostKept = 256;
    private const long MostBytes = 512 << 10;

    private readonly ConcurrentQueue<DecodedBatch> _spare = [];
    private int _kept;

    public DecodedBatch Rent()
    {
        if (!_spare.TryDequeue(out DecodedBatch? batch)) return new DecodedBatch { Limit = limit };
        Interlocked.Decrement(ref _kept);
        return batch;
    }

    public void Return(DecodedBatch batch)
    {
        if (batch.Bytes > MostBytes) return;
        batch.Clear();
        if (Interlocked.Increment(ref _kept) <= MostKept) _spare.Enqueue(batch);
        else Interlocked.Decrement(ref _kept);
    }
}

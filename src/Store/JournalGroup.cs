using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>Records that will be committed together, and the one promise that all who wait for them share.</summary>
internal sealed class JournalGroup
{
    private const int FirstBytes = 64 << 10, MostBytesKept = 4 << 20;

    private byte[] _bytes = new byte[FirstBytes];

    public int Length { get; private set; }

    public int Count { get; private set; }

    /// <summary>When the first of its records was received; <see cref="Instant.Max"/>: it has none.</summary>
    public Instant OldestReceivedAt { get; private set; } = Instant.Max;

    public TaskCompletionSource<bool> Durable { get; private set; } = Promise();

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Adds records; <paramref name="mostBytes"/> is what they can take at the most.</summary>
    public int Add(ReadOnlySpan<JournalRecord> records, int mostBytes)
    {
        if (_bytes.Length - Length < mostBytes) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + mostBytes));
        int before = Length;
        for (int i = 0; i < records.Length; i++)
        {
            Length += JournalCodec.Write(in records[i], _bytes.AsSpan(Length));
            if (records[i].Fix.ReceivedAt < OldestReceivedAt) OldestReceivedAt = records[i].Fix.ReceivedAt;
        }
        Count += records.Length;
        return Length - before;
    }

    /// <summary>Makes ready for other records.</summary>
    public void Clear()
    {
        Length = Count = 0;
        OldestReceivedAt = Instant.Max;
        if (_bytes.Length > MostBytesKept) _bytes = new byte[FirstBytes];
        Durable = Promise();
    }

    private static TaskCompletionSource<bool> Promise() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

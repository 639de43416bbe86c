using System.Buffers;
using Tracking.Contracts.MessagePack;

namespace Tracking.LiveMap.Redis;

/// <summary>The beginning of a message on a channel of positions; the records follow. See <c>docs/redis.md</c>.</summary>
/// <param name="Session">Which writer.</param>
/// <param name="Sequence">Grows by one with each message of the writer, on whichever channel.</param>
/// <param name="SentAtMs">The writer's clock.</param>
/// <param name="Count">How many records follow.</param>
internal readonly record struct PositionMessage(uint Session, long Sequence, long SentAtMs, int Count)
{
    private const int Version = 1;

    /// <summary>A whole message with records that are encoded already.</summary>
    public byte[] Around(ReadOnlySpan<byte[]> records)
    {
        int size = 40;
        foreach (byte[] record in records) size += record.Length;
        var output = new ArrayBufferWriter<byte>(size);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(5);
        writer.WriteInt64(Version);
        writer.WriteUInt64(Session);
        writer.WriteInt64(Sequence);
        writer.WriteInt64(SentAtMs);
        writer.WriteArrayHeader(Count);
        foreach (byte[] record in records) writer.WriteRaw(record);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads up to the first record; false: it is no message, or one of a later version.</summary>
    public static bool TryRead(ref MessagePackReader reader, out PositionMessage message)
    {
        message = default;
        if (!reader.TryReadArrayHeader(out int fields) || fields < 5 || !reader.TryReadInt32(out int version) || version != Version) return false;
        if (!reader.TryReadUInt64(out ulong session) || session > uint.MaxValue || !reader.TryReadInt64(out long sequence)
            || !reader.TryReadInt64(out long sentAtMs) || !reader.TryReadArrayHeader(out int count)) return false;
        message = new PositionMessage((uint)session, sequence, sentAtMs, count);
        return true;
    }
}

using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Http;

/// <summary>How reading a body ended.</summary>
internal enum BodyOutcome
{
    Read,
    TooLarge,
    UnknownEncoding,
    Damaged,
    Busy,
}

/// <summary>
/// Reads a body into a batch's input, within limits before and after decompression, so that a small body cannot become
/// a large one. What is held in large bodies at a time is limited too.
/// </summary>
internal sealed class BodyReader(int maxBytes, long maxHeldBytes)
{
    private const int SmallBytes = 64 << 10;

    private long _held;

    /// <summary>Reads the body. Whatever the outcome, <see cref="Release"/> must follow.</summary>
    public async ValueTask<BodyOutcome> ReadAsync(HttpRequest request, DecodedBatch batch)
    {
        if (request.ContentLength is 0) return BodyOutcome.Read;
        if (request.ContentLength > maxBytes) return BodyOutcome.TooLarge;
        BodyOutcome outcome = await ReadRawAsync(request.BodyReader, batch, request.HttpContext.RequestAborted);
        StringValues encoding = request.Headers.ContentEncoding;
        return outcome != BodyOutcome.Read || encoding.Count == 0 || Is(encoding, "identity") ? outcome : Decompress(encoding, batch);
    }

    /// <summary>Gives back what the batch holds beyond a small body.</summary>
    public void Release(DecodedBatch batch)
    {
        if (batch.HeldBytes == 0) return;
        Interlocked.Add(ref _held, -batch.HeldBytes);
        batch.HeldBytes = 0;
    }

    private async ValueTask<BodyOutcome> ReadRawAsync(PipeReader reader, DecodedBatch batch, CancellationToken cancel)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancel);
            ReadOnlySequence<byte> bytes = result.Buffer;
            long total = batch.InputLength + bytes.Length;
            BodyOutcome room = total > maxBytes ? BodyOutcome.TooLarge : TryHold(batch, (int)total);
            if (room == BodyOutcome.TooLarge) bytes = bytes.Slice(0, Math.Min(bytes.Length, Math.Max(0, batch.Input.Length - batch.InputLength)));
            if (room is BodyOutcome.Read or BodyOutcome.TooLarge)
            {
                bytes.CopyTo(batch.Input.AsSpan(batch.InputLength));
                batch.InputLength += (int)bytes.Length;
            }
            reader.AdvanceTo(result.Buffer.End);
            if (room != BodyOutcome.Read || result.IsCompleted) return room;
        }
    }

    private BodyOutcome TryHold(DecodedBatch batch, int size)
    {
        if (size > SmallBytes && size > batch.HeldBytes)
        {
            int more = Math.Max(size, batch.HeldBytes * 2) - batch.HeldBytes;
            if (Interlocked.Add(ref _held, more) > maxHeldBytes)
            {
                Interlocked.Add(ref _held, -more);
                return BodyOutcome.Busy;
            }
            batch.HeldBytes += more;
        }
        batch.GrowInput(size);
        return BodyOutcome.Read;
    }

    private BodyOutcome Decompress(StringValues encoding, DecodedBatch batch)
    {
        byte[] packed = batch.InputSpan.ToArray();
        using var source = new MemoryStream(packed, writable: false);
        using Stream? stream = Decompressor(encoding, source, packed);
        if (stream is null) return BodyOutcome.UnknownEncoding;
        batch.InputLength = 0;
        try
        {
            while (true)
            {
                BodyOutcome room = TryHold(batch, Math.Min(batch.InputLength + 4096, maxBytes + 1));
                if (room != BodyOutcome.Read) return room;
                int read = stream.Read(batch.Input, batch.InputLength, Math.Min(batch.Input.Length, maxBytes + 1) - batch.InputLength);
                if (read == 0) return BodyOutcome.Read;
                batch.InputLength += read;
                if (batch.InputLength > maxBytes) return BodyOutcome.TooLarge;
            }
        }
        catch (Exception damage) when (damage is InvalidDataException or IOException or InvalidOperationException)
        {
            // What came is what the quarantine should show.
            batch.InputLength = 0;
            batch.GrowInput(packed.Length);
            packed.CopyTo(batch.Input, 0);
            batch.InputLength = packed.Length;
            return BodyOutcome.Damaged;
        }
    }

    private static Stream? Decompressor(StringValues encoding, MemoryStream source, byte[] packed)
    {
        if (Is(encoding, "gzip") || Is(encoding, "x-gzip")) return new GZipStream(source, CompressionMode.Decompress);
        if (Is(encoding, "br")) return new BrotliStream(source, CompressionMode.Decompress);
        if (!Is(encoding, "deflate")) return null;
        // "deflate" means the zlib format (RFC 9110); some clients leave the zlib frame out.
        bool hasFrame = packed is [var first, var second, ..] && (first & 0x0f) == 8 && ((first << 8) | second) % 31 == 0;
        return hasFrame ? new ZLibStream(source, CompressionMode.Decompress) : new DeflateStream(source, CompressionMode.Decompress);
    }

    private static bool Is(StringValues encoding, string name) =>
        encoding.Count == 1 && string.Equals(encoding[0]?.Trim(), name, StringComparison.OrdinalIgnoreCase);
}

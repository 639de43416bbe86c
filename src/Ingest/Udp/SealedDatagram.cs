using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tracking.Ingest.Udp;

/// <summary>
/// The layout of sealed datagrams (docs/udp.md): a header in the clear that is authenticated, the payload encrypted with
/// AES-256-GCM, and the 16-byte tag.
/// </summary>
internal static class SealedDatagram
{
    /// <summary>The largest datagram that is taken; it fits an IPv6 packet on any usual link.</summary>
    public const int MaxBytes = 1400;

    /// <summary>Kind, flags, device key number, counter.</summary>
    public const int HeaderBytes = 14;

    public const int TagBytes = 16;
    public const int NonceBytes = 12;

    /// <summary>First byte of a datagram from a device, version 1.</summary>
    public const byte FixesKind = 0xA1;

    /// <summary>First byte of an answer, version 1.</summary>
    public const byte AnswerKind = 0xB1;

    /// <summary>Flag: an answer is wanted.</summary>
    public const byte AnswerWanted = 1;

    /// <summary>Kind, device key number and nonce of an answer.</summary>
    public const int AnswerHeaderBytes = 1 + 4 + NonceBytes;

    /// <summary>What an answer says: status, counter answered, accepted, unusable, lowest counter that is taken.</summary>
    public const int AnswerPayloadBytes = 1 + 8 + 2 + 2 + 8;

    public const int AnswerBytes = AnswerHeaderBytes + AnswerPayloadBytes + TagBytes;

    /// <summary>Reads the header; false: this is none of ours.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> datagram, out int deviceKey, out ulong counter, out bool wantsAnswer)
    {
        bool fits = datagram.Length is > HeaderBytes + TagBytes and <= MaxBytes && datagram[0] == FixesKind && (datagram[1] & ~AnswerWanted) == 0;
        wantsAnswer = fits && (datagram[1] & AnswerWanted) != 0;
        deviceKey = fits ? BinaryPrimitives.ReadInt32BigEndian(datagram[2..]) : 0;
        counter = fits ? BinaryPrimitives.ReadUInt64BigEndian(datagram[6..]) : 0;
        return fits && deviceKey > 0;
    }

    /// <summary>
    /// Authenticates and decrypts a datagram; false: it is not from that device, or was changed on the way, and the payload's
    /// room was wiped. The library's own decryption throws on every forged tag, which a flood would turn into a flood of
    /// exceptions; so the key stream is taken off by encrypting once more (GCM is a counter mode), and the tag of the result is
    /// computed and compared in constant time.
    /// </summary>
    /// <param name="aes">The device's key.</param>
    /// <param name="datagram">The whole datagram.</param>
    /// <param name="payload">Room for <c>datagram.Length - 30</c> bytes.</param>
    public static bool TryOpen(AesGcm aes, ReadOnlySpan<byte> datagram, Span<byte> payload)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes], tag = stackalloc byte[TagBytes], again = stackalloc byte[MaxBytes];
        WriteNonce(nonce, datagram);
        ReadOnlySpan<byte> sealedBytes = datagram[HeaderBytes..^TagBytes];
        payload = payload[..sealedBytes.Length];
        aes.Encrypt(nonce, sealedBytes, payload, tag);
        aes.Encrypt(nonce, payload, again[..payload.Length], tag, datagram[..HeaderBytes]);
        bool isAuthentic = CryptographicOperations.FixedTimeEquals(tag, datagram[^TagBytes..]);
        if (!isAuthentic) payload.Clear();
        return isAuthentic;
    }

    /// <summary>Seals a payload as a device does; returns the datagram's length.</summary>
    public static int Seal(AesGcm aes, int deviceKey, ulong counter, bool wantsAnswer, ReadOnlySpan<byte> payload, Span<byte> datagram)
    {
        datagram[0] = FixesKind;
        datagram[1] = wantsAnswer ? AnswerWanted : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(datagram[2..], deviceKey);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[6..], counter);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, datagram);
        int length = HeaderBytes + payload.Length + TagBytes;
        aes.Encrypt(nonce, payload, datagram.Slice(HeaderBytes, payload.Length), datagram[(length - TagBytes)..length], datagram[..HeaderBytes]);
        return length;
    }

    // A device's nonces begin with 0 and an answer's with 1, so the one key never sees a nonce twice.
    private static void WriteNonce(Span<byte> nonce, ReadOnlySpan<byte> datagram)
    {
        nonce[..4].Clear();
        datagram.Slice(6, 8).CopyTo(nonce[4..]);
    }

    /// <summary>Seals an answer; the nonce is random behind its first byte.</summary>
    public static void SealAnswer(AesGcm aes, int deviceKey, in DatagramAnswer answer, ReadOnlySpan<byte> random, Span<byte> datagram)
    {
        datagram[0] = AnswerKind;
        BinaryPrimitives.WriteInt32BigEndian(datagram[1..], deviceKey);
        Span<byte> nonce = datagram.Slice(5, NonceBytes);
        random[..NonceBytes].CopyTo(nonce);
        nonce[0] = 1;
        Span<byte> payload = stackalloc byte[AnswerPayloadBytes];
        payload[0] = (byte)answer.Status;
        BinaryPrimitives.WriteUInt64BigEndian(payload[1..], answer.Counter);
        BinaryPrimitives.WriteUInt16BigEndian(payload[9..], (ushort)answer.Accepted);
        BinaryPrimitives.WriteUInt16BigEndian(payload[11..], (ushort)answer.Unusable);
        BinaryPrimitives.WriteUInt64BigEndian(payload[13..], answer.NextCounter);
        Span<byte> body = datagram[AnswerHeaderBytes..];
        aes.Encrypt(nonce, payload, body[..AnswerPayloadBytes], body.Slice(AnswerPayloadBytes, TagBytes), datagram[..AnswerHeaderBytes]);
    }
}

/// <summary>What an answer tells a device.</summary>
internal enum AnswerStatus : byte
{
    /// <summary>Everything usable is on disk.</summary>
    Stored = 0,
    /// <summary>The counter is not above what was seen; send again with the named one or above.</summary>
    CounterTooLow = 1,
    /// <summary>The payload is malformed; sending it again is no use.</summary>
    Malformed = 2,
}

/// <summary>An answer to a datagram.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Counter">Which datagram.</param>
/// <param name="Accepted">Fixes on disk.</param>
/// <param name="Unusable">Fixes that cannot be used.</param>
/// <param name="NextCounter">The lowest counter that is certain to be taken.</param>
internal readonly record struct DatagramAnswer(AnswerStatus Status, ulong Counter, int Accepted, int Unusable, ulong NextCounter);

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Tracking.Simulator.Sending;

/// <summary>A phone's side of sealed datagrams (docs/udp.md): seals, asks for an answer, opens it.</summary>
internal sealed class SealedPhone : IDisposable
{
    private const int HeaderBytes = 14, TagBytes = 16, NonceBytes = 12, AnswerBytes = 54, AnswerHeadBytes = 17, AnswerPayloadBytes = 21;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly AesGcm _key;
    private readonly int _number;
    private readonly TimeProvider _clock;
    private ulong _counter;

    /// <summary>A phone that talks to one server.</summary>
    /// <param name="server">Where it listens.</param>
    /// <param name="number">The device's number.</param>
    /// <param name="secret">The device's secret.</param>
    /// <param name="clock">Gives the counter, microseconds since 1970.</param>
    public SealedPhone(IPEndPoint server, int number, string secret, TimeProvider clock)
    {
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, info: "tracking udp v1"u8.ToArray());
        (_key, _number, _clock) = (new AesGcm(key, TagBytes), number, clock);
        _socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Connect(server);
    }

    /// <summary>Sends a payload and waits for its answer.</summary>
    /// <returns>True: stored; false: malformed; null: no answer, or the counter was too low: send it again.</returns>
    public async Task<bool?> SendAsync(byte[] payload, CancellationToken cancel)
    {
        _counter = Math.Max(_counter + 1, (ulong)(_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMicroseconds);
        ulong counter = _counter;
        await _socket.SendAsync(Seal(payload, counter), cancel);
        using var late = new CancellationTokenSource(AnswerTime, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        var answer = new byte[AnswerBytes + 1];
        try
        {
            while (true)
            {
                int length = await _socket.ReceiveAsync(answer, either.Token);
                if (Open(answer.AsSpan(0, length), counter) is { } status) return status == 0 ? true : status == 2 ? false : null;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _socket.Dispose();
    }

    private byte[] Seal(byte[] payload, ulong counter)
    {
        var datagram = new byte[HeaderBytes + payload.Length + TagBytes];
        datagram[0] = 0xa1;
        datagram[1] = 1;
        BinaryPrimitives.WriteInt32BigEndian(datagram.AsSpan(2), _number);
        BinaryPrimitives.WriteUInt64BigEndian(datagram.AsSpan(6), counter);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], counter);
        _key.Encrypt(nonce, payload, datagram.AsSpan(HeaderBytes, payload.Length), datagram.AsSpan(HeaderBytes + payload.Length), datagram.AsSpan(0, HeaderBytes));
        return datagram;
    }

    /// <summary>The status of the answer to a counter; null: it is another's, or forged.</summary>
    private byte? Open(ReadOnlySpan<byte> answer, ulong counter)
    {
        if (answer.Length != AnswerBytes || answer[0] != 0xb1 || BinaryPrimitives.ReadInt32BigEndian(answer[1..]) != _number) return null;
        Span<byte> payload = stackalloc byte[AnswerPayloadBytes];
        try
        {
            _key.Decrypt(answer[5..17], answer.Slice(AnswerHeadBytes, AnswerPayloadBytes), answer[^TagBytes..], payload, answer[..AnswerHeadBytes]);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        if (BinaryPrimitives.ReadUInt64BigEndian(payload[1..]) != counter) return null;
        _counter = Math.Max(_counter, BinaryPrimitives.ReadUInt64BigEndian(payload[13..]) - 1);
        return payload[0];
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Tracking.Contracts.MessagePack;
using Tracking.Ingest.Udp;

namespace Tracking.Ingest.Tests.Udp;

/// <summary>A device that sends sealed datagrams and reads the answers.</summary>
internal sealed class SealedSender : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
    private readonly AesGcm _aes;
    private readonly int _deviceKey;

    public SealedSender(IPEndPoint server, TestServer registry, string deviceId)
    {
        _deviceKey = registry.Registry.FindDevice(deviceId)!.Key;
        byte[] key = new byte[32];
        Assert.True(registry.Registry.TryGetSealKey(_deviceKey, key));
        _aes = new AesGcm(key, SealedDatagram.TagBytes);
        _socket.Connect(server);
    }

    public byte[] Sealed(ulong counter, ReadOnlySpan<byte> payload, bool wantsAnswer = true)
    {
        byte[] datagram = new byte[SealedDatagram.HeaderBytes + payload.Length + SealedDatagram.TagBytes];
        SealedDatagram.Seal(_aes, _deviceKey, counter, wantsAnswer, payload, datagram);
        return datagram;
    }

    public void Send(ReadOnlySpan<byte> datagram) => _socket.Send(datagram);

    public void Send(ulong counter, ReadOnlySpan<byte> payload, bool wantsAnswer = true) => Send(Sealed(counter, payload, wantsAnswer));

    public DatagramAnswer Receive()
    {
        byte[] datagram = new byte[SealedDatagram.MaxBytes], payload = new byte[SealedDatagram.AnswerPayloadBytes];
        int length = _socket.Receive(datagram);
        Assert.Equal(SealedDatagram.AnswerBytes, length);
        Assert.Equal(_deviceKey, BinaryPrimitives.ReadInt32BigEndian(datagram.AsSpan(1)));
        _aes.Decrypt(datagram.AsSpan(5, 12), datagram.AsSpan(17, payload.Length), datagram.AsSpan(38, 16), payload, datagram.AsSpan(0, 17));
        return new DatagramAnswer((AnswerStatus)payload[0], BinaryPrimitives.ReadUInt64BigEndian(payload.AsSpan(1)),
            BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(9)), BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(11)),
            BinaryPrimitives.ReadUInt64BigEndian(payload.AsSpan(13)));
    }

    public bool HasAnswer(int waitMs) => _socket.Poll(waitMs * 1000, SelectMode.SelectRead);

    public static byte[] Payload(long fixedAtMs, double latitude, double longitude)
    {
        byte[] bytes = new byte[64];
        var writer = new MessagePackWriter(bytes);
        writer.WriteArrayHeader(3);
        writer.WriteInt64(fixedAtMs);
        writer.WriteDouble(latitude);
        writer.WriteDouble(longitude);
        return bytes[..(int)writer.BytesWritten];
    }

    public void Dispose()
    {
        _socket.Dispose();
        _aes.Dispose();
    }
}

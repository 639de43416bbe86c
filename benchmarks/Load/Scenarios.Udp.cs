using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Tracking.Contracts.MessagePack;

namespace Tracking.Load;

/// <summary>Sealed datagrams: how many of those that are sent at a steady rate reach the journal.</summary>
internal static partial class Scenarios
{
    private const int UdpDevices = 16;

    private static async Task UdpAsync(string program, TimeSpan duration)
    {
        using ServerUnderTest server = await StartAsync(program, fences: 0);
        Phone[] phones = Registered(server, UdpDevices);
        Dictionary<string, int> numbers = server.Run("device", "list").Split('\n').Select(line => line.Split('\t'))
            .ToDictionary(columns => columns[0], columns => int.Parse(columns[^1], CultureInfo.InvariantCulture));
        SealedPhone[] devices = [.. phones.Select((phone, n) => new SealedPhone(numbers[$"own-{n}"], phone.Secret))];
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Http}") };
        foreach (int rate in (int[])[20_000, 50_000, 100_000, 150_000])
        {
            byte[][] datagrams = [.. Enumerable.Range(0, (int)(rate * duration.TotalSeconds)).Select(n => devices[n % UdpDevices].Next())];
            long before = await AcceptedAsync(http);
            TimeSpan cpuBefore = server.Cpu;
            double seconds = SendAll(server.Udp, datagrams, rate);
            await Task.Delay(500);
            long accepted = await AcceptedAsync(http) - before;
            double cpuUs = (server.Cpu - cpuBefore).TotalMicroseconds / Math.Max(1, accepted);
            Console.WriteLine(Invariant(
                $"UDP at {rate:N0} a second: sent {datagrams.Length / seconds:N0} a second, {accepted / seconds:N0} a second into the journal ({100.0 * accepted / datagrams.Length:0.0} %), {cpuUs:0.0} µs of processor each, tracking included"));
        }
    }

    private static double SendAll(IPEndPoint server, byte[][] datagrams, int rate)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server);
        long began = Stopwatch.GetTimestamp();
        for (int sent = 0; sent < datagrams.Length; sent++)
        {
            while ((sent & 15) == 0 && Stopwatch.GetElapsedTime(began).TotalSeconds * rate < sent) Thread.SpinWait(20);
            socket.Send(datagrams[sent]);
        }
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<long> AcceptedAsync(HttpClient http)
    {
        Match found = AcceptedLine().Match(await http.GetStringAsync("/metrics"));
        return found.Success ? long.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex("""^tracking_datagrams_total\{result="accepted"\} (\d+)""", RegexOptions.Multiline)]
    private static partial Regex AcceptedLine();

    /// <summary>A device that seals datagrams as docs/udp.md says, independently of the server's code.</summary>
    private sealed class SealedPhone(int number, string secret)
    {
        private readonly AesGcm _aes = new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, null, "tracking udp v1"u8.ToArray()), 16);
        private ulong _counter = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000;
        private long _fixedAtMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 1_000_000_000;

        public byte[] Next()
        {
            Span<byte> payload = stackalloc byte[64];
            var writer = new MessagePackWriter(payload);
            writer.WriteArrayHeader(5);
            writer.WriteInt64(_fixedAtMs += 1000);
            writer.WriteDouble(48.2 + _fixedAtMs / 1000 % 1000 * 1e-4);
            writer.WriteDouble(16.37);
            writer.WriteInt64(5);
            writer.WriteSingle(11);
            byte[] datagram = new byte[14 + (int)writer.BytesWritten + 16];
            datagram[0] = 0xA1;
            BinaryPrimitives.WriteInt32BigEndian(datagram.AsSpan(2), number);
            BinaryPrimitives.WriteUInt64BigEndian(datagram.AsSpan(6), ++_counter);
            Span<byte> nonce = stackalloc byte[12];
            nonce.Clear();
            datagram.AsSpan(6, 8).CopyTo(nonce[4..]);
            _aes.Encrypt(nonce, payload[..(int)writer.BytesWritten], datagram.AsSpan(14, (int)writer.BytesWritten), datagram.AsSpan(datagram.Length - 16),
                datagram.AsSpan(0, 14));
            return datagram;
        }
    }
}

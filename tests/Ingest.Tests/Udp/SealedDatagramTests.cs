using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Tracking.Ingest.Udp;

namespace Tracking.Ingest.Tests.Udp;

public sealed class SealedDatagramTests
{
    private static readonly Dictionary<string, string> Vectors = ReadVectors();

    [Fact]
    public void The_documented_vectors_hold()
    {
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(Vectors["secret"]), 32, salt: null, info: "tracking udp v1"u8.ToArray());
        Assert.Equal(Vectors["key"], Convert.ToHexStringLower(key));
        using var aes = new AesGcm(key, SealedDatagram.TagBytes);
        byte[] payload = Convert.FromHexString(Vectors["payload"]), datagram = Convert.FromHexString(Vectors["datagram"]);
        byte[] made = new byte[SealedDatagram.MaxBytes];
        int length = SealedDatagram.Seal(aes, 7, 1795334398250000, true, payload, made);
        Assert.Equal(Vectors["datagram"], Convert.ToHexStringLower(made.AsSpan(0, length)));

        Assert.True(SealedDatagram.TryReadHeader(datagram, out int device, out ulong counter, out bool wantsAnswer));
        Assert.Equal((7, 1795334398250000ul, true), (device, counter, wantsAnswer));
        byte[] opened = new byte[payload.Length];
        Assert.True(SealedDatagram.TryOpen(aes, datagram, opened));
        Assert.Equal(payload, opened);

        byte[] answer = new byte[SealedDatagram.AnswerBytes];
        SealedDatagram.SealAnswer(aes, 7, new DatagramAnswer(AnswerStatus.Stored, counter, 1, 0, counter + 1), Convert.FromHexString(Vectors["answer nonce"]), answer);
        Assert.Equal(Vectors["answer datagram"], Convert.ToHexStringLower(answer));
    }

    [Fact]
    public void Every_changed_bit_is_noticed_and_nothing_is_handed_out()
    {
        using var aes = new AesGcm(Convert.FromHexString(Vectors["key"]), SealedDatagram.TagBytes);
        byte[] datagram = Convert.FromHexString(Vectors["datagram"]), opened = new byte[28];
        for (int bit = 0; bit < datagram.Length * 8; bit++)
        {
            datagram[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SealedDatagram.TryOpen(aes, datagram, opened));
            Assert.All(opened, b => Assert.Equal(0, b));
            datagram[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Our_opening_agrees_with_the_library()
    {
        var random = new Random(3);
        byte[] key = new byte[32], datagram = new byte[SealedDatagram.MaxBytes], opened = new byte[SealedDatagram.MaxBytes], nonce = new byte[12];
        for (int size = 1; size <= SealedDatagram.MaxBytes - 30; size += 37)
        {
            random.NextBytes(key);
            byte[] payload = new byte[size];
            random.NextBytes(payload);
            using var aes = new AesGcm(key, SealedDatagram.TagBytes);
            int length = SealedDatagram.Seal(aes, 1, (ulong)random.NextInt64(), false, payload, datagram);
            Assert.True(SealedDatagram.TryOpen(aes, datagram.AsSpan(0, length), opened));
            Assert.Equal(payload, opened[..size]);
            datagram.AsSpan(6, 8).CopyTo(nonce.AsSpan(4));
            aes.Decrypt(nonce, datagram.AsSpan(14, size), datagram.AsSpan(14 + size, 16), opened.AsSpan(0, size), datagram.AsSpan(0, 14));
            Assert.Equal(payload, opened[..size]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a1")]
    [InlineData("a1010000000700000000000000010102030405060708090a0b0c0d0e0f10")]
    [InlineData("a2010000000700000000000000010102030405060708090a0b0c0d0e0f101112")]
    [InlineData("a1020000000700000000000000010102030405060708090a0b0c0d0e0f101112")]
    [InlineData("a101ffffffff00000000000000010102030405060708090a0b0c0d0e0f101112")]
    [InlineData("a1010000000000000000000000010102030405060708090a0b0c0d0e0f101112")]
    public void Headers_that_are_none_are_refused(string hex) =>
        Assert.False(SealedDatagram.TryReadHeader(Convert.FromHexString(hex), out _, out _, out _));

    private static Dictionary<string, string> ReadVectors([CallerFilePath] string path = "")
    {
        string page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "../../../docs/udp.md"));
        string block = page.Split("```")[1];
        return block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':', 2))
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
    }
}

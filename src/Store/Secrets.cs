using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Tracking.Store;

/// <summary>
/// Makes and hashes secrets. A secret is 256 random bits, so nobody can try them out and one pass of SHA-256 hides it as
/// well as a slow password hash would, at a price that can be paid with every request.
/// </summary>
internal static class Secrets
{
    public const string DevicePrefix = "dev_", TokenPrefix = "trk_";

    private const int LongestChars = 256;

    /// <summary>A new secret: prefix and 43 characters of base64url.</summary>
    public static string Make(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256 of the secret's UTF-8; false when it is empty or longer than any secret of ours.</summary>
    public static bool TryHash(ReadOnlySpan<char> secret, out SecretHash hash)
    {
        hash = default;
        if (secret.Length is 0 or > LongestChars) return false;
        Span<byte> utf8 = stackalloc byte[LongestChars * 3];
        int length = Encoding.UTF8.GetBytes(secret, utf8);
        SHA256.HashData(utf8[..length], MemoryMarshal.AsBytes(new Span<SecretHash>(ref hash)));
        return true;
    }

    /// <summary>
    /// The key that seals a device's datagrams: HKDF-SHA256 without salt over the secret's UTF-8. It is kept beside the hash;
    /// neither reveals the secret, and the key opens nothing but that device's datagrams.
    /// </summary>
    public static byte[] SealKey(string secret) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, salt: null, info: "tracking udp v1"u8.ToArray());
}

/// <summary>32 bytes of SHA-256 as a key of maps.</summary>
internal readonly record struct SecretHash(ulong A, ulong B, ulong C, ulong D)
{
    public static SecretHash From(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<SecretHash>(bytes);

    public byte[] ToArray() => MemoryMarshal.AsBytes(new ReadOnlySpan<SecretHash>(in this)).ToArray();

    /// <summary>Compares in constant time.</summary>
    public static bool Same(SecretHash left, SecretHash right) => CryptographicOperations.FixedTimeEquals(
        MemoryMarshal.AsBytes(new ReadOnlySpan<SecretHash>(in left)), MemoryMarshal.AsBytes(new ReadOnlySpan<SecretHash>(in right)));
}

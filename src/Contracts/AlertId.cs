using System.Security.Cryptography;
using System.Text;

namespace Tracking.Contracts;

/// <summary>The ids of alerts: the same thing has the same id whoever tells it, so that it is told once.</summary>
public static class AlertId
{
    private const int Bytes = 16;

    /// <summary>32 hexadecimal digits of a SHA-256 of rep, kind, geofence and instant.</summary>
    public static string Of(string repId, string kind, string? fenceId, Instant at)
    {
        // A line break cannot stand in an id, so different parts never join to the same text.
        byte[] named = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{repId}\n{kind}\n{fenceId}\n{at.EpochMs}"));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(named, hash);
        return Convert.ToHexStringLower(hash[..Bytes]);
    }
}

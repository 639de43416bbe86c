using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tracking.LiveMap.Webhooks;

/// <summary>Signs what is sent: HMAC-SHA256 over the time, a dot and the body, so that neither can be changed nor sent again much later.</summary>
internal static class Signature
{
    /// <summary>The header that carries it.</summary>
    public const string HeaderName = "X-Tracking-Signature";

    /// <summary>The header's value.</summary>
    /// <param name="secret">The webhook's secret; its UTF-8 is the key.</param>
    /// <param name="unixS">Seconds since 1970.</param>
    /// <param name="body">The body.</param>
    public static string Of(string secret, long unixS, ReadOnlySpan<byte> body)
    {
        string time = unixS.ToString(CultureInfo.InvariantCulture);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.ASCII.GetBytes(time + "."));
        hash.AppendData(body);
        return $"t={time},v1={Convert.ToHexStringLower(hash.GetCurrentHash())}";
    }
}

using System.Text;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Http;

/// <summary>What became of credentials.</summary>
internal enum CredentialOutcome
{
    Good,
    Wrong,
    Forbidden,
}

/// <summary>
/// Finds out who sends. Wrong credentials are counted per address, and per address and device where a device names itself, so
/// that whoever tries secrets out is stopped without harm to the honest devices behind the same address.
/// </summary>
internal sealed class Credentials(Registry registry, Admission admission, IngestOptions options, TimeProvider clock, Metrics metrics)
{
    private readonly RateTable _failures = new(1 << 14, 1, options.MaxFailedCredentials);
    private readonly Counter _refused = metrics.Counter("tracking_device_credentials_refused_total", "Requests of devices with wrong or missing credentials.");

    /// <summary>Bearer: the secret of a device, or the token of a gateway or administrator.</summary>
    public CredentialOutcome FromBearer(HttpContext context, out Sender sender)
    {
        sender = default;
        ReadOnlySpan<char> secret = HeaderValue(context, "Bearer ");
        if (secret.IsEmpty) return CredentialOutcome.Wrong;
        if (registry.FindDeviceBySecret(secret) is { } device)
        {
            sender = new Sender(device, null);
            return CredentialOutcome.Good;
        }
        if (registry.Authenticate(secret) is not { } principal) return CredentialOutcome.Wrong;
        sender = new Sender(null, principal);
        return principal.Role is Role.Gateway or Role.Admin ? CredentialOutcome.Good : CredentialOutcome.Forbidden;
    }

    /// <summary>OsmAnd: the id names the device; a secret is optional, but a wrong one is refused.</summary>
    public CredentialOutcome FromId(HttpContext context, ReadOnlySpan<byte> id, ReadOnlySpan<byte> secret, out Sender sender)
    {
        sender = default;
        Span<char> idChars = stackalloc char[128], secretChars = stackalloc char[512];
        if (id.IsEmpty || id.Length > 128 || secret.Length > 512) return CredentialOutcome.Wrong;
        if (!Encoding.UTF8.TryGetChars(id, idChars, out int idLength)) return CredentialOutcome.Wrong;
        if (!Encoding.UTF8.TryGetChars(secret, secretChars, out int secretLength)) return CredentialOutcome.Wrong;
        return FromId(context, idChars[..idLength], secretChars[..secretLength], needsSecret: false, out sender);
    }

    /// <summary>OwnTracks: Basic with the device's id and secret; or, where there is no secret, the names in header or query.</summary>
    public CredentialOutcome FromOwnTracks(HttpContext context, out Sender sender)
    {
        sender = default;
        ReadOnlySpan<char> basic = HeaderValue(context, "Basic ");
        if (!basic.IsEmpty)
        {
            Span<byte> bytes = stackalloc byte[512];
            Span<char> text = stackalloc char[512];
            if (basic.Length > 640 || !Convert.TryFromBase64Chars(basic, bytes, out int size)) return CredentialOutcome.Wrong;
            if (!Encoding.UTF8.TryGetChars(bytes[..size], text, out int length)) return CredentialOutcome.Wrong;
            int colon = text[..length].IndexOf(':');
            return colon <= 0 ? CredentialOutcome.Wrong : FromId(context, text[..colon], text[(colon + 1)..length], needsSecret: true, out sender);
        }
        if (context.Request.Headers.Authorization.Count > 0) return FromBearer(context, out sender);
        return FromNames(context, out sender);
    }

    /// <summary>What is known of devices and tokens; take it before credentials are looked at.</summary>
    public long Version => registry.Version;

    /// <summary>Whether more is known by now, so that wrong credentials may be right: another process may have let the sender in this very moment.</summary>
    public async ValueTask<bool> HaveChangedAsync(HttpContext context, long since) =>
        _failures.HasAny(RateTable.KeyOf(context.Connection.RemoteIpAddress), Instant.Now(clock).EpochMs) && await registry.HasChangedAsync(since);

    /// <summary>Counts wrong credentials. True: the address has tried so often that it is told to wait.</summary>
    public bool CountFailure(HttpContext context)
    {
        _refused.Add();
        return !_failures.TryTake(RateTable.KeyOf(context.Connection.RemoteIpAddress), 1, Instant.Now(clock).EpochMs);
    }

    private CredentialOutcome FromNames(HttpContext context, out Sender sender)
    {
        sender = default;
        string? user = First(context, "X-Limit-U", "u"), phone = First(context, "X-Limit-D", "d");
        string both = user is null || phone is null ? user ?? phone ?? "" : $"{user}-{phone}";
        if (both.Length == 0) return CredentialOutcome.Wrong;
        Device? known = registry.FindDevice(both) ?? (user is null ? null : registry.FindDevice(user)) ?? (phone is null ? null : registry.FindDevice(phone));
        return FromId(context, known?.Id ?? both, default, needsSecret: true, out sender);
    }

    private CredentialOutcome FromId(HttpContext context, ReadOnlySpan<char> id, ReadOnlySpan<char> secret, bool needsSecret, out Sender sender)
    {
        sender = default;
        if (admission.FindOrEnrol(id) is not { } device) return CredentialOutcome.Wrong;
        bool isChecked = !secret.IsEmpty || (needsSecret && registry.HasSecret(device));
        if (isChecked && !IsSecretGood(context, device, secret)) return CredentialOutcome.Wrong;
        sender = new Sender(device, null);
        return CredentialOutcome.Good;
    }

    private bool IsSecretGood(HttpContext context, Device device, ReadOnlySpan<char> secret)
    {
        // A device without a secret, such as an enrolled one whose app insists on a password, is taken by its id.
        if (!registry.HasSecret(device)) return true;
        ulong key = RateTable.KeyOf(context.Connection.RemoteIpAddress) ^ ((ulong)device.Key * 0x9e3779b97f4a7c15);
        long nowMs = Instant.Now(clock).EpochMs;
        if (!_failures.HasAny(key, nowMs)) return false;
        if (registry.VerifySecret(device, secret)) return true;
        _failures.TryTake(key, 1, nowMs);
        return false;
    }

    private static ReadOnlySpan<char> HeaderValue(HttpContext context, string scheme)
    {
        if (context.Request.Headers.Authorization is not [{ } value]) return default;
        return value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? value.AsSpan(scheme.Length).Trim() : default;
    }

    private static string? First(HttpContext context, string header, string parameter)
    {
        string? value = context.Request.Headers[header];
        if (string.IsNullOrEmpty(value)) value = context.Request.Query[parameter];
        return string.IsNullOrEmpty(value) ? null : value;
    }
}

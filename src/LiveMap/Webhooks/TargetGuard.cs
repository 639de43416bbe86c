using System.Net;
using System.Net.Sockets;

namespace Tracking.LiveMap.Webhooks;

/// <summary>
/// Keeps webhooks from reaching what only this server can reach. An address is looked at when it is registered, so that its
/// owner learns of it, and again, as it is then, at every connection: a name may point elsewhere by that time.
/// </summary>
internal sealed class TargetGuard(WebhookOptions options)
{
    private const int MaxUrlChars = 2048;
    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(3);

    /// <summary>Why an address may not be a target; null: it may, as far as can be told now.</summary>
    public async ValueTask<string?> FindProblemAsync(string url, CancellationToken cancel)
    {
        if (url.Length > MaxUrlChars || !Uri.TryCreate(url, UriKind.Absolute, out Uri? target) || target.Scheme is not ("http" or "https") || target.Host.Length == 0)
            return "must be an absolute http or https address of at most 2048 characters";
        if (target.UserInfo.Length > 0) return "must not carry a user or password; check the signature instead";
        if (IsAllowedHost(target.IdnHost)) return null;
        IPAddress[] addresses = await ResolveAsync(target.IdnHost, cancel);
        // A name that does not resolve now may do so later, and is looked at then.
        return !Array.TrueForAll(addresses, MayBe) ? "must not lead to a loopback, private or otherwise special address" : null;
    }

    /// <summary>Connects to a host by an address that is allowed.</summary>
    /// <exception cref="HttpRequestException">There is none, or none answers.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        DnsEndPoint target = context.DnsEndPoint;
        IPAddress[] addresses = await AddressesOfAsync(target.Host, cancel);
        if (addresses.Length > 0 && !IsAllowedHost(target.Host)) addresses = Array.FindAll(addresses, MayBe);
        if (addresses.Length == 0) throw new HttpRequestException("the host has no address that is allowed");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // The very addresses that were looked at: resolving once more could give others.
            await socket.ConnectAsync(addresses, target.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsAllowedHost(string host)
    {
        foreach (string allowed in options.AllowedHosts)
            if (allowed.Equals(host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private bool MayBe(IPAddress address) => TargetAddress.KindOf(address) switch
    {
        AddressKind.Public => true,
        AddressKind.Private => options.AllowPrivateTargets,
        _ => false,
    };

    private static async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ResolveLimit);
        try
        {
            return await AddressesOfAsync(host, limit.Token);
        }
        catch (SocketException)
        {
            return [];
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [];
        }
    }

    private static async ValueTask<IPAddress[]> AddressesOfAsync(string host, CancellationToken cancel) =>
        IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel);
}

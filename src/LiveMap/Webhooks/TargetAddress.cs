using System.Net;
using System.Net.Sockets;

namespace Tracking.LiveMap.Webhooks;

/// <summary>What lies behind a network address, as far as a server should let others choose it.</summary>
internal enum AddressKind
{
    /// <summary>Some host of the internet.</summary>
    Public,
    /// <summary>This machine or its network.</summary>
    Private,
    /// <summary>Never a subscriber: link-local (clouds keep their metadata there), multicast, reserved.</summary>
    Forbidden,
}

/// <summary>Tells apart network addresses by the registries of special-purpose addresses (RFC 6890 and what updates it).</summary>
internal static class TargetAddress
{
    /// <summary>Metadata services that lie outside of the link-local range: Azure, Alibaba.</summary>
    private static readonly IPAddress[] Metadata = [IPAddress.Parse("168.63.129.16"), IPAddress.Parse("100.100.100.200")];

    private static readonly (IPNetwork Network, AddressKind Kind)[] Special4 =
    [
        (IPNetwork.Parse("0.0.0.0/8"), AddressKind.Forbidden), (IPNetwork.Parse("10.0.0.0/8"), AddressKind.Private),
        (IPNetwork.Parse("100.64.0.0/10"), AddressKind.Private), (IPNetwork.Parse("127.0.0.0/8"), AddressKind.Private),
        (IPNetwork.Parse("169.254.0.0/16"), AddressKind.Forbidden), (IPNetwork.Parse("172.16.0.0/12"), AddressKind.Private),
        (IPNetwork.Parse("192.0.0.0/24"), AddressKind.Forbidden), (IPNetwork.Parse("192.0.2.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("192.88.99.0/24"), AddressKind.Forbidden), (IPNetwork.Parse("192.168.0.0/16"), AddressKind.Private),
        (IPNetwork.Parse("198.18.0.0/15"), AddressKind.Private), (IPNetwork.Parse("198.51.100.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("203.0.113.0/24"), AddressKind.Forbidden), (IPNetwork.Parse("224.0.0.0/3"), AddressKind.Forbidden),
    ];

    private static readonly (IPNetwork Network, AddressKind Kind)[] Special6 =
    [
        (IPNetwork.Parse("::1/128"), AddressKind.Private), (IPNetwork.Parse("fd00:ec2::/32"), AddressKind.Forbidden),
        (IPNetwork.Parse("fc00::/7"), AddressKind.Private), (IPNetwork.Parse("fec0::/10"), AddressKind.Private),
        (IPNetwork.Parse("2001::/23"), AddressKind.Forbidden), (IPNetwork.Parse("2001:db8::/32"), AddressKind.Forbidden),
        (IPNetwork.Parse("3fff::/20"), AddressKind.Forbidden), (IPNetwork.Parse("2000::/3"), AddressKind.Public),
    ];

    /// <summary>What an address is. An IPv6 address that stands for an IPv4 address is what that one is.</summary>
    public static AddressKind KindOf(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6) return Embedded4(address) is { } inner ? KindOf(inner) : Find(Special6, address, AddressKind.Forbidden);
        if (address.AddressFamily != AddressFamily.InterNetwork || Metadata.Contains(address)) return AddressKind.Forbidden;
        return Find(Special4, address, AddressKind.Public);
    }

    private static AddressKind Find((IPNetwork Network, AddressKind Kind)[] table, IPAddress address, AddressKind otherwise)
    {
        foreach ((IPNetwork network, AddressKind kind) in table)
            if (network.Contains(address)) return kind;
        return otherwise;
    }

    /// <summary>The IPv4 address inside a mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96) or 6to4 (2002::/16) one.</summary>
    private static IPAddress? Embedded4(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.IsIPv4MappedToIPv6 || bytes[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])) return new IPAddress(bytes[12..]);
        if (!bytes[..12].ContainsAnyExcept((byte)0) && !address.Equals(IPAddress.IPv6Loopback)) return new IPAddress(bytes[12..]);
        return bytes[0] == 0x20 && bytes[1] == 0x02 ? new IPAddress(bytes[2..6]) : null;
    }
}

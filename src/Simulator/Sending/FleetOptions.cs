using System.Net;

namespace Tracking.Simulator.Sending;

/// <summary>Where and how phones send.</summary>
public sealed record FleetOptions
{
    /// <summary>The server's main address.</summary>
    public required Uri Main { get; init; }

    /// <summary>The port for OsmAnd-style devices; null: their path on the main address.</summary>
    public Uri? Devices { get; init; }

    /// <summary>Where sealed datagrams are heard; null: phones that send them use the main address instead.</summary>
    public IPEndPoint? Udp { get; init; }

    /// <summary>What each phone shows.</summary>
    public required Func<Person, Credential> CredentialOf { get; init; }

    /// <summary>Requests under way at once, all phones together.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>Reports that a phone keeps while it cannot send; then its oldest make room, as on a real phone.</summary>
    public int QueuePerPhone { get; init; } = 20_000;

    /// <summary>The first pause after a failure; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause after a failure.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);
}

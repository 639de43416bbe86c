using System.Net;

namespace Tracking.Ingest;

/// <summary>What ingest listens on and its limits.</summary>
public sealed record IngestOptions
{
    /// <summary>
    /// The TCP port on which <c>/</c> is the OsmAnd path and nothing but devices is served; 0: there is none. It may be set after
    /// binding, when the port was picked by the system.
    /// </summary>
    public int DevicesPort { get; set; }

    /// <summary>Where sealed datagrams are heard; null: nowhere. Port 0 picks a free one.</summary>
    public IPEndPoint? Udp { get; init; }

    /// <summary>The file that keeps the replay windows of sealed datagrams across restarts; null: they are forgotten.</summary>
    public string? ReplayFile { get; init; }

    /// <summary>Whether an unknown device id creates its device and rep.</summary>
    public bool AutoEnrol { get; init; }

    /// <summary>Fixes that were fixed longer ago are unusable; null: none is too old.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>Bytes of a body, compressed and not.</summary>
    public int MaxBodyBytes { get; init; } = 4 << 20;

    /// <summary>Bytes of all bodies above 64 KiB that are held at a time; beyond, devices are asked to come again.</summary>
    public long MaxHeldBodyBytes { get; init; } = 256 << 20;

    /// <summary>Fixes of one request.</summary>
    public int MaxBatch { get; init; } = 10_000;

    /// <summary>Fixes a second that one device may send in the long run.</summary>
    public int MaxFixesPerSecond { get; init; } = 200_000;

    /// <summary>Fixes that one device may send at once, such as after days offline.</summary>
    public int MaxFixesAtOnce { get; init; } = 1_000_000;

    /// <summary>Wrong credentials that one address may try at once; they come back at one a second.</summary>
    public int MaxFailedCredentials { get; init; } = 60;

    /// <summary>Devices whose datagram keys are held ready; others take a few microseconds more.</summary>
    public int MaxUdpKeys { get; init; } = 32_768;

    /// <summary>Checks the limits.</summary>
    /// <exception cref="ArgumentException">One makes no sense; the message names it and its value.</exception>
    public void Validate()
    {
        Check(nameof(MaxBodyBytes), MaxBodyBytes, 1 << 10, 1 << 30);
        Check(nameof(MaxBatch), MaxBatch, 1, 1_000_000);
        Check(nameof(MaxFixesPerSecond), MaxFixesPerSecond, 1, int.MaxValue);
        Check(nameof(MaxFixesAtOnce), MaxFixesAtOnce, MaxBatch, int.MaxValue);
        Check(nameof(MaxFailedCredentials), MaxFailedCredentials, 1, 1_000_000);
        Check(nameof(MaxUdpKeys), MaxUdpKeys, 16, 10_000_000);
    }

    private static void Check(string key, long value, long least, long most)
    {
        if (value < least || value > most) throw new ArgumentException($"{key} must be from {least} to {most}, not {value}.");
    }
}

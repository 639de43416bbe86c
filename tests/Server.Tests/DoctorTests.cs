using System.Net;
using System.Net.Sockets;
using Tracking.Server.Doctor;

namespace Tracking.Server.Tests;

public sealed class DoctorTests
{
    [Fact]
    public void A_sound_machine_gets_nothing_bad()
    {
        using var folder = new TemporaryFolder();
        List<Finding> findings = Run(folder.Path, port: 0);
        Assert.DoesNotContain(findings, static f => f.Health == Health.Bad);
        Assert.Contains(findings, static f => f.Subject == "disk speed");
        Assert.Contains(findings, static f => f.Subject == "clock");
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void A_port_in_use_is_bad_and_the_way_out_is_told()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        Finding bad = Run(folder.Path, ((IPEndPoint)taken.LocalEndpoint).Port).First(static f => f.Health == Health.Bad);
        Assert.Contains("in use", bad.Text, StringComparison.Ordinal);
        Assert.Contains("--http", bad.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_store_is_found()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tracks.db", new string('x', 5000));
        Finding bad = Run(folder.Path, port: 0).First(static f => f.Health == Health.Bad);
        Assert.Equal("tracks.db", bad.Subject);
        Assert.NotNull(bad.Mend);
    }

    [Fact]
    public void A_clock_before_the_program_was_built_is_bad()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(Run(folder.Path, 0, new StoppedClock(new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero))), static f => f is { Subject: "clock", Health: Health.Bad });
    }

    private static List<Finding> Run(string data, int port, TimeProvider? clock = null) => [.. new Checkup(
        new ServerOptions
        {
            Data = data,
            Http = new Listening("Tracking:Http", new IPEndPoint(IPAddress.Loopback, port)),
            Devices = new Listening("Tracking:Devices", new IPEndPoint(IPAddress.Loopback, 0)),
            Udp = new Listening("Tracking:Udp", new IPEndPoint(IPAddress.Loopback, 0)),
        },
        clock ?? TimeProvider.System).Run()];

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

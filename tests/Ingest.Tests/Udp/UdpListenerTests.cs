using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Tracking.Contracts;
using Tracking.Ingest.Udp;
using Tracking.Store;

namespace Tracking.Ingest.Tests.Udp;

public sealed class UdpListenerTests
{
    private static Task<TestServer> StartAsync(JournalOptions? journal = null, string? folder = null) => TestServer.StartAsync(
        o => o with { Udp = new IPEndPoint(IPAddress.Loopback, 0), ReplayFile = folder is null ? null : Path.Combine(folder, "replay.bin") }, journal, folder);

    [Fact]
    public async Task A_datagram_is_answered_once_its_fix_is_in_the_journal()
    {
        await using TestServer server = await StartAsync();
        server.Registry.AddDevice("van-7", "anna");
        using var device = new SealedSender(server.Udp, server, "van-7");
        device.Send(1000, SealedSender.Payload(1_795_334_398_250, 48.2082, 16.3738));
        Assert.Equal(new DatagramAnswer(AnswerStatus.Stored, 1000, 1, 0, 1001), device.Receive());
        Assert.Equal(1, server.Journal.DurableSequence);
        JournalRecord record = Assert.Single(await server.ReadAsync(1));
        Assert.Equal((GeoPoint.FromE7(482082000, 163738000), Protocol.Udp), (record.Fix.Position, record.Fix.Protocol));
        Assert.Equal(server.Registry.FindRep("anna")!.Key, record.RepKey);
    }

    [Fact]
    public async Task Unusable_and_malformed_payloads_are_told_apart()
    {
        await using TestServer server = await StartAsync();
        server.Registry.AddDevice("van-7", "anna");
        using var device = new SealedSender(server.Udp, server, "van-7");
        device.Send(1, SealedSender.Payload(1, 95, 2));
        Assert.Equal(new DatagramAnswer(AnswerStatus.Stored, 1, 0, 1, 2), device.Receive());
        device.Send(2, "garbage"u8);
        Assert.Equal(new DatagramAnswer(AnswerStatus.Malformed, 2, 0, 0, 3), device.Receive());
        device.Send(3, SealedSender.Payload(1, 1, 2));
        Assert.Equal(new DatagramAnswer(AnswerStatus.Stored, 3, 1, 0, 4), device.Receive());
        Assert.Contains("""tracking_fixes_total{protocol="udp",outcome="unusable"} 2""", server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replayed_datagram_is_dropped_and_one_that_counts_too_low_is_told_where_to_go_on()
    {
        await using TestServer server = await StartAsync();
        server.Registry.AddDevice("van-7", "anna");
        using var device = new SealedSender(server.Udp, server, "van-7");
        byte[] datagram = device.Sealed(5000, SealedSender.Payload(1, 1, 2));
        device.Send(datagram);
        Assert.Equal(AnswerStatus.Stored, device.Receive().Status);
        for (int i = 0; i < 10; i++) device.Send(datagram);
        device.Send(4999, SealedSender.Payload(2, 1, 2));
        Assert.Equal(new DatagramAnswer(AnswerStatus.Stored, 4999, 1, 0, 5000), device.Receive());
        device.Send(17, SealedSender.Payload(3, 1, 2));
        Assert.Equal(new DatagramAnswer(AnswerStatus.CounterTooLow, 17, 0, 0, 5001), device.Receive());
        Assert.Equal(2, server.Journal.DurableSequence);
        Assert.Contains("""tracking_datagrams_total{result="replayed"} 11""", server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_server_still_knows_what_it_has_seen()
    {
        string folder = Directory.CreateTempSubdirectory("tracking-ingest").FullName;
        byte[] old;
        await using (TestServer server = await StartAsync(folder: folder))
        {
            server.Registry.AddDevice("van-7", "anna");
            using var device = new SealedSender(server.Udp, server, "van-7");
            device.Send(old = device.Sealed(5000, SealedSender.Payload(1, 1, 2)));
            Assert.Equal(AnswerStatus.Stored, device.Receive().Status);
        }
        await using (TestServer server = await StartAsync(folder: folder))
        {
            using var device = new SealedSender(server.Udp, server, "van-7");
            device.Send(old);
            Assert.Equal(new DatagramAnswer(AnswerStatus.CounterTooLow, 5000, 0, 0, 5001), device.Receive());
            device.Send(5001, SealedSender.Payload(2, 1, 2));
            Assert.Equal(AnswerStatus.Stored, device.Receive().Status);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_new_secret_is_a_new_key_at_once()
    {
        await using TestServer server = await StartAsync();
        server.Registry.AddDevice("van-7", "anna");
        using var before = new SealedSender(server.Udp, server, "van-7");
        before.Send(1, SealedSender.Payload(1, 1, 2));
        Assert.Equal(AnswerStatus.Stored, before.Receive().Status);
        server.Registry.AddDevice("van-7", "anna");
        using var after = new SealedSender(server.Udp, server, "van-7");
        before.Send(2, SealedSender.Payload(2, 1, 2));
        after.Send(3, SealedSender.Payload(3, 1, 2));
        Assert.Equal(3ul, after.Receive().Counter);
        Assert.False(before.HasAnswer(50));
        Assert.Contains("""tracking_datagrams_total{result="forged"} 1""", server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_journal_is_silence()
    {
        await using TestServer server = await StartAsync(new JournalOptions { MaxDiskBytes = 1 });
        server.Registry.AddDevice("van-7", "anna");
        using var device = new SealedSender(server.Udp, server, "van-7");
        device.Send(1, SealedSender.Payload(1, 1, 2));
        await Until(() => server.MetricsText().Contains("""tracking_datagrams_total{result="refused"} 1""", StringComparison.Ordinal));
        Assert.False(device.HasAnswer(50));
    }

    [Fact]
    public async Task The_sample_sender_is_understood()
    {
        await using TestServer server = await StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        string number = server.Registry.FindDevice("van-7")!.Key.ToString(CultureInfo.InvariantCulture);
        string[] arguments = [SamplePath(), "127.0.0.1", server.Udp.Port.ToString(CultureInfo.InvariantCulture), number, secret, "48.2082", "16.3738"];
        using var sample = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await sample.WaitForExitAsync(deadline.Token);
        Assert.Equal("stored 1 of 1\n", await sample.StandardOutput.ReadToEndAsync() + await sample.StandardError.ReadToEndAsync());
        Assert.Equal(GeoPoint.FromE7(482082000, 163738000), Assert.Single(await server.ReadAsync(1)).Fix.Position);
    }

    internal static async Task Until(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition()) await timer.WaitForNextTickAsync(deadline.Token);
    }

    private static string SamplePath([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../samples/udp-sender.mjs"));
}

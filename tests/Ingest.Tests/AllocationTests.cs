using System.Net;
using System.Net.Sockets;
using System.Text;
using Tracking.Ingest.Decoding;
using Tracking.Ingest.Tests.Decoding;
using Tracking.Ingest.Tests.Http;
using Tracking.Ingest.Tests.Udp;
using Tracking.Ingest.Udp;

namespace Tracking.Ingest.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void Decoders_allocate_nothing_for_good_input()
    {
        byte[] packed = FixesTests.Batch(50);
        byte[] json = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat(
            """{"id":"x","fixedAt":"2026-11-22T07:59:58.250Z","latitude":48.2082,"longitude":16.3738,"speedMps":13.5,"note":"kept"}""", 50)) + "]");
        byte[] query = "id=123456&timestamp=1795334398&lat=48.2082&lon=16.3738&speed=25.918&bearing=271.5&altitude=171.5&accuracy=4.5&batt=81.0&x=y%20z"u8.ToArray();
        var batch = new DecodedBatch();
        AssertNothing("msgpack", packed, batch);
        AssertNothing("json", json, batch);
        AssertNothing("osmand", query, batch);
    }

    private static void AssertNothing(string protocol, byte[] input, DecodedBatch batch)
    {
        for (int i = 0; i < 3; i++) Corpus.Decode(protocol, input, batch);
        Assert.True(batch.Count > 0 && batch[0].Kind == DecodedKind.Fix, protocol);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Corpus.Decode(protocol, input, batch);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task A_datagram_costs_no_memory_be_it_forged_replayed_malformed_or_good()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { Udp = new IPEndPoint(IPAddress.Loopback, 0) });
        server.Registry.AddDevice("van-7", "anna");
        using var device = new SealedSender(server.Udp, server, "van-7");
        using DatagramIntake intake = server.NewIntake();
        byte[] good = device.Sealed(1, SealedSender.Payload(1, 1, 2), wantsAnswer: false), forged = device.Sealed(2, SealedSender.Payload(1, 1, 2));
        forged[^1] ^= 1;
        var from = new SocketAddress(AddressFamily.InterNetwork);
        Burst(64);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Burst(64);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        // Ten samples a second go to the quarantine, and the journal makes a completion per group.
        Assert.True(bytes < 100_000, $"{bytes} bytes for 19,200 datagrams");

        void Burst(int times)
        {
            intake.Begin();
            for (int i = 0; i < times; i++)
            {
                intake.Take(forged, from);
                intake.Take(good, from);
                intake.Take(forged.AsSpan(0, 20), from);
            }
            intake.Finish();
        }
    }
}

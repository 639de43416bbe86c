using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Tracking.Ingest.Tests.Udp;
using Tracking.Ingest.Udp;

namespace Tracking.Ingest.Tests;

/// <summary>Whatever strangers send, memory stays flat and an honest device is served.</summary>
public sealed class HostileFloodTests
{
    private const int Datagrams = 200_000, Requests = 4_000;
    private const int MaxGrowthBytes = 48 << 20;

    [Fact]
    public async Task Hostile_datagrams_and_requests_cost_no_memory_and_no_honest_fix()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { Udp = new IPEndPoint(IPAddress.Loopback, 0) });
        string secret = server.Registry.AddDevice("van-7", "anna");
        using var honest = new SealedSender(server.Udp, server, "van-7");
        FloodDatagrams(server, honest, 10_000);
        await FloodRequestsAsync(server, 200);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        Task datagrams = Task.Run(() => FloodDatagrams(server, honest, Datagrams));
        Task requests = FloodRequestsAsync(server, Requests);
        int served = 0;
        for (ulong i = 0; !datagrams.IsCompleted || !requests.IsCompleted || (served < 5 && i < 5_000); i++)
        {
            using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json("""{"fixedAt":1,"latitude":1,"longitude":2}"""), secret);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            honest.Send(1_000_000 + i, SealedSender.Payload((long)i, 1, 2));
            if (honest.HasAnswer(100) && honest.Receive().Status == AnswerStatus.Stored) served++;
        }
        await datagrams;
        await requests;
        Assert.True(served >= 5, $"only {served} honest datagrams were answered");
        long growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(growth < MaxGrowthBytes, $"memory grew by {growth >> 20} MiB");
    }

    private static void FloodDatagrams(TestServer server, SealedSender honest, int count)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server.Udp);
        var random = new Random(1);
        byte[] garbage = new byte[1500], forged = honest.Sealed(999_999, SealedSender.Payload(1, 1, 2)), replayed = [.. forged];
        for (int i = 0; i < count; i++)
        {
            switch (i % 4)
            {
                case 0:
                    random.NextBytes(garbage);
                    socket.Send(garbage.AsSpan(0, random.Next(1500)));
                    break;
                case 1:
                    forged[^1] = (byte)(replayed[^1] + 1 + random.Next(255));
                    forged[12] = (byte)random.Next(256);
                    socket.Send(forged);
                    break;
                case 2:
                    socket.Send(replayed);
                    break;
                default:
                    random.NextBytes(garbage.AsSpan(0, 64));
                    garbage[0] = SealedDatagram.FixesKind;
                    garbage[1] = 0;
                    socket.Send(garbage.AsSpan(0, 64));
                    break;
            }
        }
    }

    private static async Task FloodRequestsAsync(TestServer server, int count)
    {
        (string Path, string Body)[] hostile =
        [
            ("/v1/fixes", new string('[', 10_000)), ("/osmand?id=stranger&lat=1&lon=2", ""), ("/osmand", "{\"location\":" + new string('{', 5000)),
            ("/osmand?id=van-7&lat=1&lon=2&secret=guess", ""), ("/owntracks", "{}"), ("/overland", "null"), ("/osmand?id=van-7&lat=500&lon=2", ""),
        ];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancel) =>
        {
            (string path, string body) = hostile[i % hostile.Length];
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = TestServer.Json(body) };
            request.Headers.Authorization = new AuthenticationHeaderValue(i % 2 == 0 ? "Bearer" : "Basic", "d3Jvbmc6Z3Vlc3M" + i % 10);
            using HttpResponseMessage answer = await server.Main.SendAsync(request, cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{path}: {answer.StatusCode}");
        });
    }
}

using System.Globalization;

namespace Tracking.Load;

/// <summary>What is measured, each on a fresh server with the load beside it on the same machine.</summary>
internal static partial class Scenarios
{
    private const int Connections = 64;
    private const int Fences10K = 10_000;
    private const int Batch = 50;

    public static IReadOnlyDictionary<string, Func<string, TimeSpan, Task>> All { get; } =
        new Dictionary<string, Func<string, TimeSpan, Task>>
        {
            ["ingest"] = IngestAsync,
            ["udp"] = UdpAsync,
            ["latency"] = LatencyAsync,
            ["alerts"] = AlertsAsync,
            ["viewers"] = ViewersAsync,
            ["restart"] = RestartAsync,
            ["webhook"] = WebhookAsync,
        };

    /// <summary>The rate of /healthz, and of durable fixes by OsmAnd, MessagePack and JSON beside it.</summary>
    private static async Task IngestAsync(string program, TimeSpan duration)
    {
        using ServerUnderTest server = await StartAsync(program, Fences10K);
        Phone[] osmand = [.. Enumerable.Range(0, 1000).Select(n => new Phone(n, $"load-{n}", ""))];
        Phone[] own = Registered(server, Connections);
        await WarmUpAsync(server, osmand, own);

        byte[] health = Requests.Get("/healthz");
        HttpResult? healthz = null;
        await MeasureAsync("/healthz", 1, _ => _ => health);
        await MeasureAsync("OsmAnd, one fix", 1, OsmAndLane(osmand));
        await MeasureAsync($"MessagePack, {Batch} fixes", Batch, lane => _ => Requests.MessagePack(own[lane], Batch));
        await MeasureAsync($"JSON, {Batch} fixes", Batch, lane => _ => Requests.Json(own[lane], Batch));

        async Task MeasureAsync(string what, int fixes, Func<int, NextRequest> lanes)
        {
            TimeSpan before = server.Cpu;
            HttpResult result = await HttpLoad.RunAsync(server.Http, Connections, duration, 0, lanes);
            Report(what, result, fixes, healthz ??= result, server.Cpu - before);
        }
    }

    /// <summary>Open loop: durable answers to single fixes at a steady rate.</summary>
    private static async Task LatencyAsync(string program, TimeSpan duration)
    {
        using ServerUnderTest server = await StartAsync(program, Fences10K);
        Phone[] osmand = [.. Enumerable.Range(0, 1000).Select(n => new Phone(n, $"load-{n}", ""))];
        await WarmUpAsync(server, osmand, []);
        foreach (int rate in (int[])[2_000, 5_000, 10_000])
        {
            HttpResult result = await HttpLoad.RunAsync(server.Http, Connections, duration, rate, OsmAndLane(osmand));
            Console.WriteLine(Invariant($"OsmAnd at {rate:N0} a second: answered {result.PerSecond:N0} a second, refused {result.Refused}, {result.Latencies}"));
        }
    }

    private static Func<int, NextRequest> OsmAndLane(Phone[] phones) => lane =>
    {
        int turn = 0, mine = (phones.Length - lane + Connections - 1) / Connections;
        return _ => Requests.OsmAnd(phones[lane + turn++ % mine * Connections]);
    };

    private static async Task<ServerUnderTest> StartAsync(string program, int fences)
    {
        var server = new ServerUnderTest(program);
        server.Start("--auto-enrol");
        if (fences > 0) await Fences.ImportAsync(server.Http, Token(server), fences);
        return server;
    }

    private static string Token(ServerUnderTest server) => server.Run("token", "create", "--role", "admin", "--name", "load");

    private static Phone[] Registered(ServerUnderTest server, int count) =>
        [.. Enumerable.Range(0, count).Select(n => new Phone(n, $"own-{n}", server.Run("device", "add", "--id", $"own-{n}", "--rep", $"own-{n}")))];

    private static async Task WarmUpAsync(ServerUnderTest server, Phone[] osmand, Phone[] own)
    {
        var warm = TimeSpan.FromSeconds(3);
        await HttpLoad.RunAsync(server.Http, Connections, warm, 0, OsmAndLane(osmand));
        if (own.Length == 0) return;
        await HttpLoad.RunAsync(server.Http, Connections, warm, 0, lane => _ => Requests.MessagePack(own[lane], Batch));
        await HttpLoad.RunAsync(server.Http, Connections, warm, 0, lane => _ => Requests.Json(own[lane], Batch));
    }

    private static void Report(string what, HttpResult result, int fixes, HttpResult healthz, TimeSpan cpu) =>
        Console.WriteLine(Invariant(
            $"{what}: {result.PerSecond * fixes:N0} a second, {result.PerSecond * fixes / healthz.PerSecond:0.00} of /healthz, refused {result.Refused}, {result.Latencies}, {cpu.TotalMicroseconds / result.Exchanges / fixes:0.0} µs of processor each"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

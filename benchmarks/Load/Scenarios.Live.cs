using System.Diagnostics;

namespace Tracking.Load;

internal static partial class Scenarios
{
    /// <summary>20,000 fixes a second with 10,000 fences: from fix due to alert at an SSE subscriber.</summary>
    private static async Task AlertsAsync(string program, TimeSpan duration)
    {
        const int fixesPerSecond = 20_000;
        using ServerUnderTest server = await StartAsync(program, Fences10K);
        Phone[] own = Registered(server, Connections);
        await WarmUpAsync(server, [.. Enumerable.Range(0, Connections).Select(n => new Phone(n, $"load-{n}", ""))], own);
        var alerts = new AlertLatency(server.Http, Token(server));
        using var ends = new CancellationTokenSource();
        Task listening = alerts.ListenAsync(batchMs: 1000, ends.Token);
        double rate = fixesPerSecond / (double)AlertBatch;
        HttpResult result = await HttpLoad.RunAsync(server.Http, Connections, duration, rate, lane => due => TimedBatch(own[lane], alerts, due));
        await Task.Delay(2000, CancellationToken.None);
        await ends.CancelAsync();
        await listening;
        Console.WriteLine(Invariant(
            $"{result.PerSecond * AlertBatch:N0} fixes a second, alerts {alerts.Latencies.Total:N0} ({alerts.Unmatched} of the warm-up), fix to alert {alerts.Latencies}; answers {result.Latencies}"));
    }

    private const int AlertBatch = 20;

    /// <summary>Each fix of the batch is remembered by its own second.</summary>
    private static byte[] TimedBatch(Phone phone, AlertLatency alerts, long due) =>
        Requests.MessagePack(phone, AlertBatch, fixedAtMs => alerts.Sent(phone.Id, fixedAtMs, 1000, due));

    /// <summary>1,000 positions a second watched by 500 viewers: what the viewers add to the server's processor time.</summary>
    private static async Task ViewersAsync(string program, TimeSpan duration)
    {
        const int viewerCount = 500, positionsPerSecond = 1000;
        using ServerUnderTest server = await StartAsync(program, 0);
        Phone[] phones = [.. Enumerable.Range(0, 1000).Select(n => new Phone(n, $"load-{n}", ""))];
        await WarmUpAsync(server, phones, []);

        async Task<double> CpuShareAsync()
        {
            TimeSpan before = server.Cpu;
            long began = Stopwatch.GetTimestamp();
            await HttpLoad.RunAsync(server.Http, Connections, duration, positionsPerSecond, OsmAndLane(phones));
            return (server.Cpu - before) / Stopwatch.GetElapsedTime(began);
        }

        double alone = await CpuShareAsync();
        await using var viewers = new Viewers();
        await viewers.ConnectAsync(server.Http, Token(server), viewerCount);
        await Task.Delay(2000);
        long messages = viewers.Messages, bytes = viewers.Bytes;
        double watched = await CpuShareAsync();
        Console.WriteLine(Invariant(
            $"server without viewers {alone:P1} of a core, with {viewerCount} viewers {watched:P1}: they cost {watched - alone:P1}; {(viewers.Messages - messages) / duration.TotalSeconds / viewerCount:0.0} messages and {(viewers.Bytes - bytes) / duration.TotalSeconds / viewerCount / 1024:0.0} KiB a second and viewer"));
    }

    /// <summary>100,000 reps: resident memory before and after, kill -9, time until ready again.</summary>
    private static async Task RestartAsync(string program, TimeSpan duration)
    {
        const int repCount = 100_000;
        using ServerUnderTest server = await StartAsync(program, 0);
        long emptyBytes = server.ResidentBytes;
        int next = -1;
        await HttpLoad.RunAsync(server.Http, Connections, TimeSpan.FromMinutes(3), 0, _ => _ =>
        {
            int number = Interlocked.Increment(ref next);
            return number < repCount ? Requests.OsmAnd(new Phone(number, $"load-{number}", "")) : default(ReadOnlyMemory<byte>);
        });
        await Task.Delay(5000);
        long filledBytes = server.ResidentBytes;
        server.Kill();
        TimeSpan ready = server.Start("--auto-enrol");
        Console.WriteLine(Invariant(
            $"{repCount:N0} reps: {(filledBytes - emptyBytes) / (double)repCount:N0} B resident a rep after the load, {(server.ResidentBytes - emptyBytes) / (double)repCount:N0} B after a restart; ready {ready.TotalSeconds:0.0} s after kill -9"));
    }
}

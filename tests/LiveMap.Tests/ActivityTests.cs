using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.LiveMap.Tests;

public class ActivityTests
{
    private static readonly Instant Morning = Instant.From(new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));

    private const string Day = "/v1/reports/activity?from=2026-03-02&to=2026-03-03";

    private static IEnumerable<JudgedFix> Fixes(int count, float speedMps) => Enumerable.Range(0, count).Select(i => new JudgedFix(
        new Fix { FixedAt = Morning + TimeSpan.FromMinutes(i), ReceivedAt = Morning + TimeSpan.FromMinutes(i), Position = new GeoPoint(48.2, 16.37).Quantised(), SpeedMps = speedMps + (i % 10) },
        i % 10 == 3 ? FixOutcome.Late : i % 10 == 9 ? FixOutcome.Spike : FixOutcome.Accepted));

    private static async Task<LiveMapServer> StartAsync()
    {
        LiveMapServer server = await LiveMapServer.StartAsync();
        string[] groups = ["north/vienna", "north/vienna", "north", "south"];
        for (int i = 0; i < groups.Length; i++)
        {
            Rep rep = server.AddRep("r" + i, groups[i]);
            if (i != 2) await server.TrackAsync(rep, i + 1, Fixes(90, i * 10));
        }
        return server;
    }

    private static string[] IdsOf(JsonElement page) => [.. page.GetProperty("reps").EnumerateArray().Select(r => r.GetProperty("repId").GetString()!)];

    [Fact]
    public async Task Activity_is_told_by_rep_and_hour()
    {
        await using LiveMapServer server = await StartAsync();
        JsonElement report = await server.Client().GetJsonAsync(Day + "&bucket=1h");
        Assert.Equal(["r0", "r1", "r2", "r3"], IdsOf(report));
        Assert.Equal((3600, "2026-03-02T00:00:00.000Z"), (report.GetProperty("bucketS").GetInt32(), report.GetProperty("from").GetString()));
        Assert.Equal(0, report.GetProperty("reps")[2].GetProperty("buckets").GetArrayLength());
        Assert.Equal(
            """{"beganAt":"2026-03-02T08:00:00.000Z","fixes":30,"accepted":24,"late":3,"firstFixedAt":"2026-03-02T08:00:00.000Z","lastFixedAt":"2026-03-02T08:29:00.000Z","maxSpeedMps":18}""",
            report.GetProperty("reps")[1].GetProperty("buckets")[1].GetRawText());
        Assert.Equal(1, (await server.Client().GetJsonAsync(Day + "&bucket=1d&rep=r3")).GetProperty("reps")[0].GetProperty("buckets").GetArrayLength());
    }

    [Fact]
    public async Task Nobody_sees_the_activity_of_others()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient north = server.Client(Role.Reader, "group:north"), one = server.Client(Role.Dispatcher, "rep:r1");
        Assert.Equal(["r0", "r1", "r2"], IdsOf(await north.GetJsonAsync(Day)));
        Assert.Equal(["r0", "r1"], IdsOf(await north.GetJsonAsync(Day + "&group=north/vienna")));
        Assert.Empty(IdsOf(await north.GetJsonAsync(Day + "&group=south")));
        Assert.Equal(["r1"], IdsOf(await one.GetJsonAsync(Day)));
        Assert.DoesNotContain("r3", await north.GetStringAsync(Day + "&format=csv", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (string hidden in new[] { "rep=r3", "rep=r0,r3", "rep=nobody", "rep=r3&format=csv" }) Assert.Equal(404, await north.StatusAsync(HttpMethod.Get, $"{Day}&{hidden}"));
        Assert.Equal(401, await server.Client(null).StatusAsync(HttpMethod.Get, Day));
        Assert.Equal(403, await server.Client(Role.Gateway).StatusAsync(HttpMethod.Get, Day));
    }

    [Fact]
    public async Task Pages_and_the_csv_hold_the_same()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        var paged = new List<string>();
        string? next = null;
        do
        {
            JsonElement page = await client.GetJsonAsync(Day + "&bucket=15m&limit=1" + (next is null ? "" : "&after=" + next));
            foreach (JsonElement rep in page.GetProperty("reps").EnumerateArray())
            {
                foreach (JsonElement bucket in rep.GetProperty("buckets").EnumerateArray())
                    paged.Add(string.Join(',', bucket.EnumerateObject().Select(p => p.Value.ToString()).Prepend(rep.GetProperty("repId").GetString())));
            }
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);
        string[] rows = (await client.GetStringAsync(Day + "&bucket=15m&format=csv", TestContext.Current.CancellationToken)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("repId,beganAt,fixes,accepted,late,firstFixedAt,lastFixedAt,maxSpeedMps", rows[0]);
        Assert.Equal(18, paged.Count);
        Assert.Equal(paged, rows[1..]);
    }

    [Theory]
    [InlineData("bucket=fast", 400)]
    [InlineData("bucket=10s", 400)]
    [InlineData("bucket=0h", 422)]
    [InlineData("bucket=367d", 422)]
    [InlineData("bucket=99999999999d", 422)]
    [InlineData("from=2026-03-02&to=2026-03-04&bucket=1m", 422)]
    [InlineData("from=2026-03-02&to=2026-03-02", 422)]
    [InlineData("from=never", 400)]
    [InlineData("format=xlsx", 422)]
    [InlineData("after=!", 400)]
    [InlineData("limit=0", 422)]
    [InlineData("", 200)]
    public async Task What_cannot_be_asked_is_refused(string query, int status)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Assert.Equal(status, await server.Client().StatusAsync(HttpMethod.Get, "/v1/reports/activity?" + query));
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Tests;

public class ClaimTests
{
    private const string November = "from=2026-11-01&to=2026-11-03";

    private const string Rate = """
        {"name":"Cars","vehicle":"car","currency":"EUR","validFrom":"2026-01-01","period":"month","tiers":[{"upTo":15,"rate":0.42},{"rate":"0.21"}]}
        """;

    /// <summary>Half an hour at rest, 20 minutes north at 10 m/s, one fix in 10 s, then at rest again.</summary>
    internal static IEnumerable<JudgedFix> Day(string date, double latitude = 48.1)
    {
        Instant begin = Instant.From(DateTimeOffset.Parse(date + "T08:00:00Z", CultureInfo.InvariantCulture));
        for (int i = 0; i < 480; i++)
        {
            Instant at = begin + TimeSpan.FromSeconds(i * 10);
            double north = Math.Clamp(i - 180, 0, 120) * 100;
            yield return new(new Fix { FixedAt = at, ReceivedAt = at, Position = new GeoPoint(latitude + (north / 111_200), 16.37).Quantised(), AccuracyM = 5, SpeedMps = i is > 180 and < 300 ? 10 : 0 },
                FixOutcome.Accepted);
        }
    }

    private static async Task<LiveMapServer> StartAsync()
    {
        LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("r", "north");
        await server.TrackAsync(rep, 1, [.. Day("2026-11-01"), .. Day("2026-11-02")]);
        return server;
    }

    [Fact]
    public async Task A_claim_tells_its_parts_and_their_worth_by_tier()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/rates/at", Rate));
        JsonElement claim = await client.GetJsonAsync("/v1/reps/r/claims?" + November);
        JsonElement first = claim.GetProperty("days")[0], second = claim.GetProperty("days")[1], none = claim.GetProperty("days")[2];
        long paid = first.GetProperty("paidM").GetInt64();
        Assert.InRange(paid, 11_950, 12_050);
        Assert.Equal(decimal.Round(paid * 0.42m / 1000, 2, MidpointRounding.AwayFromZero).ToString(CultureInfo.InvariantCulture), first.GetProperty("amount").GetString());
        Assert.Equal(paid, second.GetProperty("beforeM").GetInt64());
        decimal both = decimal.Round(((15 * 0.42m) + (((2 * paid) - 15_000) * 0.21m / 1000)), 2, MidpointRounding.AwayFromZero);
        Assert.Equal(both.ToString(CultureInfo.InvariantCulture), claim.GetProperty("total").GetProperty("amounts")[0].GetProperty("amount").GetString());
        Assert.Equal((0, "0.00"), (none.GetProperty("paidM").GetInt64(), none.GetProperty("amount").GetString()));
        Assert.Equal(second.GetProperty("amount").GetString(), (await client.GetJsonAsync("/v1/reps/r/claims?from=2026-11-02&to=2026-11-02")).GetProperty("days")[0].GetProperty("amount").GetString());
        JsonElement bicycle = await client.GetJsonAsync($"/v1/reps/r/claims?{November}&vehicle=bicycle");
        Assert.False(bicycle.GetProperty("days")[0].TryGetProperty("amount", out _));
    }

    [Fact]
    public async Task The_digest_is_that_of_the_text_and_changes_with_a_late_fix_and_a_new_version_of_the_rate()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/rates/at", Rate));
        string text = await client.GetStringAsync($"/v1/reps/r/claims?{November}&format=text", TestContext.Current.CancellationToken);
        string digest = (await client.GetJsonAsync("/v1/reps/r/claims?" + November)).GetProperty("digest").GetString()!;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), digest);
        (byte[] again, _) = Tracker.ClaimReader.Recompute(text.TrimEnd('\n').Split('\n'));
        Assert.Equal(text, Encoding.UTF8.GetString(again));
        async Task<bool> Matches() => (await client.GetJsonAsync($"/v1/reps/r/claims?{November}&digest={digest}")).GetProperty("matches").GetBoolean();
        Assert.True(await Matches());
        Assert.Equal(200, await client.StatusAsync(HttpMethod.Put, "/v1/rates/at", Rate));
        Assert.False(await Matches());
        Assert.Equal(204, await client.StatusAsync(HttpMethod.Delete, "/v1/rates/at"));
        string without = (await client.GetJsonAsync("/v1/reps/r/claims?" + November)).GetProperty("digest").GetString()!;
        JudgedFix late = Day("2026-11-01").ElementAt(200);
        await server.TrackAsync(server.Registry.FindRep("r")!, 2, late with { Fix = late.Fix with { FixedAt = late.Fix.FixedAt + TimeSpan.FromSeconds(1) }, Outcome = FixOutcome.Late });
        Assert.NotEqual(without, (await client.GetJsonAsync("/v1/reps/r/claims?" + November)).GetProperty("digest").GetString());
    }

    [Fact]
    public async Task A_trip_under_a_mock_case_is_rejected_with_its_reason_until_the_case_is_superseded()
    {
        await using LiveMapServer server = await StartAsync();
        var at = Instant.From(new DateTimeOffset(2026, 11, 1, 8, 40, 0, TimeSpan.Zero));
        await server.Alerts.AppendAsync([LiveMapServer.MakeAlert("m", "r", AlertKind.MockSuspected, at), LiveMapServer.MakeAlert("c", "r", AlertKind.MockCleared, at + TimeSpan.FromMinutes(5))],
            TestContext.Current.CancellationToken);
        HttpClient client = server.Client();
        JsonElement day = (await client.GetJsonAsync("/v1/reps/r/claims?" + November)).GetProperty("days")[0];
        JsonElement rejected = day.GetProperty("rejected").EnumerateArray().Single(r => r.GetProperty("reason").GetString() == "mockSuspected");
        Assert.Equal((0, 1), (day.GetProperty("paidM").GetInt64(), rejected.GetProperty("count").GetInt32()));
        Assert.InRange(rejected.GetProperty("metres").GetDouble(), 11_950, 12_050);
        await server.Alerts.AppendAsync([LiveMapServer.MakeAlert("m2", "r", AlertKind.MockSuspected, at) with { Late = true, Supersedes = ["m", "c"], Retracted = true }],
            TestContext.Current.CancellationToken);
        Assert.InRange((await client.GetJsonAsync("/v1/reps/r/claims?" + November)).GetProperty("days")[0].GetProperty("paidM").GetInt64(), 11_950, 12_050);
    }

    [Fact]
    public async Task The_day_on_which_the_clocks_go_back_has_25_hours_and_every_metre_counts_once()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("r");
        // Over midnight at both ends of 25 October in Vienna, and through the hour that comes twice.
        string[] begins = ["2026-10-24T21:30:00Z", "2026-10-25T00:40:00Z", "2026-10-25T22:30:00Z"];
        var shift = Instant.From(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
        await server.TrackAsync(rep, 1, begins.SelectMany(begin =>
        {
            TimeSpan by = Instant.From(DateTimeOffset.Parse(begin, CultureInfo.InvariantCulture)) - shift;
            return Day("2026-11-01").Select(j => j with { Fix = j.Fix with { FixedAt = j.Fix.FixedAt + by, ReceivedAt = j.Fix.FixedAt + by } });
        }));
        JsonElement claim = await server.Client().GetJsonAsync("/v1/reps/r/claims?from=2026-10-24&to=2026-10-26");
        string text = await server.Client().GetStringAsync("/v1/reps/r/claims?from=2026-10-25&to=2026-10-25&format=text", TestContext.Current.CancellationToken);
        Assert.Contains("\nday 2026-10-25 2026-10-24T22:00:00.000Z 2026-10-25T23:00:00.000Z -\n", text, StringComparison.Ordinal);
        Assert.Equal(3 * 12_000, claim.GetProperty("days").EnumerateArray().Sum(static d => d.GetProperty("paidM").GetInt64()), 150.0);
        Assert.Equal(claim.GetProperty("total").GetProperty("paidM").GetInt64(), claim.GetProperty("days").EnumerateArray().Sum(static d => d.GetProperty("paidM").GetInt64()));
    }

    [Fact]
    public async Task The_csv_has_a_row_a_day_and_a_mark_when_it_is_wanted()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        byte[] bytes = await client.GetByteArrayAsync($"/v1/reps/r/claims?{November}&format=csv&bom=true", TestContext.Current.CancellationToken);
        Assert.Equal([0xEF, 0xBB, 0xBF], bytes[..3]);
        string[] rows = Encoding.UTF8.GetString(bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, rows.Length);
        Assert.StartsWith("r,2026-11-01,car,", rows[1], StringComparison.Ordinal);
        Assert.All(rows, static row => Assert.Equal(18, row.Split(',').Length));
    }

    [Fact]
    public async Task Rates_are_changed_by_admins_only_and_by_version()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient admin = server.Client();
        Assert.Equal(403, await server.Client(Role.Dispatcher).StatusAsync(HttpMethod.Put, "/v1/rates/at", Rate));
        Assert.Equal(403, await server.Client(Role.Admin, "group:north").StatusAsync(HttpMethod.Put, "/v1/rates/at", Rate));
        (int status, JsonElement created, _) = await admin.SendAsync(HttpMethod.Put, "/v1/rates/at", Rate, ("If-None-Match", "*"));
        Assert.Equal((201, 1, "month"), (status, created.GetProperty("version").GetInt32(), created.GetProperty("period").GetString()));
        Assert.Equal(409, (await admin.SendAsync(HttpMethod.Put, "/v1/rates/at", Rate, ("If-None-Match", "*"))).Status);
        Assert.Equal(200, (await admin.SendAsync(HttpMethod.Put, "/v1/rates/at", Rate, ("If-Match", "\"1\""))).Status);
        Assert.Equal(409, (await admin.SendAsync(HttpMethod.Put, "/v1/rates/at", Rate, ("If-Match", "\"1\""))).Status);
        Assert.Equal(400, (await admin.SendAsync(HttpMethod.Put, "/v1/rates/at", Rate, ("If-Match", "one"))).Status);
        Assert.Equal(2, (await server.Client(Role.Reader).GetJsonAsync("/v1/rates")).GetProperty("rates")[0].GetProperty("version").GetInt32());
        Assert.Equal(409, (await admin.SendAsync(HttpMethod.Delete, "/v1/rates/at", null, ("If-Match", "\"1\""))).Status);
        Assert.Equal(204, (await admin.SendAsync(HttpMethod.Delete, "/v1/rates/at", null, ("If-Match", "\"2\""))).Status);
        Assert.Equal(404, await admin.StatusAsync(HttpMethod.Get, "/v1/rates/at"));
        Assert.Equal(404, await admin.StatusAsync(HttpMethod.Delete, "/v1/rates/at"));
        IReadOnlyList<AuditEntry> audit = await server.Audit.ReadLatestAsync(10, AuditAction.DefinitionDeleted, TestContext.Current.CancellationToken);
        Assert.Equal("at", Assert.Single(audit).Target);
    }

    [Theory]
    [InlineData("""{"vehicle":"car","currency":"eur","validFrom":"2026-01-01","tiers":[{"rate":1}]}""", "currency")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","tiers":[]}""", "tiers")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","tiers":[{"upTo":5,"rate":1}]}""", "tiers")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","tiers":[{"upTo":5,"rate":1},{"upTo":5,"rate":1},{"rate":0}]}""", "tiers[1].upTo")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","tiers":[{"rate":-1}]}""", "tiers[0].rate")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","tiers":[{"rate":1e99}]}""", "tiers[0].rate")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-02-30","tiers":[{"rate":1}]}""", "validFrom")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","validTo":"2025-01-01","tiers":[{"rate":1}]}""", "validTo")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","yearBegins":"13-01","tiers":[{"rate":1}]}""", "yearBegins")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","unit":"yard","tiers":[{"rate":1}]}""", "unit")]
    [InlineData("""{"currency":"EUR","validFrom":"2026-01-01","tiers":[{"rate":1}]}""", "vehicle")]
    [InlineData("""{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","price":3,"tiers":[{"rate":1}]}""", "price")]
    [InlineData("""[]""", "")]
    public async Task What_is_wrong_with_a_rate_is_told_by_field(string json, string field)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        (int status, JsonElement problem, _) = await server.Client().SendAsync(HttpMethod.Put, "/v1/rates/at", json);
        Assert.Equal(422, status);
        Assert.Contains(problem.GetProperty("errors").EnumerateObject(), error => error.Name == field);
    }

    [Theory]
    [InlineData("to=2026-11-03", 422)]
    [InlineData("from=2026-11-03&to=2026-11-01", 422)]
    [InlineData("from=2026-11-03&to=2027-11-04", 422)]
    [InlineData("from=2026-11-31&to=2026-12-01", 400)]
    [InlineData("from=2026-11-01&to=2026-11-01&format=pdf", 422)]
    [InlineData("from=2026-11-01&to=2026-11-01&digest=12", 422)]
    [InlineData("from=2026-11-01&to=2026-11-01&bom=perhaps", 422)]
    public async Task What_cannot_be_claimed_is_refused(string query, int status)
    {
        await using LiveMapServer server = await StartAsync();
        Assert.Equal(status, await server.Client().StatusAsync(HttpMethod.Get, "/v1/reps/r/claims?" + query));
        Assert.Equal(404, await server.Client(Role.Reader, "group:south").StatusAsync(HttpMethod.Get, "/v1/reps/r/claims?" + query));
    }
}

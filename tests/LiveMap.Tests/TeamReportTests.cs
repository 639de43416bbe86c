using System.Globalization;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Frames;
using Tracking.LiveMap.Reports;

namespace Tracking.LiveMap.Tests;

public class TeamReportTests
{
    private const string Days = "from=2026-11-01&to=2026-11-02";

    private static readonly Instant Eight = Instant.From(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));

    private static async Task<LiveMapServer> StartAsync()
    {
        LiveMapServer server = await LiveMapServer.StartAsync();
        string[] groups = ["north/vienna", "north", "south"];
        for (int i = 0; i < groups.Length; i++)
        {
            Rep rep = server.AddRep("r" + i, groups[i]);
            await server.TrackAsync(rep, i + 1, i == 1 ? ClaimTests.Day("2026-11-01", 48.3) : [.. ClaimTests.Day("2026-11-01"), .. ClaimTests.Day("2026-11-02")]);
        }
        return server;
    }

    private static JsonElement[] Rows(JsonElement page) => [.. page.GetProperty("rows").EnumerateArray()];

    private static async Task<string[]> CsvAsync(HttpClient client, string path) =>
        (await client.GetStringAsync(path, TestContext.Current.CancellationToken)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task Mileage_is_told_by_rep_and_day_and_adds_up_by_rep()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        JsonElement[] days = Rows(await client.GetJsonAsync("/v1/reports/mileage?" + Days)), reps = Rows(await client.GetJsonAsync($"/v1/reports/mileage?{Days}&by=rep"));
        Assert.Equal(["r0 2026-11-01", "r0 2026-11-02", "r1 2026-11-01", "r1 2026-11-02", "r2 2026-11-01", "r2 2026-11-02"],
            days.Select(d => $"{d.GetProperty("repId").GetString()} {d.GetProperty("date").GetString()}"));
        Assert.InRange(days[0].GetProperty("paidM").GetInt64(), 11_950, 12_050);
        Assert.Equal(days[0].GetProperty("acceptedM").GetDouble(),
            days[0].GetProperty("rawM").GetDouble() + days[0].GetProperty("smoothingM").GetDouble() - days[0].GetProperty("stationaryM").GetDouble() - days[0].GetProperty("inferredM").GetDouble(), 0.05);
        foreach (string column in new[] { "rawM", "paidM", "trips", "movingS" })
            Assert.Equal(days[..2].Sum(d => d.GetProperty(column).GetDouble()), reps[0].GetProperty(column).GetDouble(), 0.02);
        Assert.False(reps[0].TryGetProperty("date", out _));
        JsonElement day = await client.GetJsonAsync("/v1/reps/r0/days/2026-11-01");
        Assert.Equal(day.GetProperty("acceptedM").GetDouble(), days[0].GetProperty("acceptedM").GetDouble());
    }

    [Fact]
    public async Task A_report_that_is_asked_again_follows_late_fixes()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        double before = Rows(await client.GetJsonAsync($"/v1/reports/mileage?{Days}&rep=r1"))[1].GetProperty("rawM").GetDouble();
        Assert.Equal(0, before);
        await server.TrackAsync(server.Registry.FindRep("r1")!, 9, ClaimTests.Day("2026-11-02", 48.3).Select(static j => j with { Outcome = FixOutcome.Late }));
        Assert.InRange(Rows(await client.GetJsonAsync($"/v1/reports/mileage?{Days}&rep=r1"))[1].GetProperty("acceptedM").GetDouble(), 11_950, 12_050);
    }

    [Theory]
    [InlineData("mileage")]
    [InlineData("visits")]
    [InlineData("attendance")]
    [InlineData("exceptions")]
    public async Task Pages_and_the_csv_hold_the_same_and_nobody_sees_others(string report)
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        List<string> paged = [];
        string? next = null;
        do
        {
            JsonElement page = await client.GetJsonAsync($"/v1/reports/{report}?{Days}&limit=1" + (next is null ? "" : "&after=" + next));
            paged.AddRange(Rows(page).Select(r => r.GetProperty("repId").GetString() + r.GetProperty("date").GetString()));
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);
        string[] rows = await CsvAsync(client, $"/v1/reports/{report}?{Days}&format=csv");
        Assert.Equal(paged, rows[1..].Select(static row => row.Split(',')[0] + row.Split(',')[3]));
        Assert.Equal(6, paged.Count);
        Assert.StartsWith("repId,name,group,date,", rows[0], StringComparison.Ordinal);
        Assert.All(rows, row => Assert.Equal(rows[0].Split(',').Length, row.Split(',').Length));
        HttpClient north = server.Client(Role.Reader, "group:north");
        Assert.Equal(["r0", "r1"], Rows(await north.GetJsonAsync($"/v1/reports/{report}?{Days}&by=rep")).Select(r => r.GetProperty("repId").GetString()!));
        Assert.Equal(2, (await CsvAsync(north, $"/v1/reports/{report}?{Days}&by=rep&group=north/vienna&format=csv")).Length);
        Assert.Equal(404, await north.StatusAsync(HttpMethod.Get, $"/v1/reports/{report}?{Days}&rep=r2"));
        Assert.Equal(401, await server.Client(null).StatusAsync(HttpMethod.Get, $"/v1/reports/{report}?{Days}"));
        Assert.Equal(403, await server.Client(Role.Gateway).StatusAsync(HttpMethod.Get, $"/v1/reports/{report}?{Days}"));
        foreach (string wrong in new[] { "by=week", "format=xlsx", "limit=0", "to=2027-11-02", "bom=maybe" })
            Assert.Equal(422, await client.StatusAsync(HttpMethod.Get, $"/v1/reports/{report}?from=2026-11-01&to=2026-11-02&{wrong}".Replace("&to=2026-11-02&to=", "&to=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Attendance_tells_shifts_first_and_last_movement_and_why_there_were_gaps()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("r", "north", "UTC");
        await server.TrackAsync(rep, 1, ClaimTests.Day("2026-11-01").Where(static (_, i) => i is < 240 or > 330));
        Alert Told(string id, string kind, double hours, string data = "{}") => LiveMapServer.MakeAlert(id, "r", kind, Eight + TimeSpan.FromHours(hours)) with { Data = JsonElement.Parse(data) };
        await server.Alerts.AppendAsync(
        [
            Told("a", "shiftBegan", -0.5), Told("b", "shiftEnded", 2.5), Told("c", AlertKind.SignalLost, 0.85, """{"reason":"unknown"}"""),
            Told("d", AlertKind.SignalRestored, 0.92, """{"reason":"noNetwork"}"""),
        ], TestContext.Current.CancellationToken);
        JsonElement row = Rows(await server.Client().GetJsonAsync("/v1/reports/attendance?from=2026-11-01&to=2026-11-01"))[0];
        Assert.Equal((10_800, 1, "noNetwork 1"), (row.GetProperty("onDutyS").GetDouble(), row.GetProperty("gaps").GetInt32(), row.GetProperty("gapReasons").GetString()));
        Assert.Equal("2026-11-01T08:00:00.000Z", row.GetProperty("firstFixAt").GetString());
        Assert.StartsWith("2026-11-01T08:3", row.GetProperty("firstMovedAt").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("2026-11-01T08:39", row.GetProperty("lastMovedAt").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Visits_and_exceptions_are_counted_once_in_their_corrected_form()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("r", "north", "UTC");
        var day = new DateOnly(2026, 11, 2);
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/plans/p",
            """{"validFrom":"2026-11-01","routes":[{"rep":"r","weekday":"monday","customers":["cafe","bar"]}]}"""));
        await server.Alerts.AppendAsync(
        [
            PlanTests.VisitAt("a", "r", "cafe", day, "UTC"), PlanTests.VisitAt("b", "r", "inn", day, "UTC"), PlanTests.VisitAt("c", "r", "bar", day, "UTC", AlertKind.VisitTooShort),
            PlanTests.VisitAt("d", "r", "pub", day, "UTC"), PlanTests.VisitAt("e", "r", "pub", day, "UTC", AlertKind.VisitDoubted) with { Late = true, Supersedes = ["d"] },
            LiveMapServer.MakeAlert("f", "r", AlertKind.VisitMissed, Eight + TimeSpan.FromHours(40)), LiveMapServer.MakeAlert("g", "r", AlertKind.Overspeed, Eight + TimeSpan.FromHours(30)),
        ], TestContext.Current.CancellationToken);
        JsonElement visits = Rows(await client.GetJsonAsync("/v1/reports/visits?from=2026-11-02&to=2026-11-02"))[0];
        Assert.Equal([2, 2400, 1, 1, 2, 1, 1, 1], visits.EnumerateObject().Skip(4).Select(static p => p.Value.GetInt32()));
        JsonElement exceptions = Rows(await client.GetJsonAsync("/v1/reports/exceptions?from=2026-11-02&to=2026-11-02"))[0];
        Assert.Equal([("visitsDoubted", 1), ("visitsMissed", 1), ("visitsTooShort", 1), ("overspeeds", 1)],
            exceptions.EnumerateObject().Skip(4).Where(static p => p.Value.GetInt32() > 0).Select(static p => (p.Name, p.Value.GetInt32())).OrderBy(static p => p.Name.StartsWith('o')).ThenBy(static p => p.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Names_that_look_like_formulas_are_made_harmless()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.Registry.PutRep("=cmd", "@SUM(1,2)\"", "+north", "UTC");
        byte[] bytes = await server.Client().GetByteArrayAsync("/v1/reports/exceptions?from=2026-11-02&to=2026-11-02&by=rep&format=csv&bom=1", TestContext.Current.CancellationToken);
        Assert.Equal(Encoding.UTF8.Preamble, bytes.AsSpan(0, 3));
        string[] rows = Encoding.UTF8.GetString(bytes).Split("\r\n");
        Assert.StartsWith("'=cmd,\"'@SUM(1,2)\"\"\",'+north,0,", rows[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coverage_tells_how_long_somebody_was_in_each_cell()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        JsonElement[] cells = [.. (await client.GetJsonAsync($"/v1/reports/coverage?{Days}&group=north/vienna&zoom=12")).GetProperty("cells").EnumerateArray()];
        Assert.Equal(960, cells.Sum(static c => c.GetProperty("fixes").GetInt32()));
        Assert.Equal(2 * 4790.0, cells.Sum(static c => c.GetProperty("spentS").GetDouble()));
        Assert.Equal(cells.Length * 2, cells.Sum(static c => c.GetProperty("visits").GetInt32()));
        double[] bounds = [.. cells[^1].GetProperty("bounds").EnumerateArray().Select(static e => e.GetDouble())];
        Assert.True(bounds[0] <= 16.37 && 16.37 <= bounds[2] && bounds[1] <= 48.1 && 48.1 <= bounds[3]);
        JsonElement features = await client.GetJsonAsync($"/v1/reports/coverage?{Days}&rep=r0,r2&format=geojson");
        Assert.All(features.GetProperty("features").EnumerateArray(), static f => Assert.Equal((2, 5), (f.GetProperty("properties").GetProperty("reps").GetInt32(), f.GetProperty("geometry").GetProperty("coordinates")[0].GetArrayLength())));
        Assert.Equal(cells.Length + 1, (await CsvAsync(client, $"/v1/reports/coverage?{Days}&group=north/vienna&zoom=12&format=csv")).Length);
        Assert.Equal(404, await server.Client(Role.Reader, "group:north").StatusAsync(HttpMethod.Get, $"/v1/reports/coverage?{Days}&rep=r2"));
        foreach (string wrong in new[] { "zoom=15", "zoom=3", "format=kml" }) Assert.Equal(422, await client.StatusAsync(HttpMethod.Get, $"/v1/reports/coverage?{Days}&{wrong}"));
        for (int i = 0; i < 11; i++) server.AddRep("more" + i);
        Assert.Equal(422, await client.StatusAsync(HttpMethod.Get, "/v1/reports/coverage?from=2026-09-01&to=2026-11-30"));
    }

    [Theory]
    [InlineData(48.2, 16.37)]
    [InlineData(-33.9, 151.2)]
    [InlineData(0.001, -179.999)]
    [InlineData(-84.9, 179.999)]
    public void A_cell_contains_its_points(double latitude, double longitude)
    {
        for (int z = 0; z <= MapCell.FinestZ; z++)
        {
            (double west, double south, double east, double north) = Coverage.BoundsOf(MapCell.Of((int)(latitude * 1e7), (int)(longitude * 1e7)).At(z));
            Assert.True(west <= longitude && longitude <= east && south <= latitude && latitude <= north, string.Create(CultureInfo.InvariantCulture, $"{z}: {west} {south} {east} {north}"));
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.LiveMap.Reports;
using Tracking.Tracker;

namespace Tracking.LiveMap.Tests;

public class PlanTests
{
    /// <summary>A zone in which it is about noon, so that no midnight falls into a test.</summary>
    private static readonly string NoonZone = "Etc/GMT" + (DateTimeOffset.UtcNow.Hour - 12).ToString("+0;-0;+0", CultureInfo.InvariantCulture);

    private static readonly DateOnly Yesterday = LocalDay.DateAt(Instant.Now(TimeProvider.System), NoonZone).AddDays(-1);

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task<LiveMapServer> StartAsync()
    {
        LiveMapServer server = await LiveMapServer.StartAsync(new LiveMapOptions { MissedVisitsAfter = TimeSpan.Zero, RepeatedlyMissed = 2 });
        server.AddRep("ann", "north", NoonZone);
        server.AddRep("bob", "south", NoonZone);
        foreach ((string id, string kind) in new[] { ("cafe", "A"), ("bar", "A"), ("inn", "B") })
        {
            Assert.Equal(201, await server.Client().StatusAsync(HttpMethod.Post, "/v1/geofences",
                $$$"""{"type":"Feature","geometry":{"type":"Point","coordinates":[16.37,48.2]},"properties":{"id":"{{{id}}}","name":"The {{{id}}}","purpose":"customer","class":"{{{kind}}}","radiusM":50}}"""));
        }
        return server;
    }

    private static string Plan(params (DateOnly Day, string Customers)[] routes) => $$"""
        {"name":"North","groups":["north"],"validFrom":"{{Text(Yesterday.AddDays(-60))}}","frequencies":[{"class":"B","visits":1,"per":"month"}],
         "routes":[{{string.Join(',', routes.Select(r => $$"""{"rep":"ann","weekday":"{{r.Day.DayOfWeek.ToString().ToLowerInvariant()}}","customers":[{{r.Customers}}]}"""))}}]}
        """;

    internal static Alert VisitAt(string id, string rep, string customer, DateOnly date, string zone, string kind = AlertKind.VisitVerified)
    {
        Instant began = LocalDay.Of(date, zone).Begin + TimeSpan.FromHours(10), ended = began + TimeSpan.FromMinutes(20);
        return LiveMapServer.MakeAlert(id, rep, kind, ended) with { GeofenceId = customer, Data = JsonElement.Parse($$"""{"reason":"movement","beganAt":"{{began}}","dwellS":1200}""") };
    }

    private static Task LookAsync(LiveMapServer server) =>
        ActivatorUtilities.CreateInstance<MissedVisits>(server.Services).LookAsync(TestContext.Current.CancellationToken);

    private static Task LookAsync(LiveMapServer server, DateTimeOffset at) =>
        ActivatorUtilities.CreateInstance<MissedVisits>(server.Services, new FixedClock(at)).LookAsync(TestContext.Current.CancellationToken);

    private sealed class FixedClock(DateTimeOffset at) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => at;
    }

    private static async Task<JsonElement[]> MissedAsync(LiveMapServer server) =>
        [.. (await server.Client().GetJsonAsync("/v1/alerts?kind=visitMissed")).GetProperty("alerts").EnumerateArray()];

    [Fact]
    public async Task A_missed_visit_is_told_once_however_often_anybody_looks()
    {
        await using LiveMapServer server = await StartAsync();
        Assert.Equal(201, await server.Client().StatusAsync(HttpMethod.Put, "/v1/plans/north", Plan((Yesterday, "\"cafe\",\"bar\""))));
        await server.Alerts.AppendAsync([VisitAt("v", "ann", "cafe", Yesterday, NoonZone)], TestContext.Current.CancellationToken);
        await LookAsync(server);
        await Task.WhenAll(LookAsync(server), LookAsync(server));
        JsonElement missed = Assert.Single(await MissedAsync(server), a => a.GetProperty("geofenceId").GetString() == "bar");
        Instant at = LocalDay.Of(Yesterday, NoonZone).End;
        Assert.Equal((AlertId.Of("ann", "visitMissed", "bar", at), at.ToString(), "info"),
            (missed.GetProperty("id").GetString(), missed.GetProperty("at").GetString(), missed.GetProperty("severity").GetString()));
        Assert.Equal($"Name of ann did not visit The bar on {Text(Yesterday)} as planned", missed.GetProperty("text").GetProperty("en").GetString());
        Assert.Equal($"Name of ann 未按计划于 {Text(Yesterday)} 拜访 The bar", missed.GetProperty("text").GetProperty("zh").GetString());
    }

    [Fact]
    public async Task A_customer_that_is_missed_again_and_again_is_a_warning()
    {
        await using LiveMapServer server = await StartAsync();
        Assert.Equal(201, await server.Client().StatusAsync(HttpMethod.Put, "/v1/plans/north", Plan((Yesterday.AddDays(-1), "\"bar\""), (Yesterday, "\"bar\""))));
        await LookAsync(server);
        JsonElement[] missed = [.. (await MissedAsync(server)).Where(a => a.GetProperty("geofenceId").GetString() == "bar")];
        Assert.Equal([1, 2], missed.Select(m => m.GetProperty("data").GetProperty("times").GetInt32()));
        Assert.Equal("warning", missed[1].GetProperty("severity").GetString());
        Assert.Contains("2 times in a row", missed[1].GetProperty("text").GetProperty("en").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_visit_that_comes_to_light_later_takes_it_back_and_shows_in_the_status()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/plans/north", Plan((Yesterday, "\"cafe\",\"bar\""))));
        await LookAsync(server);
        async Task<string[]> States() => [.. (await client.GetJsonAsync($"/v1/plans/north/status?date={Text(Yesterday)}")).GetProperty("routes")[0].GetProperty("stops").EnumerateArray().Select(s => s.GetProperty("state").GetString()!)];
        Assert.Equal(["missed", "missed"], await States());
        await server.Alerts.AppendAsync([VisitAt("late", "ann", "bar", Yesterday, NoonZone) with { Late = true }], TestContext.Current.CancellationToken);
        Assert.Equal(["missed", "done"], await States());
        await LookAsync(server);
        await LookAsync(server);
        JsonElement back = Assert.Single(await MissedAsync(server), static a => a.GetProperty("late").GetBoolean());
        Assert.Equal(AlertId.Of("ann", "visitMissed", "bar", LocalDay.Of(Yesterday, NoonZone).End), Assert.Single(back.GetProperty("supersedes").EnumerateArray()).GetString());
        Assert.True(back.GetProperty("retracted").GetBoolean());
    }

    [Fact]
    public async Task A_class_that_was_visited_too_seldom_in_its_week_is_told_to_who_is_responsible()
    {
        await using LiveMapServer server = await StartAsync();
        server.AddRep("carl", "west", "UTC");
        Assert.Equal(201, await server.Client().StatusAsync(HttpMethod.Put, "/v1/plans/west",
            """{"groups":["west"],"validFrom":"2026-11-02","frequencies":[{"class":"A","visits":1,"per":"week"}]}"""));
        await server.Alerts.AppendAsync([VisitAt("v", "carl", "cafe", new DateOnly(2026, 11, 4), "UTC")], TestContext.Current.CancellationToken);
        await LookAsync(server, new DateTimeOffset(2026, 11, 8, 12, 0, 0, TimeSpan.Zero));
        Assert.Empty(await MissedAsync(server));
        await LookAsync(server, new DateTimeOffset(2026, 11, 9, 12, 0, 0, TimeSpan.Zero));
        JsonElement missed = Assert.Single(await MissedAsync(server));
        Assert.Equal(("bar", "carl", "2026-11-09T00:00:00.000Z"), (missed.GetProperty("geofenceId").GetString(), missed.GetProperty("repId").GetString(), missed.GetProperty("at").GetString()));
        Assert.Equal("The bar was visited 0 of 1 times from 2026-11-02 to 2026-11-08, by the plan of Name of carl", missed.GetProperty("text").GetProperty("en").GetString());
        Assert.Equal("Name of carl 负责的 The bar 在 2026-11-02 至 2026-11-08 期间应拜访 1 次，实际 0 次", missed.GetProperty("text").GetProperty("zh").GetString());
    }

    [Fact]
    public async Task The_status_tells_how_often_a_customer_was_visited()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/plans/north", Plan((Yesterday, "\"cafe\""))));
        await server.Alerts.AppendAsync([VisitAt("v", "ann", "inn", Yesterday, NoonZone), VisitAt("w", "bob", "inn", Yesterday.AddDays(-1), NoonZone)], TestContext.Current.CancellationToken);
        JsonElement status = await client.GetJsonAsync($"/v1/plans/north/status?date={Text(Yesterday)}");
        JsonElement inn = Assert.Single(status.GetProperty("customers").EnumerateArray());
        Assert.Equal(("inn", 1, 1, "done", "ann", 0), (inn.GetProperty("customerId").GetString(), inn.GetProperty("required").GetInt32(), inn.GetProperty("done").GetInt32(),
            inn.GetProperty("state").GetString(), inn.GetProperty("repId").GetString(), inn.GetProperty("daysSinceLastVisit").GetInt32()));
        Assert.Equal(404, await server.Client(Role.Reader, "group:south").StatusAsync(HttpMethod.Get, "/v1/plans/north/status"));
        Assert.Equal(404, await client.StatusAsync(HttpMethod.Get, "/v1/plans/other/status"));
        Assert.Equal(400, await client.StatusAsync(HttpMethod.Get, "/v1/plans/north/status?date=today"));
    }

    [Fact]
    public async Task Visits_are_listed_with_their_verdicts_planned_or_not()
    {
        await using LiveMapServer server = await StartAsync();
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/plans/north", Plan((Yesterday, "\"cafe\""))));
        await server.Alerts.AppendAsync(
        [
            VisitAt("a", "ann", "cafe", Yesterday, NoonZone), VisitAt("b", "ann", "bar", Yesterday, NoonZone, AlertKind.VisitTooShort),
            VisitAt("c", "bob", "cafe", Yesterday, NoonZone, AlertKind.VisitDoubted), VisitAt("d", "ann", "cafe", Yesterday.AddDays(-1), NoonZone),
            VisitAt("e", "ann", "inn", Yesterday, NoonZone), VisitAt("f", "ann", "inn", Yesterday, NoonZone, AlertKind.VisitTooShort) with { Late = true, Supersedes = ["e"] },
        ], TestContext.Current.CancellationToken);
        string day = $"from={Text(Yesterday)}&to={Text(Yesterday)}";
        JsonElement[] all = [.. (await client.GetJsonAsync("/v1/visits?" + day)).GetProperty("visits").EnumerateArray()];
        Assert.Equal([("ann", "bar", "tooShort", false), ("ann", "cafe", "verified", true), ("ann", "inn", "tooShort", true), ("bob", "cafe", "doubted", false)],
            all.Select(v => (v.GetProperty("repId").GetString()!, v.GetProperty("customerId").GetString()!, v.GetProperty("verdict").GetString()!, v.GetProperty("planned").GetBoolean())).Order());
        Assert.Equal(1200, all[0].GetProperty("dwellS").GetDouble());
        Assert.Equal(1, (await client.GetJsonAsync($"/v1/visits?{day}&rep=ann&customer=cafe")).GetProperty("visits").GetArrayLength());
        Assert.Equal(1, (await server.Client(Role.Reader, "rep:bob").GetJsonAsync("/v1/visits?" + day)).GetProperty("visits").GetArrayLength());
        Assert.Equal(404, await server.Client(Role.Reader, "rep:bob").StatusAsync(HttpMethod.Get, $"/v1/visits?{day}&rep=ann"));
        JsonElement first = await client.GetJsonAsync($"/v1/visits?{day}&limit=1");
        JsonElement second = await client.GetJsonAsync($"/v1/visits?{day}&limit=1&after={first.GetProperty("next").GetString()}");
        Assert.Equal((3, 1, JsonValueKind.Null), (first.GetProperty("visits").GetArrayLength(), second.GetProperty("visits").GetArrayLength(), second.GetProperty("next").ValueKind));
        JsonElement report = await client.GetJsonAsync($"/v1/reps/ann/days/{Text(Yesterday)}");
        Assert.Equal(3, report.GetProperty("visits").GetArrayLength());
    }

    [Fact]
    public async Task A_plan_shows_nobody_the_routes_of_reps_whom_they_do_not_see()
    {
        await using LiveMapServer server = await StartAsync();
        string plan = $$"""{"validFrom":"2026-01-01","routes":[{"rep":"ann","weekday":"monday","customers":["cafe"]},{"rep":"bob","weekday":"friday","customers":["bar"]}]}""";
        Assert.Equal(201, await server.Client(Role.Dispatcher).StatusAsync(HttpMethod.Put, "/v1/plans/all", plan));
        Assert.Equal(403, await server.Client(Role.Dispatcher, "group:north").StatusAsync(HttpMethod.Put, "/v1/plans/all", plan));
        JsonElement shown = await server.Client(Role.Reader, "group:north").GetJsonAsync("/v1/plans/all");
        Assert.Equal("ann", Assert.Single(shown.GetProperty("routes").EnumerateArray()).GetProperty("rep").GetString());
        Assert.Equal(2, (await server.Client().GetJsonAsync("/v1/plans")).GetProperty("plans")[0].GetProperty("routes").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"validFrom":"2026-01-01"}""", "")]
    [InlineData("""{"frequencies":[{"class":"A","visits":1,"per":"week"}]}""", "validFrom")]
    [InlineData("""{"validFrom":"2026-01-01","frequencies":[{"class":"A","visits":8,"per":"week"}]}""", "frequencies[0].visits")]
    [InlineData("""{"validFrom":"2026-01-01","frequencies":[{"class":"A","visits":1,"per":"year"}]}""", "frequencies[0].per")]
    [InlineData("""{"validFrom":"2026-01-01","frequencies":[{"class":"A"},{"class":"A"}]}""", "frequencies[1].class")]
    [InlineData("""{"validFrom":"2026-01-01","routes":[{"rep":"a","customers":["c"]}]}""", "routes[0].weekday")]
    [InlineData("""{"validFrom":"2026-01-01","routes":[{"rep":"a","weekday":"monday","customers":[]}]}""", "routes[0].customers")]
    [InlineData("""{"validFrom":"2026-01-01","routes":[{"rep":"a","weekday":"monday","customers":[7]}]}""", "routes[0].customers[0]")]
    [InlineData("""{"validFrom":"2026-01-01","routes":[{"rep":"a","weekday":"monday","customers":["c"]},{"rep":"a","weekday":"Monday","customers":["c"]}]}""", "routes[1].weekday")]
    public async Task What_is_wrong_with_a_plan_is_told_by_field(string json, string field)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        (int status, JsonElement problem, _) = await server.Client().SendAsync(HttpMethod.Put, "/v1/plans/p", json);
        Assert.Equal(422, status);
        Assert.Contains(problem.GetProperty("errors").EnumerateObject(), error => error.Name == field);
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Tests.Webhooks;

/// <summary>Webhooks against a real target, in good and bad times.</summary>
public class DeliveryTests
{
    [Fact]
    public async Task Alerts_arrive_in_order_signed_one_by_one_or_in_batches_when_behind()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        HttpClient client = server.Client();
        server.AddRep("a");
        await server.AlertAsync("a", "before");
        string id = await client.CreateAsync(target.Url, ",\"secret\":\"gehéim\"");
        await server.AlertAsync("a", "single");
        await Hooks.UntilAsync(() => target.Ids.Any(), "nothing arrived");
        await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:pause");
        await server.Alerts.AppendAsync([.. Hooks.Names(2500).Select((name, i) => LiveMapServer.MakeAlert(name, "rep-" + i % 7))], TestContext.Current.CancellationToken);
        await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:resume");
        await Hooks.UntilAsync(() => target.Ids.Count() == 2501, "not everything arrived");
        Assert.Equal(["single", .. Hooks.Names(2500)], target.Ids);

        Received[] requests = [.. target.Requests];
        Assert.StartsWith("application/cloudevents+json", requests[0].ContentType, StringComparison.Ordinal);
        Assert.Contains(requests, r => r.ContentType.StartsWith("application/cloudevents-batch+json", StringComparison.Ordinal) && r.Events.Count() > 500);
        await AssertEventAsync(client, requests[0].Events.Single());
        await AssertSignaturesAsync(requests, "gehéim");
        await client.UntilDeliveryAsync(id, d => d.GetProperty("lagAlerts").GetInt64() == 0, "the lag stays");
    }

    private static async Task AssertEventAsync(HttpClient client, JsonElement told)
    {
        JsonElement listed = (await client.GetJsonAsync("/v1/alerts?limit=2")).GetProperty("alerts")[1];
        Assert.Equal(("1.0", "single", "tracking.alert.geofenceEntered", "/v1/alerts", "a", "application/json"),
            (Text("specversion"), Text("id"), Text("type"), Text("source"), Text("subject"), Text("datacontenttype")));
        Assert.Equal(listed.GetProperty("at").GetString(), Text("time"));
        Assert.True(JsonElement.DeepEquals(listed, told.GetProperty("data")));

        string? Text(string name) => told.GetProperty(name).GetString();
    }

    private static async Task AssertSignaturesAsync(Received[] requests, string secret)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, requests.Select(r =>
            JsonSerializer.Serialize(new { secret, header = r.Signature, body = Convert.ToBase64String(r.Body) })), TestContext.Current.CancellationToken);
        string right = await Node.RunAsync("signature.mjs", file);
        File.Delete(file);
        Assert.Equal(requests.Length, int.Parse(right, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_target_that_fails_for_long_is_waited_for_and_loses_nothing()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        HttpClient client = server.Client();
        string id = await client.CreateAsync(target.Url);
        foreach (int status in new[] { 500, 503, 429, 404, 401, 302, 408 })
        {
            int seen = target.Requests.Count;
            target.Behaviour = Target.Status(status);
            await server.AlertAsync("a", Hooks.Names(20, $"{status}-a-"));
            await server.AlertAsync("b", Hooks.Names(20, $"{status}-b-"));
            await Hooks.UntilAsync(() => target.Requests.Count > seen + 12, $"{status} is not tried again");
        }
        await client.UntilDeliveryAsync(id, d => d.GetProperty("failures").GetInt32() > 3 && d.TryGetProperty("failingSince", out _), "the failures are not told");
        Assert.Equal(0, (await client.DeliveryAsync(id)).GetProperty("deadLetters").GetInt32());
        Assert.Contains("circuit=\"open\"} ", await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        target.Behaviour = Target.Status(200, _ => false);
        await Hooks.UntilAsync(() => target.Ids.Count() == 280, "not everything arrived");
        Assert.Equal((await client.GetJsonAsync("/v1/alerts")).GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("id").GetString()), target.Ids);
        await client.UntilDeliveryAsync(id, d => d.GetProperty("circuit").GetString() == "closed" && d.GetProperty("lagAlerts").GetInt64() == 0, "it is not well again");
    }

    [Fact]
    public async Task A_target_that_hangs_resets_trickles_floods_or_redirects_stops_nothing()
    {
        await using Target target = await Target.StartAsync(), elsewhere = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        await server.Client().CreateAsync(target.Url);
        (string Name, Func<HttpContext, Received, Task<bool>> Behaviour)[] worst =
        [
            ("hang", async (context, _) => { await Task.Delay(Timeout.Infinite, context.RequestAborted); return false; }),
            ("reset", (context, _) => { context.Abort(); return Task.FromResult(false); }),
            ("redirect", (context, _) => { context.Response.Redirect(elsewhere.Url, permanent: false, preserveMethod: true); return Task.FromResult(false); }),
            ("flood of an error", (context, _) => FloodAsync(context, 500)),
            ("trickle of an error", (context, _) => TrickleAsync(context, 500)),
        ];
        foreach ((string name, Func<HttpContext, Received, Task<bool>> behaviour) in worst)
        {
            int seen = target.Requests.Count;
            target.Behaviour = behaviour;
            await server.AlertAsync("a", name + " 1", name + " 2");
            await Hooks.UntilAsync(() => target.Requests.Count > seen + 1, $"{name}: not tried again");
            target.Behaviour = (_, _) => Task.FromResult(true);
            await Hooks.UntilAsync(() => target.Ids.Contains(name + " 2"), $"{name}: did not arrive");
        }
        target.Behaviour = (context, _) => TrickleAsync(context, 200);
        await server.AlertAsync("a", "taken slowly");
        await Hooks.UntilAsync(() => target.Requests.Any(r => r.Text.Contains("taken slowly", StringComparison.Ordinal)), "a slow body is not cut off");
        target.Behaviour = (context, _) => FloodAsync(context, 200);
        await server.AlertAsync("a", "taken with a flood");
        await Hooks.UntilAsync(() => target.Ids.Contains("taken with a flood"), "a flood is not cut off");
        Assert.Empty(elsewhere.Requests);
        Assert.Equal([.. worst.SelectMany(w => new[] { w.Name + " 1", w.Name + " 2" }), "taken slowly", "taken with a flood"], target.Ids);
    }

    /// <summary>Writes until it is cut off; writes to a connection that is gone pass unnoticed, so it looks in between.</summary>
    private static async Task<bool> FloodAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        byte[] much = new byte[1 << 20];
        try
        {
            while (true)
            {
                await context.Response.Body.WriteAsync(much, context.RequestAborted);
                await Task.Delay(1, context.RequestAborted);
            }
        }
        catch (Exception cut) when (cut is OperationCanceledException or IOException)
        {
        }
        return status == 200;
    }

    private static async Task<bool> TrickleAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        try
        {
            for (int i = 0; i < 1000 && !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.Response.Body.WriteAsync("."u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(50, context.RequestAborted);
            }
        }
        catch (Exception cut) when (cut is OperationCanceledException or IOException)
        {
        }
        return status == 200;
    }

    [Fact]
    public async Task Two_poisoned_alerts_go_to_the_dead_letters_and_back()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        HttpClient client = server.Client();
        string id = await client.CreateAsync(target.Url);
        await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:pause");
        target.Behaviour = Target.Status(422, r => r.Text.Contains("\"poison-", StringComparison.Ordinal));
        string[] names = [.. Hooks.Names(400).Select((name, i) => i is 57 or 58 ? "poison-" + i : name)];
        await server.Alerts.AppendAsync([.. names.Select((name, i) => LiveMapServer.MakeAlert(name, "rep-" + i % 5))], TestContext.Current.CancellationToken);
        await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:resume");
        await client.UntilDeliveryAsync(id, d => d.GetProperty("lagAlerts").GetInt64() == 0, "it does not get past the poison");
        AssertOrderPerRep(names.Where(n => !n.StartsWith("poison", StringComparison.Ordinal)), target);

        JsonElement[] letters = [.. (await client.GetJsonAsync($"/v1/webhooks/{id}/dead-letters")).GetProperty("deadLetters").EnumerateArray()];
        Assert.Equal(["poison-57", "poison-58"], letters.Select(l => l.GetProperty("alert").GetProperty("id").GetString()));
        Assert.StartsWith("422", letters[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
        JsonElement page = await client.GetJsonAsync($"/v1/webhooks/{id}/dead-letters?limit=1");
        Assert.Equal("poison-58", (await client.GetJsonAsync($"/v1/webhooks/{id}/dead-letters?after={page.GetProperty("next")}"))
            .GetProperty("deadLetters")[0].GetProperty("alert").GetProperty("id").GetString());

        await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}/dead-letters:replay");
        await Hooks.UntilAsync(async () => (await client.GetJsonAsync($"/v1/webhooks/{id}/dead-letters")).GetProperty("deadLetters").EnumerateArray()
            .All(l => l.GetProperty("attempts").GetInt32() > 2 && !l.GetProperty("replaying").GetBoolean()), "they are not tried again");
        target.Behaviour = (_, _) => Task.FromResult(true);
        string one = $$"""{"ids":["{{letters[1].GetProperty("id").GetString()}}"]}""";
        Assert.Equal(1, (await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}/dead-letters:replay", one)).GetProperty("replaying").GetInt32());
        await client.UntilDeliveryAsync(id, d => d.GetProperty("deadLetters").GetInt32() == 1, "the replayed one stays");
        Assert.Equal("poison-58", target.AcceptedIds[^1]);
        await client.DoAsync(HttpMethod.Delete, $"/v1/webhooks/{id}/dead-letters");
        Assert.Equal(0, (await client.DeliveryAsync(id)).GetProperty("deadLetters").GetInt32());
        Assert.Equal(422, await client.StatusAsync(HttpMethod.Post, $"/v1/webhooks/{id}/dead-letters:replay", """{"ids":["x"]}"""));
    }

    private static void AssertOrderPerRep(IEnumerable<string> names, Target target)
    {
        string[] arrived = [.. target.Ids];
        Assert.Equal(names.Order(StringComparer.Ordinal), arrived.Order(StringComparer.Ordinal));
        foreach (IGrouping<int, string> rep in arrived.GroupBy(NumberOf).Select(g => g.First()).GroupBy(n => NumberOf(n) % 5))
            Assert.Equal(rep.OrderBy(NumberOf), rep);

        static int NumberOf(string name) => int.Parse(name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(422)]
    [InlineData(500)]
    public async Task A_poisoned_alert_is_found_out_by_the_next_one_even_of_the_same_rep_or_behind_errors_of_the_server(int status)
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options with { StuckAfter = TimeSpan.FromMilliseconds(50) });
        HttpClient client = server.Client();
        string id = await client.CreateAsync(target.Url);
        target.Behaviour = Target.Status(status, r => r.Text.Contains("poison", StringComparison.Ordinal));
        await server.AlertAsync("a", "poison");
        await client.UntilDeliveryAsync(id, d => d.GetProperty("failures").GetInt32() > 4, "it is not tried again");
        Assert.Equal(0, (await client.DeliveryAsync(id)).GetProperty("deadLetters").GetInt32());
        await server.AlertAsync(status == 422 ? "a" : "b", "healthy");
        await client.UntilDeliveryAsync(id, d => d.GetProperty("deadLetters").GetInt32() == 1 && d.GetProperty("lagAlerts").GetInt64() == 0, "it is not found out");
        Assert.Equal(["healthy"], target.AcceptedIds);
    }

    [Fact]
    public async Task A_target_that_is_gone_is_left_alone_until_somebody_resumes_it()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        HttpClient client = server.Client();
        string id = await client.CreateAsync(target.Url);
        target.Behaviour = Target.Status(410);
        await server.AlertAsync("a", "one", "two");
        await Hooks.UntilAsync(async () => (await client.GetJsonAsync("/v1/webhooks/" + id)).GetProperty("state").GetString() == "gone", "it is not gone");
        target.Behaviour = (_, _) => Task.FromResult(true);
        await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:resume");
        await Hooks.UntilAsync(() => target.Ids.Count() == 2, "it does not go on");
    }

    [Fact]
    public async Task A_restart_goes_on_behind_the_cursor_and_tells_what_the_log_had_swept()
    {
        await using Target target = await Target.StartAsync();
        string folder = Directory.CreateTempSubdirectory("livemap-").FullName;
        var metrics = new Metrics();
        await using (AlertLog log = AlertLog.Open(Path.Combine(folder, "alerts.db"), new AlertLogOptions(), metrics, TimeProvider.System))
            await log.AppendAsync([.. Hooks.Names(30).Select(n => LiveMapServer.MakeAlert(n, "a"))], CancellationToken.None);
        await using (SqliteSubscriptionStore store = SqliteSubscriptionStore.Open(Path.Combine(folder, "subscriptions.db"), new SubscriptionOptions(), TimeProvider.System))
        {
            var webhook = new Webhook { Id = "wh", Url = target.Url, Secret = "s", CreatedAt = new Instant(0) };
            await store.AddWebhookAsync(webhook, 10, CancellationToken.None);
        }
        await Task.Delay(5, CancellationToken.None);
        var options = new StoreOptions { DataFolder = folder, Alerts = new AlertLogOptions { Retention = TimeSpan.FromMilliseconds(1), MaxRecent = 10 } };
        target.Behaviour = Target.Status(503);
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options, options);
        await Hooks.UntilAsync(() => server.Alerts.OldestCursor == 30, "nothing is swept");
        target.Behaviour = (_, _) => Task.FromResult(true);
        await server.AlertAsync("a", "new");
        await Hooks.UntilAsync(() => target.Ids.Contains("new"), "it does not go on");
        HttpClient client = server.Client();
        Assert.Equal(20, (await client.DeliveryAsync("wh")).GetProperty("missedAlerts").GetInt64());
        Assert.Contains("tracking_webhook_alerts_total{result=\"missed\"} 20", await client.GetStringAsync("/metrics", CancellationToken.None), StringComparison.Ordinal);
    }
}

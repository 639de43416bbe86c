using System.Net;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Webhooks;
using Tracking.Store;

namespace Tracking.LiveMap.Tests.Webhooks;

/// <summary>Who may have which webhook, and where it may lead.</summary>
public class WebhookApiTests
{
    [Fact]
    public async Task A_webhook_never_sees_more_than_its_creator()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        server.AddRep("v", "north/vienna");
        server.AddRep("n", "north");
        server.AddRep("s", "south");
        HttpClient north = server.Client(Role.Dispatcher, "group:north"), south = server.Client(Role.Dispatcher, "group:south"), admin = server.Client();
        string all = await north.CreateAsync(target.Url + "/all"), one = await north.CreateAsync(target.Url + "/one", ",\"scope\":\"rep:v\",\"kinds\":[\"sos\"]");
        Assert.Equal("group:north", (await north.GetJsonAsync("/v1/webhooks/" + all)).GetProperty("scope").GetString());
        foreach (string scope in new[] { "rep:s", "rep:nobody", "group:south", "group:northern", "everything" })
        {
            (int status, JsonElement problem, _) = await north.SendAsync(HttpMethod.Post, "/v1/webhooks", $$"""{"url":"{{target.Url}}","scope":"{{scope}}"}""");
            Assert.Equal(422, status);
            Assert.True(problem.GetProperty("errors").TryGetProperty("scope", out _));
        }
        Assert.Equal(2, (await admin.GetJsonAsync("/v1/webhooks")).GetProperty("webhooks").GetArrayLength());
        Assert.Equal(0, (await south.GetJsonAsync("/v1/webhooks")).GetProperty("webhooks").GetArrayLength());
        Assert.Equal(404, await south.StatusAsync(HttpMethod.Get, "/v1/webhooks/" + all));
        Assert.Equal(404, await south.StatusAsync(HttpMethod.Delete, "/v1/webhooks/" + all));
        Assert.Equal(404, await south.StatusAsync(HttpMethod.Get, $"/v1/webhooks/{all}/dead-letters"));
        Assert.Equal(403, await server.Client(Role.Reader).StatusAsync(HttpMethod.Get, "/v1/webhooks"));
        Assert.Equal(401, await server.Client(null).StatusAsync(HttpMethod.Get, "/v1/webhooks"));

        await server.AlertAsync("s", "hidden");
        await server.AlertAsync("v", "seen");
        await server.Alerts.AppendAsync([LiveMapServer.MakeAlert("help", "v", AlertKind.Sos), LiveMapServer.MakeAlert("help n", "n", AlertKind.Sos)], CancellationToken.None);
        await Hooks.UntilAsync(() => target.Ids.Contains("help n") && IdsAt("/alerts/one").Any(), "not everything arrived");
        server.AddRep("v", "south");
        await server.Alerts.AppendAsync([LiveMapServer.MakeAlert("moved", "v", AlertKind.Sos), LiveMapServer.MakeAlert("last", "n")], CancellationToken.None);
        await Hooks.UntilAsync(() => target.Ids.Contains("last"), "not everything arrived");
        await north.UntilDeliveryAsync(one, d => d.GetProperty("lagAlerts").GetInt64() == 0, "the other lags");
        Assert.Equal(["seen", "help", "help n", "last"], IdsAt("/alerts/all"));
        Assert.Equal(["help"], IdsAt("/alerts/one"));

        IEnumerable<string?> IdsAt(string path) => target.Requests.Where(r => r.Path == path).SelectMany(r => r.Events).Select(e => e.GetProperty("id").GetString()).Distinct();
    }

    [Fact]
    public async Task A_webhook_is_changed_tested_and_deleted_and_never_shows_its_secret_again()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options);
        HttpClient client = server.Client();
        (int status, JsonElement made, var headers) = await client.SendAsync(HttpMethod.Post, "/v1/webhooks", $$"""{"url":"{{target.Url}}"}""");
        Assert.Equal(201, status);
        string id = made.GetProperty("id").GetString()!;
        Assert.Equal("/v1/webhooks/" + id, headers.Location!.ToString());
        Assert.StartsWith("whsec_", made.GetProperty("secret").GetString(), StringComparison.Ordinal);
        Assert.False((await client.GetJsonAsync("/v1/webhooks/" + id)).TryGetProperty("secret", out _));
        Assert.False((await client.DoAsync(HttpMethod.Put, "/v1/webhooks/" + id, $$"""{"url":"{{target.Url}}/new","secret":"known"}""")).TryGetProperty("secret", out _));

        Assert.True((await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:test")).GetProperty("accepted").GetBoolean());
        Received test = target.Requests.Single();
        Assert.Equal(("/alerts/new", "tracking.test"), (test.Path, test.Events.Single().GetProperty("type").GetString()));
        target.Behaviour = Target.Status(500);
        JsonElement failed = await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:test");
        Assert.Equal((false, 500), (failed.GetProperty("accepted").GetBoolean(), failed.GetProperty("status").GetInt32()));

        Assert.Equal("paused", (await client.DoAsync(HttpMethod.Post, $"/v1/webhooks/{id}:pause")).GetProperty("state").GetString());
        Assert.Equal(204, await client.StatusAsync(HttpMethod.Delete, "/v1/webhooks/" + id));
        Assert.Equal(404, await client.StatusAsync(HttpMethod.Get, "/v1/webhooks/" + id));
        IReadOnlyList<AuditEntry> acts = await server.Audit.ReadAsync(0, 100, null, CancellationToken.None);
        Assert.Equal(["webhookCreated", "webhookChanged", "webhookPaused", "webhookDeleted"], acts.Where(a => a.Target == id).Select(a => a.Action));
        Assert.DoesNotContain($"webhook=\"{id}\"", await client.GetStringAsync("/metrics", CancellationToken.None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_field()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync(new WebhookOptions());
        HttpClient client = server.Client();
        foreach ((string json, string field) in ((string, string)[])
        [
            ("{}", "url"),
            ("""{"url":7}""", "url"),
            ("""{"url":"ftp://example.com/"}""", "url"),
            ("""{"url":"/relative"}""", "url"),
            ("""{"url":"https://user:pass@example.com/"}""", "url"),
            ("""{"url":"https://203.0.114.7/","kinds":["sos","nonsense"]}""", "kinds[1]"),
            ("""{"url":"https://203.0.114.7/","kinds":"sos"}""", "kinds"),
            ("""{"url":"https://203.0.114.7/","secret":""}""", "secret"),
            ("""{"url":"https://203.0.114.7/","sceret":"x"}""", "sceret"),
            ("""{"url":"http://127.0.0.1:8080/"}""", "url"),
            ("""{"url":"http://localhost/"}""", "url"),
            ("""{"url":"http://2130706433/"}""", "url"),
            ("""{"url":"http://0x7f.1/"}""", "url"),
            ("""{"url":"http://[::1]/"}""", "url"),
            ("""{"url":"http://[::ffff:10.0.0.1]/"}""", "url"),
            ("""{"url":"http://169.254.169.254/latest/meta-data/"}""", "url"),
        ])
        {
            (int status, JsonElement problem, _) = await client.SendAsync(HttpMethod.Post, "/v1/webhooks", json);
            Assert.True(status == 422 && problem.GetProperty("errors").TryGetProperty(field, out _), $"{json}: {status} {problem}");
        }
    }

    [Theory]
    [InlineData("8.8.8.8", "Public")]
    [InlineData("2606:4700::1111", "Public")]
    [InlineData("::ffff:8.8.8.8", "Public")]
    [InlineData("64:ff9b::808:808", "Public")]
    [InlineData("127.0.0.1", "Private")]
    [InlineData("10.1.2.3", "Private")]
    [InlineData("172.31.255.255", "Private")]
    [InlineData("192.168.0.1", "Private")]
    [InlineData("100.64.0.1", "Private")]
    [InlineData("::1", "Private")]
    [InlineData("fd12::1", "Private")]
    [InlineData("::ffff:127.0.0.1", "Private")]
    [InlineData("::7f00:1", "Private")]
    [InlineData("64:ff9b::7f00:1", "Private")]
    [InlineData("2002:7f00:1::", "Private")]
    [InlineData("0.0.0.0", "Forbidden")]
    [InlineData("::", "Forbidden")]
    [InlineData("169.254.169.254", "Forbidden")]
    [InlineData("::ffff:169.254.169.254", "Forbidden")]
    [InlineData("fd00:ec2::254", "Forbidden")]
    [InlineData("fe80::1", "Forbidden")]
    [InlineData("224.0.0.1", "Forbidden")]
    [InlineData("255.255.255.255", "Forbidden")]
    [InlineData("ff02::1", "Forbidden")]
    [InlineData("2001::1", "Forbidden")]
    public void Addresses_are_told_apart(string address, string kind) => Assert.Equal(kind, TargetAddress.KindOf(IPAddress.Parse(address)).ToString());

    [Fact]
    public async Task A_name_that_leads_inside_is_refused_at_the_connection_too()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options with { AllowPrivateTargets = false });
        // As if the name had led elsewhere when it was registered.
        var webhook = new Webhook { Id = "wh", Url = $"http://localhost:{target.Port}/", Secret = "s", CreatedAt = new Instant(0) };
        await server.Subscriptions.AddWebhookAsync(webhook, 0, CancellationToken.None);
        await server.AlertAsync("a", "one");
        HttpClient client = server.Client();
        await client.UntilDeliveryAsync("wh", d => d.GetProperty("failures").GetInt32() > 2, "it is not tried");
        Assert.Equal("the host has no address that is allowed", (await client.DeliveryAsync("wh")).GetProperty("lastAnswer").GetProperty("detail").GetString());
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task A_host_that_is_allowed_by_name_may_lie_inside()
    {
        await using Target target = await Target.StartAsync();
        await using LiveMapServer server = await LiveMapServer.StartAsync(Hooks.Options with { AllowPrivateTargets = false, AllowedHosts = ["LocalHost"] });
        await server.Client().CreateAsync($"http://localhost:{target.Port}/");
        Assert.Equal(422, await server.Client().StatusAsync(HttpMethod.Post, "/v1/webhooks", $$"""{"url":"{{target.Url}}"}"""));
        await server.AlertAsync("a", "one");
        await Hooks.UntilAsync(() => target.Ids.Any(), "nothing arrived");
    }

    [Fact]
    public void Waits_double_up_to_a_limit()
    {
        TimeSpan first = TimeSpan.FromSeconds(1), most = TimeSpan.FromMinutes(5);
        Assert.Equal([1, 2, 4, 8], Enumerable.Range(1, 4).Select(n => BackOff.Ceiling(n, first, most).TotalSeconds));
        Assert.Equal(most, BackOff.Ceiling(5000, first, most));
        TimeSpan[] waits = [.. Enumerable.Range(0, 200).Select(_ => BackOff.Next(4, first, most))];
        Assert.All(waits, w => Assert.InRange(w, TimeSpan.Zero, TimeSpan.FromSeconds(8)));
        Assert.True(waits.Max() > TimeSpan.FromSeconds(4) && waits.Min() < TimeSpan.FromSeconds(4));
    }
}

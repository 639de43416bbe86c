using System.Net.Http.Headers;
using Tracking.Contracts;

namespace Tracking.LiveMap.Tests;

public class AccessTests
{
    /// <summary>Every route that is not public, with what it needs.</summary>
    public static TheoryData<string, string, string> Guarded => new()
    {
        { "GET", "/v1/me", "read" },
        { "GET", "/v1/reps", "read" },
        { "GET", "/v1/reps/a", "read" },
        { "GET", "/v1/reps/a/track", "read" },
        { "GET", "/v1/reps/a/days/2026-11-22", "read" },
        { "GET", "/v1/reps/a/days/2026-11-22/replay", "read" },
        { "GET", "/v1/alerts", "read" },
        { "GET", "/v1/alerts/stream", "read" },
        { "GET", "/v1/geofences", "read" },
        { "GET", "/v1/geofences/f", "read" },
        { "POST", "/v1/geofences", "edit" },
        { "POST", "/v1/geofences:import", "edit" },
        { "PUT", "/v1/geofences/f", "edit" },
        { "DELETE", "/v1/geofences/f", "edit" },
        { "GET", "/v1/quarantine", "admin" },
        { "POST", "/hub/live/negotiate?negotiateVersion=1", "read" },
        { "GET", "/hub/live", "read" },
    };

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task Each_role_gets_what_it_may_and_problems_for_the_rest(string method, string path, string need)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a", "north");
        async Task<int> Status(HttpClient client)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if ((int)answer.StatusCode is 401 or 403) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            return (int)answer.StatusCode;
        }
        Assert.Equal(401, await Status(server.Client(null)));
        HttpClient wrong = server.Client(null);
        wrong.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "nonsense");
        Assert.Equal(401, await Status(wrong));
        Assert.Equal(403, await Status(server.Client(Role.Gateway)));
        Assert.False(await Status(server.Client(Role.Admin)) is 401 or 403);
        Assert.Equal(need == "read", await Status(server.Client(Role.Reader)) is not 403);
        Assert.Equal(need is "read" or "edit", await Status(server.Client(Role.Dispatcher)) is not 403);
        // A scope narrows what is seen, and takes the right to change what all share.
        Assert.Equal(need == "read", await Status(server.Client(Role.Admin, "group:north")) is not 403);
    }

    [Fact]
    public async Task Public_routes_need_nobody()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient nobody = server.Client(null);
        foreach (string path in new[] { "/healthz", "/readyz", "/metrics", "/v1/config" })
            Assert.Equal(200, await nobody.StatusAsync(HttpMethod.Get, path));
        Assert.Equal("ready", (await nobody.GetJsonAsync("/readyz")).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("group:north", "a b")]
    [InlineData("group:north/vienna", "b")]
    [InlineData("group:nor", "")]
    [InlineData("rep:c", "c")]
    [InlineData(null, "a b c d")]
    public async Task A_scope_shows_its_reps_and_hides_the_others_as_if_they_were_not_there(string? scope, string visible)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a", "north");
        server.AddRep("b", "north/vienna");
        server.AddRep("c", "south");
        server.AddRep("d");
        string[] seen = visible.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await server.AlertAsync("a", "alert-a");
        await server.AlertAsync("b", "alert-b");
        await server.AlertAsync("c", "alert-c");
        await server.AlertAsync("d", "alert-d");
        HttpClient client = server.Client(Role.Reader, scope);
        Assert.Equal(seen, (await client.GetJsonAsync("/v1/reps")).GetProperty("reps").EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        Assert.Equal(seen, (await client.GetJsonAsync("/v1/alerts")).GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("repId").GetString()));
        foreach (string id in new[] { "a", "b", "c", "d" })
        {
            int expected = seen.Contains(id) ? 200 : 404;
            foreach (string path in new[] { "", "/track", "/track?format=csv", "/days/2026-11-22" })
                Assert.Equal(expected, await client.StatusAsync(HttpMethod.Get, $"/v1/reps/{id}{path}"));
            // A node without trackers replays nothing.
            Assert.Equal(expected == 200 ? 503 : 404, await client.StatusAsync(HttpMethod.Get, $"/v1/reps/{id}/days/2026-11-22/replay"));
        }
    }

    [Fact]
    public async Task A_sign_in_link_sets_a_cookie_that_is_a_session()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient browser = server.Client(null);
        string token = server.Token(Role.Reader);
        using HttpResponseMessage answer = await browser.GetAsync("/signin?token=" + token, TestContext.Current.CancellationToken);
        Assert.Equal(302, (int)answer.StatusCode);
        Assert.Equal("/", answer.Headers.Location?.ToString());
        string cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        (int status, System.Text.Json.JsonElement me, _) = await browser.SendAsync(HttpMethod.Get, "/v1/me", null, ("Cookie", cookie.Split(';')[0]));
        Assert.Equal(200, status);
        Assert.Equal("reader", me.GetProperty("role").GetString());
        Assert.Equal(401, await browser.StatusAsync(HttpMethod.Get, "/signin?token=nonsense"));
    }

    [Fact]
    public async Task A_browser_signs_in_and_out_with_a_token()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient browser = server.Client(null);
        (int status, _, HttpResponseHeaders headers) = await browser.SendAsync(HttpMethod.Post, "/v1/session", $$"""{"token":"{{server.Token()}}"}""");
        Assert.Equal(200, status);
        Assert.StartsWith("tracking=", headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Equal(401, await browser.StatusAsync(HttpMethod.Post, "/v1/session", """{"token":"nonsense"}"""));
        Assert.Equal(422, await browser.StatusAsync(HttpMethod.Post, "/v1/session", """{"token":1}"""));
        Assert.Equal(400, await browser.StatusAsync(HttpMethod.Post, "/v1/session", """{"token":"""));
        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Delete, "/v1/session"));
    }

    [Fact]
    public async Task A_token_in_the_query_is_taken_for_streams_only()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient nobody = server.Client(null);
        string token = server.Token();
        Assert.Equal(401, await nobody.StatusAsync(HttpMethod.Get, "/v1/reps?access_token=" + token));
        Assert.Equal(200, await nobody.StatusAsync(HttpMethod.Post, "/hub/live/negotiate?negotiateVersion=1&access_token=" + token));
        using HttpResponseMessage stream = await nobody.GetAsync("/v1/alerts/stream?access_token=" + token,
            HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)stream.StatusCode);
    }

    [Fact]
    public async Task What_is_not_there_is_told_in_a_problem_document()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient client = server.Client();
        Assert.Equal(404, await client.StatusAsync(HttpMethod.Get, "/v1/nothing"));
        Assert.Equal(404, await client.StatusAsync(HttpMethod.Get, "/v1/reps/nobody"));
        Assert.Equal(405, await client.StatusAsync(HttpMethod.Post, "/v1/reps"));
        Assert.Equal(415, (await client.SendAsync(HttpMethod.Post, "/v1/geofences")).Status);
    }
}

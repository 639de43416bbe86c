using System.Globalization;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.LiveMap.Tests;

public class AlertTests
{
    [Fact]
    public async Task Alerts_are_paged_in_the_order_of_their_cursors_and_filtered()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a");
        server.AddRep("b");
        for (int i = 0; i < 25; i++) await server.AlertAsync(i % 2 == 0 ? "a" : "b", "id-" + i);
        await server.Alerts.AppendAsync([LiveMapServer.MakeAlert("sos", "a", AlertKind.Sos, new Instant(1_000_000))], TestContext.Current.CancellationToken);
        HttpClient client = server.Client();
        List<string> ids = [];
        string? next = null;
        int pages = 0;
        do
        {
            JsonElement page = await client.GetJsonAsync("/v1/alerts?limit=10" + (next is null ? "" : "&after=" + next));
            ids.AddRange(page.GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString();
            pages++;
        }
        while (next is not null);
        Assert.Equal(3, pages);
        Assert.Equal([.. Enumerable.Range(0, 25).Select(i => "id-" + i), "sos"], ids);
        Assert.Equal(12, (await client.GetJsonAsync("/v1/alerts?rep=b")).GetProperty("alerts").GetArrayLength());
        Assert.Equal(1, (await client.GetJsonAsync("/v1/alerts?kind=sos,mockCleared")).GetProperty("alerts").GetArrayLength());
        Assert.Equal(1, (await client.GetJsonAsync("/v1/alerts?to=1970-01-02T00:00:00Z")).GetProperty("alerts").GetArrayLength());
        Assert.Equal(25, (await client.GetJsonAsync("/v1/alerts?from=86400000")).GetProperty("alerts").GetArrayLength());
        Assert.Equal(["id-24", "sos"], (await client.GetJsonAsync("/v1/alerts?latest=2")).GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("id").GetString()));
        foreach (string wrong in new[] { "kind=nonsense", "limit=0", "latest=100000" })
            Assert.Equal(422, await client.StatusAsync(HttpMethod.Get, "/v1/alerts?" + wrong));
        foreach (string malformed in new[] { "from=yesterday", "after=-1", "limit=many" })
            Assert.Equal(400, await client.StatusAsync(HttpMethod.Get, "/v1/alerts?" + malformed));
    }

    [Fact]
    public async Task The_stream_gives_what_the_list_gives_from_the_moment_it_opens()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a");
        await server.AlertAsync("a", "before");
        await using AlertStreamReader stream = await AlertStreamReader.OpenAsync(server.Client(), "/v1/alerts/stream");
        await server.AlertAsync("a", "one", "two");
        (string cursor, JsonElement first) = await stream.NextAsync();
        (_, JsonElement second) = await stream.NextAsync();
        Assert.Equal("one", first.GetProperty("id").GetString());
        JsonElement[] listed = [.. (await server.Client().GetJsonAsync("/v1/alerts")).GetProperty("alerts").EnumerateArray()];
        Assert.Equal(listed[1].GetRawText(), first.GetRawText());
        Assert.Equal(listed[2].GetRawText(), second.GetRawText());
        Assert.Equal(cursor, first.GetProperty("cursor").GetInt64().ToString(CultureInfo.InvariantCulture));
        Assert.Equal("a 进入了仓库。", first.GetProperty("text").GetProperty("zh").GetString());
    }

    [Fact]
    public async Task The_stream_resumes_behind_the_last_event_without_holes_or_repeats()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a");
        await server.AlertAsync("a", [.. Enumerable.Range(0, 500).Select(i => "id-" + i)]);
        List<string> seen = [];
        string? last = null;
        while (seen.Count < 500)
        {
            await using AlertStreamReader stream = await AlertStreamReader.OpenAsync(server.Client(), "/v1/alerts/stream?after=0", last);
            for (int i = 0; i < 137 && seen.Count < 500; i++)
            {
                (last, JsonElement alert) = await stream.NextAsync();
                seen.Add(alert.GetProperty("id").GetString()!);
            }
        }
        Assert.Equal(Enumerable.Range(0, 500).Select(i => "id-" + i), seen);
    }

    [Fact]
    public async Task The_stream_keeps_to_scope_and_filter_and_shows_that_it_lives()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a", "north");
        server.AddRep("b", "south");
        await using AlertStreamReader stream = await AlertStreamReader.OpenAsync(server.Client(Role.Reader, "group:north"), "/v1/alerts/stream?kind=sos");
        await server.Alerts.AppendAsync(
        [
            LiveMapServer.MakeAlert("1", "b", AlertKind.Sos), LiveMapServer.MakeAlert("2", "a"), LiveMapServer.MakeAlert("3", "a", AlertKind.Sos),
        ], TestContext.Current.CancellationToken);
        Assert.Equal("3", (await stream.NextAsync()).Alert.GetProperty("id").GetString());
        await stream.CommentAsync();
        HttpClient client = server.Client();
        (int status, _, _) = await client.SendAsync(HttpMethod.Get, "/v1/alerts/stream", null, ("Last-Event-ID", "nonsense"));
        Assert.Equal(400, status);
    }

    [Fact]
    public async Task Too_many_streams_are_refused()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync(new LiveMapOptions { MaxStreams = 1 });
        await using AlertStreamReader first = await AlertStreamReader.OpenAsync(server.Client(), "/v1/alerts/stream");
        (int status, _, var headers) = await server.Client().SendAsync(HttpMethod.Get, "/v1/alerts/stream");
        Assert.Equal(503, status);
        Assert.NotNull(headers.RetryAfter);
    }
}

/// <summary>Reads an event stream line by line.</summary>
internal sealed class AlertStreamReader(HttpResponseMessage answer, StreamReader lines) : IAsyncDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(20));

    public static async Task<AlertStreamReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
    }

    public async Task<(string Cursor, JsonElement Alert)> NextAsync()
    {
        string cursor = "", kind = "", data = "";
        while (await lines.ReadLineAsync(_limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) cursor = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            else if (line.Length == 0 && kind == "alert") return (cursor, JsonElement.Parse(data));
        }
        throw new EndOfStreamException();
    }

    public async Task CommentAsync()
    {
        while (await lines.ReadLineAsync(_limit.Token) is { } line)
            if (line.StartsWith(':')) return;
        throw new EndOfStreamException();
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        answer.Dispose();
        _limit.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.LiveMap.Tests;

public class HubTests
{
    private const string City = """[{"bounds":[16,48,17,49],"zoom":12}]""";

    [Theory]
    [InlineData("group:north", "a b")]
    [InlineData("rep:c", "c")]
    [InlineData(null, "a b c d")]
    public async Task A_viewer_gets_only_the_reps_and_alerts_of_its_scope(string? scope, string visible)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep[] reps = [server.AddRep("a", "north"), server.AddRep("b", "north/vienna"), server.AddRep("c", "south"), server.AddRep("d")];
        foreach (Rep rep in reps) server.Show(rep, 48.2, 16.37);
        int[] keys = [.. reps.Where(rep => visible.Contains(rep.Id, StringComparison.Ordinal)).Select(rep => rep.Key).Order()];
        await using HubClient client = await HubClient.OpenAsync(server, server.Token(Role.Reader, scope));
        Assert.Null(await client.CallAsync("Watch", City));
        Assert.Equal(keys, HubClient.KeysOf(await client.NextAsync("Snapshot")));
        foreach (Rep rep in reps) server.Show(rep, 48.201, 16.371);
        HashSet<int> moved = [];
        while (moved.Count < keys.Length) moved.UnionWith(HubClient.KeysOf(await client.NextAsync("Positions")));
        Assert.Equal(keys, moved.Order());
        Assert.Null(await client.CallAsync("Watch", """[{"bounds":[-180,-85,180,85],"zoom":1}]"""));
        JsonElement counts = await client.NextAsync("Snapshot");
        Assert.Equal(keys.Length, counts.GetProperty("blocks").EnumerateArray().Sum(b => b.GetProperty("live").EnumerateArray().Sum(n => n.GetInt32())));
        foreach (Rep rep in reps) Assert.Equal(keys.Contains(rep.Key) ? null : "refused", await client.CallAsync("Watch", $$"""[{"rep":"{{rep.Id}}"}]""") is null ? null : "refused");
        foreach (Rep rep in reps) await server.AlertAsync(rep.Id, "alert of " + rep.Id);
        foreach (Rep rep in reps.Where(rep => keys.Contains(rep.Key))) Assert.Equal(rep.Id, (await client.NextAsync("Alert")).GetProperty("repId").GetString());
    }

    [Fact]
    public async Task A_rep_that_moves_from_cell_to_cell_stays_and_one_that_leaves_is_gone()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("a");
        server.Show(rep, 48.2, 16.37);
        await using HubClient client = await HubClient.OpenAsync(server, server.Token());
        await client.CallAsync("Watch", """[{"bounds":[16.3,48.1,16.5,48.3],"zoom":14}]""");
        Assert.Equal([rep.Key], HubClient.KeysOf(await client.NextAsync("Snapshot")));
        server.Show(rep, 48.25, 16.45);
        JsonElement frame = await client.NextAsync("Positions");
        Assert.Equal([rep.Key], HubClient.KeysOf(frame, "gone"));
        Assert.Equal([rep.Key], HubClient.KeysOf(frame));
        Assert.Equal(["gone", "rows"], frame.GetProperty("blocks").EnumerateArray().Select(b => b.GetProperty("type").GetString()));
        server.Show(rep, 10, 10);
        frame = await client.NextAsync("Positions");
        Assert.Equal([rep.Key], HubClient.KeysOf(frame, "gone"));
        Assert.Empty(HubClient.KeysOf(frame));
    }

    [Fact]
    public async Task A_group_is_watched_wherever_it_is_and_a_change_of_group_is_seen()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep a = server.AddRep("a", "north"), b = server.AddRep("b", "south");
        server.Show(a, 48.2, 16.37);
        server.Show(b, -33.9, 151.2);
        await using HubClient client = await HubClient.OpenAsync(server, server.Token());
        await client.CallAsync("Watch", """[{"group":"north"}]""");
        Assert.Equal("a", (await client.NextAsync("Reps")).GetProperty("reps")[0].GetProperty("id").GetString());
        Assert.Equal([a.Key], HubClient.KeysOf(await client.NextAsync("Snapshot")));
        server.Registry.PutRep("b", "Berta", "north/sydney", "Australia/Sydney");
        Assert.Equal("Berta", (await client.NextAsync("Reps")).GetProperty("reps")[0].GetProperty("name").GetString());
        Assert.Equal([a.Key, b.Key], HubClient.KeysOf(await client.NextAsync("Snapshot")));
    }

    [Fact]
    public async Task A_stalled_viewer_skips_to_a_snapshot_loses_no_alert_and_holds_up_nobody()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep[] reps = [.. Enumerable.Range(0, 2000).Select(i => server.AddRep("r" + i))];
        foreach (Rep rep in reps) server.Show(rep, 48.2, 16.37);
        await using HubClient stalled = await HubClient.OpenAsync(server, server.Token());
        await using HubClient brisk = await HubClient.OpenAsync(server, server.Token());
        await stalled.CallAsync("Watch", City);
        await brisk.CallAsync("Watch", City);
        Counter skipped = server.Metrics.Counter("tracking_live_frames_total", "", ("result", "skipped"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        int frames = 0, alerts = 0;
        for (; skipped.Value < 5; frames++)
        {
            foreach (Rep rep in reps) server.Show(rep, 48.2 + frames * 0.0001, 16.37);
            if (frames % 10 == 0) await server.AlertAsync("r1", "alert-" + alerts++);
            await brisk.NextFrameAsync();
            limit.Token.ThrowIfCancellationRequested();
        }
        double last = 0;
        uint sequence = 0;
        List<string> kinds = [];
        while (kinds.Count(kind => kind == "snapshot") < 2)
        {
            JsonElement frame = await stalled.NextFrameAsync();
            Assert.Equal(++sequence, frame.GetProperty("sequence").GetUInt32());
            kinds.Add(frame.GetProperty("kind").GetString()!);
            last = frame.GetProperty("blocks").EnumerateArray().Last().GetProperty("latE7")[0].GetInt32() / 1e7;
        }
        Assert.Equal(48.2 + (frames - 1) * 0.0001, last, 0.0003);
        await using HubClient again = await HubClient.OpenAsync(server, server.Token());
        await again.CallAsync("ResumeAlerts", "[0]");
        for (int i = 0; i < alerts; i++) Assert.Equal("alert-" + i, (await again.NextAsync("Alert")).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("ff ff ff ff ff", true)]
    [InlineData("05 96 01 80 c0 a5", true)]
    [InlineData("01 c1", true)]
    [InlineData("06 dd ff ff ff ff 01", true)]
    // The head is whole, so the call fails and not the connection.
    [InlineData("09 96 01 80 c0 a1 57 dd ff ff", false)]
    public async Task A_malformed_message_costs_at_most_the_sender_its_connection(string hex, bool isFatal)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        await using HubClient hostile = await HubClient.OpenAsync(server, server.Token(), """{"protocol":"messagepack","version":2}""");
        await hostile.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), WebSocketMessageType.Binary);
        if (isFatal) await hostile.UntilClosedAsync();
        await using HubClient honest = await HubClient.OpenAsync(server, server.Token());
        Assert.Null(await honest.CallAsync("Watch", City));
    }

    [Fact]
    public async Task Calls_that_make_no_sense_are_answered_with_why()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        await using HubClient client = await HubClient.OpenAsync(server, server.Token());
        foreach (string wrong in new[]
        {
            "[null]", "[{}]", """[{"bounds":[1,2,3],"zoom":8}]""", """[{"bounds":[1,9,3,2],"zoom":8}]""", """[{"bounds":[1,2,3,4],"zoom":99}]""", """[{"group":""}]""", "[7]",
        })
            Assert.NotNull(await client.CallAsync("Watch", wrong));
        Assert.NotNull(await client.CallAsync("ResumeAlerts", "[-5]"));
        Assert.Null(await client.CallAsync("Watch", """[{"bounds":[170,-20,-170,20],"zoom":8}]"""));
        Assert.Null(await client.CallAsync("Unwatch", "[]"));
    }

    [Fact]
    public async Task More_viewers_than_allowed_are_turned_away()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync(new LiveMapOptions { MaxViewers = 1 });
        await using HubClient first = await HubClient.OpenAsync(server, server.Token());
        Assert.Null(await first.CallAsync("Unwatch", "[]"));
        await using HubClient second = await HubClient.OpenAsync(server, server.Token(), """{"protocol":"messagepack","version":2}""");
        await second.UntilClosedAsync();
        Assert.Contains("tracking_live_viewers 1", MetricsText(server), StringComparison.Ordinal);
    }

    private static string MetricsText(LiveMapServer server)
    {
        var text = new StringBuilder();
        server.Metrics.WriteTo(text);
        return text.ToString();
    }
}

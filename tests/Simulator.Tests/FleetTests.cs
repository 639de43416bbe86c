using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Simulator.Sending;

namespace Tracking.Simulator.Tests;

public sealed class FleetTests
{
    [Fact]
    public async Task Reports_arrive_once_and_in_order_though_the_server_refuses_and_breaks_off()
    {
        ConcurrentQueue<string> times = [];
        int requests = 0;
        await using WebApplication server = await ServeAsync(async context =>
        {
            int number = Interlocked.Increment(ref requests);
            if (number % 5 == 2)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "0";
                return;
            }
            if (number % 5 == 4)
            {
                context.Abort();
                return;
            }
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
            foreach (JsonElement fix in body.RootElement.EnumerateArray()) times.Enqueue(fix.GetProperty("fixedAt").GetString()!);
        });
        World world = OnePerson(Protocol.Json);
        await using Fleet fleet = FleetOf(server);
        var wanted = new Collector();
        OnePerson(Protocol.Json).AdvanceTo(Worlds.Morning + TimeSpan.FromMinutes(50), wanted);
        world.AdvanceTo(Worlds.Morning + TimeSpan.FromMinutes(50), fleet);
        await WaitAsync(fleet);
        Assert.Equal(wanted.Sent.Values.Single().Select(static s => s.Report.FixedAt.ToString()), times);
        Assert.Equal(wanted.Count, fleet.Sent);
        Assert.True(fleet.Retries > 0);
        Assert.Equal(0, fleet.Refused + fleet.Dropped);
    }

    [Fact]
    public async Task What_the_server_calls_malformed_is_not_sent_again()
    {
        await using WebApplication server = await ServeAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
        World world = OnePerson(Protocol.MessagePack);
        await using Fleet fleet = FleetOf(server);
        world.AdvanceTo(Worlds.Morning + TimeSpan.FromMinutes(5), fleet);
        await WaitAsync(fleet);
        Assert.Equal(0, fleet.Sent);
        Assert.True(fleet.Refused > 0);
        Assert.Contains("400", fleet.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_phone_lets_its_oldest_go_and_says_so()
    {
        World world = OnePerson(Protocol.OsmAnd);
        await using var fleet = new Fleet(new FleetOptions
        {
            Main = new Uri("http://127.0.0.1:1/"),
            CredentialOf = static _ => default,
            QueuePerPhone = 100,
        });
        world.AdvanceTo(Worlds.Morning + TimeSpan.FromMinutes(50), fleet);
        Assert.True(fleet.Waiting <= 101);
        Assert.True(fleet.Dropped > 100);
    }

    [Theory]
    [InlineData(Protocol.OsmAnd, "application/x-www-form-urlencoded", "/osmand", "")]
    [InlineData(Protocol.OwnTracks, "application/json", "/owntracks", "Basic")]
    [InlineData(Protocol.Overland, "application/json", "/overland", "Bearer")]
    [InlineData(Protocol.Json, "application/json", "/v1/fixes", "Bearer")]
    [InlineData(Protocol.MessagePack, "application/msgpack", "/v1/fixes", "Bearer")]
    public async Task Each_protocol_comes_in_by_its_own_door(Protocol protocol, string type, string path, string scheme)
    {
        (string? Type, string? Path, string Authorization) seen = default;
        await using WebApplication server = await ServeAsync(context =>
        {
            seen = (context.Request.ContentType, context.Request.Path.Value, context.Request.Headers.Authorization.ToString());
            return Task.CompletedTask;
        });
        World world = OnePerson(protocol);
        await using Fleet fleet = FleetOf(server);
        world.AdvanceTo(Worlds.Morning + TimeSpan.FromMinutes(2), fleet);
        await WaitAsync(fleet);
        Assert.Equal((type, path), (seen.Type, seen.Path));
        Assert.StartsWith(scheme, seen.Authorization, StringComparison.Ordinal);
    }

    private static World OnePerson(Protocol protocol) => Worlds.Small(reps: 1, script: (_, spec) => spec with { Protocol = protocol, Phone = PhoneModel.All[0] });

    private static Fleet FleetOf(WebApplication server) => new(new FleetOptions
    {
        Main = new Uri(server.Urls.First() + "/"),
        CredentialOf = static _ => new Credential("secret", ""),
        FirstPause = TimeSpan.FromMilliseconds(5),
        LongestPause = TimeSpan.FromMilliseconds(50),
    });

    private static async Task WaitAsync(Fleet fleet)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await fleet.WaitUntilBelowAsync(0, limit.Token);
    }

    private static async Task<WebApplication> ServeAsync(RequestDelegate handle)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication server = builder.Build();
        server.Run(handle);
        await server.StartAsync();
        return server;
    }
}

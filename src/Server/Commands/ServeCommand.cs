using System.CommandLine;

namespace Tracking.Server.Commands;

/// <summary><c>tracking serve</c>: runs the server until it is told to end.</summary>
internal static class ServeCommand
{
    /// <summary>The command.</summary>
    public static Command Build()
    {
        var options = new ServeOptionSet();
        var command = new Command("serve", "Runs the server");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(options.Given(parsed), cancel));
        return command;
    }

    private static async Task<int> RunAsync(IEnumerable<KeyValuePair<string, string?>> given, CancellationToken cancel)
    {
        IConfigurationRoot configuration = ServerConfiguration.Build(given);
        await using TrackingServer server = await CreateAsync(configuration, cancel);
        await server.StartAsync(cancel);
        await Console.Out.WriteLineAsync(server.ReadyLine);
        await server.WaitForShutdownAsync();
        return 0;
    }

    // Until the host takes over, a signal ends the waiting for a database.
    private static async Task<TrackingServer> CreateAsync(IConfiguration configuration, CancellationToken cancel)
    {
        using Interruption interruption = Terminal.OnInterrupt();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, interruption.Token);
        return await TrackingServer.CreateAsync(configuration, waitsForStore: true, either.Token);
    }
}

/// <summary>The options of <c>serve</c>, each a configuration key too.</summary>
internal sealed class ServeOptionSet
{
    private readonly (Option Option, string Key)[] _options =
    [
        (new Option<string>("--data") { Description = "Data folder (Tracking:Data)", HelpName = "DIR" }, "Data"),
        (new Option<string>("--http") { Description = "Web interface, API and hub; default 127.0.0.1:8080", HelpName = "HOST:PORT" }, "Http"),
        (new Option<string>("--devices") { Description = "OsmAnd-style devices; default 127.0.0.1:5055", HelpName = "HOST:PORT" }, "Devices"),
        (new Option<string>("--udp") { Description = "Sealed datagrams; default 127.0.0.1:5055", HelpName = "HOST:PORT" }, "Udp"),
        (new Option<string>("--store") { Description = "Npgsql connection string; absent: embedded store", HelpName = "CONNECTION" }, "Store"),
        (new Option<string>("--redis") { Description = "Redis server: positions for other nodes and systems, alerts as a stream", HelpName = "HOST:PORT" }, "Redis"),
        (new Option<string>("--roles") { Description = "live: serves viewers only, of reps that other nodes track; default all", HelpName = "all|live" }, "Roles"),
        (new Option<bool>("--auto-enrol") { Description = "An unknown device id creates its device and rep" }, "AutoEnrol"),
    ];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach ((Option option, _) in _options) command.Options.Add(option);
    }

    /// <summary>The options that were given, as configuration keys.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Given(ParseResult parsed)
    {
        foreach ((Option option, string key) in _options)
        {
            if (parsed.GetResult(option) is not { Implicit: false }) continue;
            string? value = option is Option<bool> flag ? parsed.GetValue(flag).ToString() : parsed.GetValue((Option<string>)option);
            yield return new($"{ServerOptions.Section}:{key}", value);
        }
    }
}

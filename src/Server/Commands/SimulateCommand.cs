using System.CommandLine;
using Tracking.Contracts;
using Tracking.Simulator;
using Tracking.Simulator.Sending;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary><c>tracking simulate</c>: invented people on any server, through the devices' own protocols.</summary>
internal static class SimulateCommand
{
    private static readonly string[] ProtocolNames = ["mix", "osmand", "owntracks", "overland", "json", "messagepack", "udp"];

    /// <summary>The command.</summary>
    public static Command Build()
    {
        var options = new Options();
        var command = new Command("simulate", "Simulates people with phones")
        {
            options.Server, options.Devices, options.Udp, options.Data, options.Token, options.Reps, options.Speedup, options.Seed, options.City,
            options.Protocol, options.Minutes, options.Begin, options.Cheats, options.Truth, options.Prefix,
        };
        command.SetAction(async (parsed, _) =>
        {
            using Interruption interruption = Terminal.OnInterrupt();
            return await RunAsync(options, parsed, interruption.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(Options options, ParseResult parsed, CancellationToken cancel)
    {
        World world = options.World(parsed);
        await using var fleet = new Fleet(new FleetOptions
        {
            Main = Terminal.Address("--server", parsed.GetValue(options.Server)!),
            Devices = parsed.GetValue(options.Devices) is { } devices ? Terminal.Address("--devices", devices) : null,
            Udp = parsed.GetValue(options.Udp) is { } udp ? Listening.Parse("--udp", udp).EndPoint : null,
            CredentialOf = await CredentialsAsync(world, parsed.GetValue(options.Data), parsed.GetValue(options.Token)),
        });
        using TruthLog? truth = parsed.GetValue(options.Truth) is { } path ? new TruthLog(File.Create(path)) : null;
        truth?.Begin(world);
        var run = new SimulationRun(world, fleet, TimeProvider.System, truth);
        Instant? until = parsed.GetValue(options.Minutes) is { } minutes ? world.Options.Begin + TimeSpan.FromMinutes(minutes) : null;
        double speedup = parsed.GetValue(options.Speedup);
        try
        {
            if (double.IsPositiveInfinity(speedup))
                await Terminal.WithProgressAsync($"{world.People.Count} people", progress => run.CatchUpAsync(until, progress, cancel));
            else await Terminal.WithProgressAsync($"{world.People.Count} people", progress => PacedAsync(run, speedup, world.Options.Begin, until, progress, cancel));
            await fleet.WaitUntilBelowAsync(0, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("tracking: stopped");
        }
        await Console.Out.WriteLineAsync($"{fleet.Sent} reports taken, {fleet.Refused} refused, {fleet.Retries} retries, {fleet.Waiting} not sent, {fleet.Dropped} dropped");
        if (fleet.Trouble is { } trouble) await Console.Error.WriteLineAsync($"tracking: {trouble}");
        return fleet.Sent > 0 ? 0 : 1;
    }

    private static async Task PacedAsync(SimulationRun run, double speedup, Instant begin, Instant? until, Action<double>? progress, CancellationToken cancel)
    {
        Task running = run.RunAsync(speedup, until, cancel);
        while (progress is not null && until is { } end && !running.IsCompleted)
        {
            progress((run.Now - begin) / (end - begin));
            await Task.WhenAny(running, Task.Delay(500, cancel));
        }
        await running;
    }

    private static async Task<Func<Person, Credential>> CredentialsAsync(World world, string? folder, string? token)
    {
        if (folder is null) return _ => new Credential("", token ?? "");
        await using Registry registry = await DataFolder.OpenRegistryAsync(folder, null, CancellationToken.None);
        Dictionary<Person, Credential> credentials = [];
        foreach (Person person in world.People)
        {
            CitySpec city = person.City.Spec;
            string secret = registry.AddDevice(person.Spec.Id, person.Spec.Id, person.Spec.Group, person.Spec.Name, city.TimeZone, city.Crs);
            credentials[person] = new Credential(secret, "", registry.FindDevice(person.Spec.Id)!.Key);
        }
        return person => credentials[person];
    }

    private sealed class Options
    {
        public Option<string> Server { get; } = new("--server") { Description = "The server", HelpName = "URL", DefaultValueFactory = static _ => "http://127.0.0.1:8080" };

        public Option<string?> Devices { get; } = new("--devices") { Description = "Its port for OsmAnd-style devices; absent: /osmand on --server", HelpName = "URL" };

        public Option<string?> Udp { get; } = new("--udp") { Description = "Where it hears sealed datagrams, for udp with --data", HelpName = "HOST:PORT" };

        public Option<string?> Data { get; } = new("--data") { Description = "Its data folder, to register devices there; absent: the server enrols (--auto-enrol) or --token", HelpName = "DIR" };

        public Option<string?> Token { get; } = new("--token") { Description = "A gateway token, for json, messagepack and overland", HelpName = "T" };

        public Option<int> Reps { get; } = new("--reps") { Description = "How many people", DefaultValueFactory = static _ => 50 };

        public Option<double> Speedup { get; } = new("--speedup") { Description = "Times faster than life, never ahead of the present; 'Infinity' for as fast as the server takes it", DefaultValueFactory = static _ => 1 };

        public Option<ulong> Seed { get; } = new("--seed") { Description = "The same seed makes the same people", DefaultValueFactory = static _ => 1 };

        public Option<string> City { get; } = new("--city") { Description = $"One or more of {string.Join(", ", CitySpec.All.Select(static c => c.Key))}, parted by commas", DefaultValueFactory = static _ => "vienna" };

        public Option<string> Protocol { get; } = new("--protocol") { Description = string.Join(", ", ProtocolNames), DefaultValueFactory = static _ => "mix" };

        public Option<double?> Minutes { get; } = new("--minutes") { Description = "Ends after so many simulated minutes; absent: never" };

        public Option<string?> Begin { get; } = new("--begin") { Description = "When the simulation begins, ISO 8601; absent: now, or --minutes ago when faster than life", HelpName = "TIME" };

        public Option<double> Cheats { get; } = new("--cheats") { Description = "Share of people who cheat, 0 to 1", DefaultValueFactory = static _ => 0.08 };

        public Option<string?> Truth { get; } = new("--truth") { Description = "Writes what really happens as JSON Lines", HelpName = "FILE" };

        public Option<string> Prefix { get; } = new("--prefix") { Description = "Put before ids", DefaultValueFactory = static _ => "" };

        public World World(ParseResult parsed) => Simulator.World.Create(new WorldOptions
        {
            Seed = parsed.GetValue(Seed),
            Reps = Within("--reps", parsed.GetValue(Reps), 1, 100_000),
            Cities = [.. parsed.GetValue(City)!.Split(',').Select(CityOf)],
            Protocols = ProtocolsOf(parsed, parsed.GetValue(Protocol)!),
            Begin = BeginOf(parsed),
            CheatShare = parsed.GetValue(Cheats),
            IdPrefix = parsed.GetValue(Prefix)!,
        });

        private Instant BeginOf(ParseResult parsed)
        {
            Instant now = Instant.Now(TimeProvider.System);
            if (parsed.GetValue(Begin) is { } text)
                return Instant.TryParse(text, out Instant begin) && begin <= now ? begin : throw Complaint.Usage($"--begin must be ISO 8601 and not in the future, not '{text}'.");
            if (!(parsed.GetValue(Speedup) > 0)) throw Complaint.Usage($"--speedup must be above 0, not {parsed.GetValue(Speedup)}.");
            return parsed.GetValue(Speedup) > 1 ? now - TimeSpan.FromMinutes(parsed.GetValue(Minutes) ?? 240) : now;
        }

        private static CitySpec CityOf(string key) =>
            CitySpec.Find(key.Trim()) ?? throw Complaint.Usage($"--city '{key}' is not known; {string.Join(", ", CitySpec.All.Select(static c => c.Key))} are.");

        private IReadOnlyList<Protocol> ProtocolsOf(ParseResult parsed, string name) => name.ToLowerInvariant() switch
        {
            "mix" => new WorldOptions().Protocols,
            "udp" when parsed.GetValue(Udp) is null || parsed.GetValue(Data) is null => throw Complaint.Usage("--protocol udp needs --udp and --data."),
            "udp" => [Contracts.Protocol.Udp],
            "osmand" => [Contracts.Protocol.OsmAnd],
            "owntracks" => [Contracts.Protocol.OwnTracks],
            "overland" => [Contracts.Protocol.Overland],
            "json" => [Contracts.Protocol.Json],
            "messagepack" => [Contracts.Protocol.MessagePack],
            _ => throw Complaint.Usage($"--protocol must be one of {string.Join(", ", ProtocolNames)}, not '{name}'."),
        };

        private static int Within(string option, int value, int least, int most) =>
            value >= least && value <= most ? value : throw Complaint.Usage($"{option} must be from {least} to {most}, not {value}.");
    }
}

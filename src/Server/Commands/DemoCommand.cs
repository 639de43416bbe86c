using System.CommandLine;
using System.Net.Sockets;
using Spectre.Console;
using Tracking.Contracts;
using Tracking.Server.Demo;

namespace Tracking.Server.Commands;

/// <summary><c>tracking demo</c>: a server with invented people on it, in one command.</summary>
internal static class DemoCommand
{
    /// <summary>Setting up and catching up takes about this long; the script counts from then on.</summary>
    private static readonly TimeSpan SetUp = TimeSpan.FromSeconds(12);

    /// <summary>The command.</summary>
    public static Command Build()
    {
        var serve = new ServeOptionSet();
        var reps = new Option<int>("--reps") { Description = "How many people, 12 to 2000", DefaultValueFactory = static _ => 84 };
        var seed = new Option<ulong>("--seed") { Description = "The same seed makes the same people", DefaultValueFactory = static _ => 1 };
        var hours = new Option<double>("--hours") { Description = "How many earlier hours some people have behind them, 0 to 12", DefaultValueFactory = static _ => 3 };
        var quick = new Option<bool>("--quick") { Description = "Everything that it shows, sooner" };
        var command = new Command("demo", "Runs a server with simulated people on it");
        serve.AddTo(command);
        foreach (Option option in (Option[])[reps, seed, hours, quick]) command.Options.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(reps) is < 12 or > 2000) throw Complaint.Usage($"--reps must be from 12 to 2000, not {parsed.GetValue(reps)}.");
            if (parsed.GetValue(hours) is not (>= 0 and <= 12)) throw Complaint.Usage($"--hours must be from 0 to 12, not {parsed.GetValue(hours)}.");
            bool isQuick = parsed.GetValue(quick);
            var script = new DemoScript
            {
                Reps = parsed.GetValue(reps),
                Seed = parsed.GetValue(seed),
                Live = Instant.Now(TimeProvider.System) + (isQuick ? TimeSpan.FromSeconds(3) : SetUp),
                Earlier = isQuick ? TimeSpan.FromMinutes(12) : TimeSpan.FromHours(parsed.GetValue(hours)) + TimeSpan.FromMinutes(10),
            };
            return await RunAsync(isQuick ? script.Quick() : script, [.. serve.Given(parsed)]);
        });
        return command;
    }

    private static async Task<int> RunAsync(DemoScript script, List<KeyValuePair<string, string?>> given)
    {
        using Interruption interruption = Terminal.OnInterrupt();
        string? temporary = null;
        try
        {
            if (!given.Exists(static option => option.Key == "Tracking:Data"))
            {
                temporary = Directory.CreateTempSubdirectory("tracking-demo-").FullName;
                given.Add(new("Tracking:Data", temporary));
            }
            PreferFree(given, "Tracking:Http", 8080, SocketType.Stream);
            PreferFree(given, "Tracking:Devices", 5055, SocketType.Stream);
            PreferFree(given, "Tracking:Udp", 5055, SocketType.Dgram);
            IConfigurationRoot configuration = ServerConfiguration.Build([.. script.Settings(), .. given]);
            await using var session = new DemoSession(script, configuration);
            await session.StartAsync(interruption.Token);
            await Console.Out.WriteLineAsync(session.ReadyLine);
            await Terminal.WithProgressAsync("The day so far", progress => session.CatchUpAsync(progress, interruption.Token));
            Welcome(session, temporary is not null);
            await session.RunAsync(interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            // Ctrl-C is how a demo ends.
        }
        finally
        {
            if (temporary is not null) Directory.Delete(temporary, recursive: true);
        }
        return 0;
    }

    /// <summary>Takes another port where nobody asked for one and the usual one is taken: a demo must start.</summary>
    private static void PreferFree(List<KeyValuePair<string, string?>> given, string key, int port, SocketType type)
    {
        if (given.Exists(option => option.Key == key)) return;
        using var socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        try
        {
            socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        }
        catch (SocketException)
        {
            given.Add(new(key, "127.0.0.1:0"));
        }
    }

    private static void Welcome(DemoSession session, bool temporary)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine($"tracking: sign in {session.SignIn}");
            return;
        }
        string kept = temporary ? "The data are deleted at the end; [bold]--data DIR[/] keeps them." : "The data are kept.";
        AnsiConsole.Write(new Panel(new Markup(string.Join('\n',
            $"[bold]{session.World.People.Count} people[/] are on their way in {string.Join(" and ", session.World.Cities.Select(static c => Markup.Escape(c.Spec.Name)))}.",
            "",
            $"Console  [link={session.SignIn}]{Markup.Escape(session.Address.ToString())}[/]",
            $"Sign in  [bold green]{Markup.Escape(session.SignIn.ToString())}[/]",
            "",
            $"API      curl -H 'Authorization: Bearer {session.ReaderToken}' {Markup.Escape(session.Address.ToString())}v1/reps",
            $"Alerts   curl -N -H 'Authorization: Bearer {session.ReaderToken}' {Markup.Escape(session.Address.ToString())}v1/alerts/stream",
            "",
            $"[grey]Within two minutes: fences entered and left, a mocked phone, a phone that falls silent. {kept} Ctrl-C ends.[/]")))
        {
            Header = new PanelHeader(" Tracking demo "),
            Padding = new Padding(2, 1),
        });
    }
}

using System.CommandLine;
using Spectre.Console;
using Tracking.Server.Doctor;

namespace Tracking.Server.Commands;

/// <summary><c>tracking doctor</c>: what the server needs, whether it is there, and how to mend it.</summary>
internal static class DoctorCommand
{
    /// <summary>The command.</summary>
    public static Command Build()
    {
        var serve = new ServeOptionSet();
        var command = new Command("doctor", "Checks ports, disk, store, Redis and clock; exit code 1 when something is bad");
        serve.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(serve.Given(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(IEnumerable<KeyValuePair<string, string?>> given)
    {
        IConfigurationRoot configuration = ServerConfiguration.Build(given);
        ServerOptions options = ServerOptions.Read(configuration);
        PartOptions parts = PartOptions.Read(configuration, options);
        Health worst = Health.Good;
        foreach (Finding finding in new Checkup(options, TimeProvider.System).Run().Concat(await RedisCheck.RunAsync(parts.Redis)))
        {
            if (finding.Health > worst) worst = finding.Health;
            Print(finding);
        }
        return worst == Health.Bad ? 1 : 0;
    }

    private static void Print(Finding finding)
    {
        (string word, string colour) = finding.Health switch
        {
            Health.Good => ("ok", "green"),
            Health.Warning => ("warn", "yellow"),
            _ => ("BAD", "red"),
        };
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine($"{word,-4} {finding.Subject}: {finding.Text}");
            if (finding.Mend is not null) Console.Out.WriteLine($"     → {finding.Mend}");
            return;
        }
        AnsiConsole.MarkupLine($"[{colour}]{word,-4}[/] [bold]{Markup.Escape(finding.Subject)}[/]: {Markup.Escape(finding.Text)}");
        if (finding.Mend is not null) AnsiConsole.MarkupLine($"     [grey]→ {Markup.Escape(finding.Mend)}[/]");
    }
}

using System.CommandLine;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary><c>tracking erase</c>: all data of a person, everywhere, for ever.</summary>
internal static class EraseCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The command.</summary>
    public static Command Build()
    {
        Option<string> data = DataFolder.DataOption(), rep = new("--rep") { Description = "Whose data", Required = true, HelpName = "R" };
        Option<string?> store = DataFolder.StoreOption();
        var wait = new Option<bool>("--wait") { Description = "Ends when a running server has erased everything" };
        var command = new Command("erase", "Erases all data of a person, for ever; a stopped server does it at its next start") { rep, data, store, wait };
        command.SetAction(async (parsed, _) =>
        {
            using Interruption interruption = Terminal.OnInterrupt();
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), interruption.Token);
            Erasure erasure = registry.Erase(parsed.GetValue(rep)!, "cli") ?? throw new Complaint($"There is no rep '{parsed.GetValue(rep)}'.");
            while (parsed.GetValue(wait) && erasure.DoneAt is null)
            {
                await Task.Delay(LookEvery, interruption.Token);
                erasure = registry.Erasures.First(e => e.RepKey == erasure.RepKey);
            }
            string counts = string.Join(", ", erasure.Report.Counts.Select(static c => $"{c.Value} {c.Key}"));
            await Console.Out.WriteLineAsync(erasure.DoneAt is null ? $"rep key {erasure.RepKey}: will be erased" : $"rep key {erasure.RepKey}: erased at {erasure.DoneAt}: {counts}");
            return 0;
        });
        return command;
    }
}

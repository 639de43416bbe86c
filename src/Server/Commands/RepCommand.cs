using System.CommandLine;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary><c>tracking rep</c>: the people in the field.</summary>
internal static class RepCommand
{
    /// <summary>The command.</summary>
    public static Command Build() => new("rep", "Lists and changes reps") { BuildSet(), BuildList() };

    private static Command BuildSet()
    {
        Option<string> data = DataFolder.DataOption(), id = new("--id") { Description = "Which rep; created when missing", Required = true, HelpName = "R" };
        Option<string?> store = DataFolder.StoreOption();
        var name = new Option<string?>("--name") { Description = "For people" };
        var group = new Option<string?>("--group") { Description = "Path of the group", HelpName = "PATH" };
        var zone = new Option<string?>("--zone") { Description = "Time zone, such as Europe/Vienna", HelpName = "IANA" };
        var command = new Command("set", "Creates or changes a rep; what is not given stays") { data, store, id, name, group, zone };
        command.SetAction(async (parsed, cancel) =>
        {
            DeviceCommand.RequireZone(parsed.GetValue(zone));
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            Rep? now = registry.FindRep(parsed.GetValue(id)!);
            Rep rep = registry.PutRep(parsed.GetValue(id)!, parsed.GetValue(name) ?? now?.Name ?? parsed.GetValue(id)!,
                parsed.GetValue(group) ?? now?.Group ?? "", parsed.GetValue(zone) ?? now?.TimeZone ?? "UTC");
            await Console.Out.WriteLineAsync(Line(rep));
            return 0;
        });
        return command;
    }

    private static Command BuildList()
    {
        Option<string> data = DataFolder.DataOption();
        Option<string?> store = DataFolder.StoreOption();
        var command = new Command("list", "Lists reps: id, name, group, time zone") { data, store };
        command.SetAction(async (parsed, cancel) =>
        {
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            foreach (Rep rep in registry.Reps) await Console.Out.WriteLineAsync(Line(rep));
            return 0;
        });
        return command;
    }

    private static string Line(Rep rep) => $"{rep.Id}\t{rep.Name}\t{rep.Group}\t{rep.TimeZone}";
}

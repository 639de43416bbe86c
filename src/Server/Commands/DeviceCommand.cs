using System.CommandLine;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary><c>tracking device</c>: the devices that may hand in fixes.</summary>
internal static class DeviceCommand
{
    /// <summary>The command.</summary>
    public static Command Build() => new("device", "Adds and lists devices") { BuildAdd(), BuildList() };

    private static Command BuildAdd()
    {
        Option<string> data = DataFolder.DataOption(), id = new("--id") { Description = "What the device calls itself", Required = true, HelpName = "D" };
        Option<string?> store = DataFolder.StoreOption();
        var rep = new Option<string>("--rep") { Description = "Whose it is; created when missing", Required = true, HelpName = "R" };
        var group = new Option<string?>("--group") { Description = "The rep's group, such as north/vienna", HelpName = "PATH" };
        var name = new Option<string?>("--name") { Description = "The rep's name" };
        var zone = new Option<string?>("--zone") { Description = "The rep's time zone, such as Europe/Vienna", HelpName = "IANA" };
        var crs = new Option<string>("--crs") { Description = "Coordinates that the device reports", DefaultValueFactory = static _ => "wgs84" };
        crs.AcceptOnlyFromAmong("wgs84", "gcj02", "bd09");
        var command = new Command("add", "Prints the device's new secret and nothing else") { data, store, id, rep, group, name, zone, crs };
        command.SetAction(async (parsed, cancel) =>
        {
            RequireZone(parsed.GetValue(zone));
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            Crs reported = Enum.Parse<Crs>(parsed.GetValue(crs)!, ignoreCase: true);
            await Console.Out.WriteLineAsync(registry.AddDevice(parsed.GetValue(id)!, parsed.GetValue(rep)!, parsed.GetValue(group),
                parsed.GetValue(name), parsed.GetValue(zone), reported));
            return 0;
        });
        return command;
    }

    private static Command BuildList()
    {
        Option<string> data = DataFolder.DataOption();
        Option<string?> store = DataFolder.StoreOption();
        var command = new Command("list", "Lists devices: id, rep, coordinates, number for datagrams") { data, store };
        command.SetAction(async (parsed, cancel) =>
        {
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            foreach (Device device in registry.Devices)
                await Console.Out.WriteLineAsync($"{device.Id}\t{registry.FindRep(device.RepKey)?.Id}\t{device.Crs.ToString().ToLowerInvariant()}\t{device.Key}");
            return 0;
        });
        return command;
    }

    /// <summary>Refuses a time zone that this machine does not know.</summary>
    public static void RequireZone(string? zone)
    {
        if (!string.IsNullOrEmpty(zone) && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            throw Complaint.Usage($"--zone must be an IANA time zone such as Europe/Vienna, not '{zone}'.");
    }
}

using System.CommandLine;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary><c>tracking token</c>: API tokens of systems and, until people sign in, of people.</summary>
internal static class TokenCommand
{
    /// <summary>The command.</summary>
    public static Command Build() => new("token", "Makes API tokens") { BuildCreate() };

    private static Command BuildCreate()
    {
        Option<string> data = DataFolder.DataOption(), name = new("--name") { Description = "For logs and lists", Required = true, HelpName = "N" };
        Option<string?> store = DataFolder.StoreOption();
        var role = new Option<string>("--role") { Description = "What it may do", Required = true };
        role.AcceptOnlyFromAmong("admin", "dispatcher", "reader", "gateway");
        var scope = new Option<string?>("--scope") { Description = "Whose data; absent: everybody's", HelpName = "group:PATH|rep:ID" };
        var command = new Command("create", "Prints a new token and nothing else") { data, store, role, scope, name };
        command.SetAction(async (parsed, cancel) =>
        {
            if (!Scope.TryParse(parsed.GetValue(scope), out Scope allowed))
                throw Complaint.Usage($"--scope must be group:PATH or rep:ID, not '{parsed.GetValue(scope)}'.");
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            Role granted = Enum.Parse<Role>(parsed.GetValue(role)!, ignoreCase: true);
            await Console.Out.WriteLineAsync(registry.CreateToken(parsed.GetValue(name)!, granted, allowed));
            return 0;
        });
        return command;
    }
}

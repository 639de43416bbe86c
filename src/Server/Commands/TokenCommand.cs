using System.CommandLine;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary><c>tracking token</c>: API tokens of systems and, until people sign in, of people.</summary>
internal static class TokenCommand
{
    /// <summary>The command.</summary>
    public static Command Build() => new("token", "Makes, lists and revokes API tokens") { BuildCreate(), BuildList(), BuildRevoke() };

    private static Command BuildList()
    {
        Option<string> data = DataFolder.DataOption();
        Option<string?> store = DataFolder.StoreOption();
        var command = new Command("list", "Lists tokens: beginning, name, role, scope, when made") { data, store };
        command.SetAction(async (parsed, cancel) =>
        {
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            foreach (ApiToken token in registry.Tokens) await Console.Out.WriteLineAsync(Line(token));
            return 0;
        });
        return command;
    }

    private static Command BuildRevoke()
    {
        var which = new Argument<string>("TOKEN") { Description = "Name, or how the token begins" };
        Option<string> data = DataFolder.DataOption();
        Option<string?> store = DataFolder.StoreOption();
        var command = new Command("revoke", "Ends tokens, and the connections that they opened; prints which") { which, data, store };
        command.SetAction(async (parsed, cancel) =>
        {
            await using Registry registry = await DataFolder.OpenRegistryAsync(parsed.GetValue(data)!, parsed.GetValue(store), cancel);
            IReadOnlyList<ApiToken> ended = registry.RevokeTokens(parsed.GetValue(which)!, "cli");
            if (ended.Count == 0) throw new Complaint($"There is no token '{parsed.GetValue(which)}'.");
            foreach (ApiToken token in ended) await Console.Out.WriteLineAsync(Line(token));
            return 0;
        });
        return command;
    }

    private static string Line(ApiToken token) => $"{token.Prefix}\t{token.Name}\t{token.Role.ToString().ToLowerInvariant()}\t{token.Scope}\t{token.CreatedAt}";

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

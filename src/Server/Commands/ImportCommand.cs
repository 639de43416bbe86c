using System.CommandLine;
using Tracking.Server.Import;
using Tracking.Store;

namespace Tracking.Server.Commands;

/// <summary>
/// <c>tracking import</c>: files of tracks through the server's own door. Without <c>--server</c> the server is started
/// on the data folder for the time of the import, so that there is one way in and one set of rules.
/// </summary>
internal static class ImportCommand
{
    private const int ShownProblems = 50;

    /// <summary>The command.</summary>
    public static Command Build()
    {
        var files = new Argument<string[]>("files") { Description = "GPX, CSV, TSV or OwnTracks .rec files", Arity = ArgumentArity.ZeroOrMore, HelpName = "FILE" };
        var rep = new Option<string?>("--rep") { Description = "Whose tracks", HelpName = "R" };
        Option<string> data = DataFolder.DataOption();
        Option<string?> store = DataFolder.StoreOption();
        var server = new Option<string?>("--server") { Description = "A running server; absent: the data folder of a stopped one", HelpName = "URL" };
        var token = new Option<string?>("--token") { Description = "Device secret or gateway token for --server", HelpName = "T" };
        var device = new Option<string?>("--device") { Description = "Device id for a gateway token; default: the rep's id", HelpName = "D" };
        Option<string?> all = WholeInstallation.AllOption("Instead of tracks: a whole installation from this file into an empty place");
        var command = new Command("import", "Imports recorded tracks, or a whole installation") { files, rep, data, store, server, token, device, all };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(all) is { } archive) return await WholeInstallation.ImportAsync(WholeInstallation.PlaceOf(parsed.GetValue(data)!, parsed.GetValue(store)), archive);
            if (parsed.GetValue(rep) is null || parsed.GetValue(files) is not { Length: > 0 }) throw Complaint.Usage("FILE and --rep are needed for tracks, --all FILE for a whole installation.");
            string[] paths = parsed.GetValue(files)!;
            foreach (string path in paths)
            {
                if (!File.Exists(path)) throw new Complaint($"'{path}' is not a file.");
            }
            using Interruption interruption = Terminal.OnInterrupt();
            return parsed.GetValue(server) is { } url
                ? await ThroughServerAsync(Terminal.Address("--server", url), parsed.GetValue(token), parsed.GetValue(device) ?? parsed.GetValue(rep)!, paths, interruption.Token)
                : await IntoFolderAsync(parsed.GetValue(data)!, parsed.GetValue(store), parsed.GetValue(rep)!, paths, interruption.Token);
        });
        return command;
    }

    private static Task<int> ThroughServerAsync(Uri server, string? token, string device, string[] paths, CancellationToken cancel) =>
        token is { Length: > 0 } ? RunAsync(server, device, token, paths, cancel) : throw Complaint.Usage("--server needs --token.");

    private static async Task<int> IntoFolderAsync(string folder, string? store, string rep, string[] paths, CancellationToken cancel)
    {
        Dictionary<string, string?> given = new()
        {
            ["Tracking:Data"] = folder,
            ["Tracking:Http"] = "127.0.0.1:0",
            ["Tracking:Devices"] = "127.0.0.1:0",
            ["Tracking:Udp"] = "127.0.0.1:0",
        };
        if (!string.IsNullOrEmpty(store)) given["Tracking:Store"] = store;
        IConfigurationRoot configuration = ServerConfiguration.Build(given);
        await using TrackingServer server = await TrackingServer.CreateAsync(configuration, waitsForStore: false, cancel);
        await server.StartAsync(cancel);
        // A device of its own: a phone's secret stays valid.
        string device = $"import-{rep}";
        string secret = server.Services.GetRequiredService<Registry>().AddDevice(device, rep);
        int code = await RunAsync(new Uri($"http://{server.Http}/"), device, secret, paths, cancel);
        await server.StopAsync();
        return code;
    }

    private static async Task<int> RunAsync(Uri server, string device, string credential, string[] paths, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = server };
        var result = new ImportResult();
        List<string> problems = [];
        var importer = new Importer(http, device, credential, problem =>
        {
            if (problems.Count < ShownProblems) problems.Add(problem);
        });
        try
        {
            foreach (string path in paths)
                await Terminal.WithProgressAsync(Path.GetFileName(path), progress => importer.ImportAsync(path, result, progress, cancel));
        }
        catch (HttpRequestException failed)
        {
            throw new Complaint($"no answer from {server}: {failed.Message}");
        }
        finally
        {
            foreach (string problem in problems) await Console.Error.WriteLineAsync(problem);
            if (result.Bad > problems.Count) await Console.Error.WriteLineAsync($"… and {result.Bad - problems.Count} more");
        }
        await Console.Out.WriteLineAsync($"{result.Accepted} fixes imported, {result.Bad} lines not usable");
        return result.Accepted > 0 || result.Bad == 0 ? 0 : 1;
    }
}

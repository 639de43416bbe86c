using System.CommandLine;
using System.Net.Http.Headers;
using Tracking.Contracts;

namespace Tracking.Server.Commands;

/// <summary><c>tracking export</c>: a rep's track from a running server, as a file.</summary>
internal static class ExportCommand
{
    /// <summary>The command.</summary>
    public static Command Build()
    {
        var server = new Option<string>("--server") { Description = "The server", HelpName = "URL", DefaultValueFactory = static _ => "http://127.0.0.1:8080" };
        var token = new Option<string?>("--token") { Description = "API token", HelpName = "T" };
        var rep = new Option<string?>("--rep") { Description = "Whose track", HelpName = "R" };
        var from = new Option<string?>("--from") { Description = "First instant, ISO 8601", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "Last instant, ISO 8601, exclusive", HelpName = "TIME" };
        var format = new Option<string>("--format") { Description = "Form of the file", DefaultValueFactory = static _ => "gpx" };
        format.AcceptOnlyFromAmong("gpx", "csv", "geojson", "kml");
        var output = new Option<string?>("--out") { Description = "File; absent: standard output", HelpName = "FILE" };
        Option<string?> all = WholeInstallation.AllOption("Instead of a track: the whole installation of a stopped server into this file"), store = DataFolder.StoreOption();
        Option<string> data = DataFolder.DataOption();
        var command = new Command("export", "Exports a track, or a whole installation") { server, token, rep, from, to, format, output, all, data, store };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(all) is { } file) return await WholeInstallation.ExportAsync(WholeInstallation.PlaceOf(parsed.GetValue(data)!, parsed.GetValue(store)), file);
            if (parsed.GetValue(rep) is null || parsed.GetValue(token) is null) throw Complaint.Usage("--rep and --token are needed for a track, --all FILE for the whole installation.");
            string query = $"format={parsed.GetValue(format)}{Time("from", parsed.GetValue(from))}{Time("to", parsed.GetValue(to))}";
            var path = new Uri($"v1/reps/{Uri.EscapeDataString(parsed.GetValue(rep)!)}/track?{query}", UriKind.Relative);
            using Interruption interruption = Terminal.OnInterrupt();
            await DownloadAsync(Terminal.Address("--server", parsed.GetValue(server)!), path, parsed.GetValue(token)!, parsed.GetValue(output), interruption.Token);
            return 0;
        });
        return command;
    }

    private static string Time(string name, string? text)
    {
        if (text is null) return "";
        if (Instant.TryParse(text, out Instant instant)) return $"&{name}={instant}";
        throw Complaint.Usage($"--{name} must be ISO 8601, such as 2026-11-22T08:00:00Z, not '{text}'.");
    }

    private static async Task DownloadAsync(Uri server, Uri path, string token, string? output, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = server };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (!answer.IsSuccessStatusCode)
                throw new Complaint($"the server answers {(int)answer.StatusCode} {answer.ReasonPhrase}: {await answer.Content.ReadAsStringAsync(cancel)}");
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancel);
            await using Stream target = output is null ? Console.OpenStandardOutput() : File.Create(output);
            await Terminal.WithProgressAsync(output ?? "export", progress => CopyAsync(body, target, answer.Content.Headers.ContentLength, output is null ? null : progress, cancel));
        }
        catch (HttpRequestException failed)
        {
            throw new Complaint($"no answer from {server}: {failed.Message}");
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new Complaint($"'{output}' cannot be written: {refused.Message}");
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, long? length, Action<double>? progress, CancellationToken cancel)
    {
        var buffer = new byte[64 << 10];
        long copied = 0;
        for (int read = await from.ReadAsync(buffer, cancel); read > 0; read = await from.ReadAsync(buffer, cancel))
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            copied += read;
            if (length is > 0) progress?.Invoke((double)copied / length.Value);
        }
    }
}

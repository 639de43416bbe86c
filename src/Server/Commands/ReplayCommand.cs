using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Tracking.Server.Commands;

/// <summary><c>tracking replay</c>: has a running server derive a day again, and prints how it differs from what was told.</summary>
internal static class ReplayCommand
{
    /// <summary>The command.</summary>
    public static Command Build()
    {
        var server = new Option<string>("--server") { Description = "The server", HelpName = "URL", DefaultValueFactory = static _ => "http://127.0.0.1:8080" };
        var token = new Option<string>("--token") { Description = "API token", Required = true, HelpName = "T" };
        var rep = new Option<string>("--rep") { Description = "Whose day", Required = true, HelpName = "R" };
        var day = new Option<string>("--day") { Description = "Day of the rep's time zone, yyyy-MM-dd", Required = true, HelpName = "D" };
        var command = new Command("replay", "Derives a day again from the stored track and compares it with what was told") { server, token, rep, day };
        command.SetAction(async (parsed, _) =>
        {
            string date = parsed.GetValue(day)!;
            if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly _))
                throw Complaint.Usage($"--day must be a date such as 2026-11-22, not '{date}'.");
            var path = new Uri($"v1/reps/{Uri.EscapeDataString(parsed.GetValue(rep)!)}/days/{date}/replay", UriKind.Relative);
            using Interruption interruption = Terminal.OnInterrupt();
            return await AskAsync(Terminal.Address("--server", parsed.GetValue(server)!), path, parsed.GetValue(token)!, interruption.Token);
        });
        return command;
    }

    /// <summary>0: the same; 1: not.</summary>
    private static async Task<int> AskAsync(Uri server, Uri path, string token, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = server };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(path, cancel);
            string text = await answer.Content.ReadAsStringAsync(cancel);
            if (!answer.IsSuccessStatusCode) throw new Complaint($"the server answers {(int)answer.StatusCode} {answer.ReasonPhrase}: {text}");
            return Print(JsonElement.Parse(text));
        }
        catch (HttpRequestException failed)
        {
            throw new Complaint($"no answer from {server}: {failed.Message}");
        }
    }

    private static int Print(JsonElement replay)
    {
        foreach (JsonElement alert in replay.GetProperty("onlyLogged").EnumerateArray()) Console.WriteLine($"- {Shown(alert)}");
        foreach (JsonElement alert in replay.GetProperty("onlyDerived").EnumerateArray()) Console.WriteLine($"+ {Shown(alert)}");
        bool isSame = replay.GetProperty("same").GetBoolean();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(isSame ? "the same" : "not the same")}: {replay.GetProperty("derived").GetInt32()} events of {replay.GetProperty("fixes").GetInt32()} fixes, "
            + $"{replay.GetProperty("acceptedM").GetDouble():F2} m accepted, digest {replay.GetProperty("digest").GetString()}"));
        return isSame ? 0 : 1;
    }

    private static string Shown(JsonElement alert) =>
        $"{alert.GetProperty("at").GetString()} {alert.GetProperty("kind").GetString()} {(alert.TryGetProperty("geofenceId", out JsonElement fence) ? fence.GetString() : "")} {alert.GetProperty("data").GetRawText()}";
}

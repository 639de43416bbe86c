using System.CommandLine;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tracking.Tracker;

namespace Tracking.Server.Commands;

/// <summary><c>tracking claim</c>: works mileage claims out again, without the server that made them.</summary>
internal static class ClaimCommand
{
    private const int MaxDifferences = 20;

    /// <summary>The command.</summary>
    public static Command Build() => new("claim", "Checks mileage claims") { BuildVerify() };

    private static Command BuildVerify()
    {
        var file = new Argument<string>("FILE") { Description = "The claim's canonical text (format=text)" };
        var digest = new Option<string?>("--digest") { Description = "The digest that it must have", HelpName = "HEX" };
        var server = new Option<string?>("--server") { Description = "Ask this server too whether it still says the same", HelpName = "URL" };
        var token = new Option<string?>("--token") { Description = "API token for --server", HelpName = "T" };
        var command = new Command("verify", "Works a claim out again from its fixes, options and rates, and compares") { file, digest, server, token };
        command.SetAction(async (parsed, _) =>
        {
            string path = parsed.GetValue(file)!;
            byte[] text = await ReadAsync(path);
            string given = Convert.ToHexStringLower(SHA256.HashData(text));
            await Console.Out.WriteLineAsync($"digest {given}");
            bool isRight = await CompareAsync(text, path) & await IsExpectedAsync(given, parsed.GetValue(digest));
            if (parsed.GetValue(server) is { } address) isRight &= await AskAsync(Terminal.Address("--server", address), parsed.GetValue(token), text, given);
            await Console.Out.WriteLineAsync(isRight ? "verified" : "not verified");
            return isRight ? 0 : 1;
        });
        return command;
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        try
        {
            return await File.ReadAllBytesAsync(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new Complaint($"'{path}' cannot be read: {refused.Message}");
        }
    }

    private static async Task<bool> IsExpectedAsync(string given, string? expected)
    {
        if (expected is null || expected.Equals(given, StringComparison.OrdinalIgnoreCase)) return true;
        await Console.Out.WriteLineAsync($"expected digest {expected}");
        return false;
    }

    private static async Task<bool> CompareAsync(byte[] text, string path)
    {
        string[] lines = Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n');
        byte[] again;
        try
        {
            (again, _) = ClaimReader.Recompute(lines);
        }
        catch (FormatException wrong)
        {
            throw new Complaint($"'{path}' is no claim: {wrong.Message}");
        }
        if (text.AsSpan().SequenceEqual(again)) return true;
        string[] right = Encoding.UTF8.GetString(again).TrimEnd('\n').Split('\n');
        int told = 0;
        for (int i = 0; i < Math.Max(lines.Length, right.Length) && told < MaxDifferences; i++)
        {
            (string? was, string? now) = (lines.ElementAtOrDefault(i), right.ElementAtOrDefault(i));
            if (was == now) continue;
            told++;
            await Console.Out.WriteLineAsync($"line {i + 1}\n  claimed    {was}\n  worked out {now}");
        }
        if (told == 0) await Console.Out.WriteLineAsync("The text differs in its line ends only.");
        return false;
    }

    /// <summary>Asks a server for the same claim.</summary>
    private static async Task<bool> AskAsync(Uri server, string? token, byte[] text, string digest)
    {
        if (token is null) throw Complaint.Usage("--server needs --token.");
        string[] lines = Encoding.UTF8.GetString(text).Split('\n');
        string Value(string name) => lines.FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";
        string[] days = [.. lines.Where(static line => line.StartsWith("day ", StringComparison.Ordinal)).Select(static line => line.Split(' ')[1])];
        if (days.Length == 0) throw new Complaint("The claim has no days.");
        string path = $"v1/reps/{Uri.EscapeDataString(Value("rep"))}/claims?from={days[0]}&to={days[^1]}&vehicle={Uri.EscapeDataString(Value("vehicle"))}&digest={digest}";
        using var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            string body = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode) throw new Complaint($"the server answers {(int)answer.StatusCode} {answer.ReasonPhrase}: {body}");
            bool matches = JsonElement.Parse(body).GetProperty("matches").GetBoolean();
            await Console.Out.WriteLineAsync(matches ? "the server says the same" : "the server says something else now");
            return matches;
        }
        catch (HttpRequestException failed)
        {
            throw new Complaint($"no answer from {server}: {failed.Message}");
        }
    }
}

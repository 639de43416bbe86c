using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Tracking.Faults;

/// <summary>Compares what was sent with what is stored, what was raised with what each subscriber got, and one node with the other.</summary>
internal sealed class Verdict(Rig rig, List<Phone> phones, PhoneCounts counts)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private bool _isSound = true;

    /// <summary>The table.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Waits until everything has arrived, as long as that may take, and judges.</summary>
    public async Task<bool> JudgeAsync(TimeSpan most)
    {
        long began = Stopwatch.GetTimestamp();
        using HttpClient first = Client(rig.First), second = Client(rig.Second);
        List<JsonElement> alerts = [];
        bool isComplete = false;
        int driven = phones.Sum(static phone => phone.Crossings);
        while (!isComplete && Stopwatch.GetElapsedTime(began) < most)
        {
            await Task.Delay(LookEvery);
            isComplete = await TryAsync(async () =>
            {
                alerts = await PagesAsync(first, "/v1/alerts?limit=1000", "alerts");
                return alerts.Count(IsCrossing) >= driven && rig.Inboxes.TrueForAll(inbox => inbox.Count >= alerts.Count)
                    && await IsReadyAsync(first) && await IsReadyAsync(second) && await AreSameAsync(first, second) && await AreStoredAsync(first);
            });
        }
        Lines.Add(Invariant($"quiet after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s{(isComplete ? "" : ": NOT COMPLETE")}"));
        await JudgeFixesAsync(first);
        JudgeAlerts(alerts, driven);
        foreach (Inbox inbox in rig.Inboxes) Judge(inbox, alerts);
        bool isSame = await AreSameAsync(first, second);
        Require(isSame, Invariant($"nodes     both show the same {phones.Count} reps: {(isSame ? "yes" : "NO")}; ready: {await IsReadyAsync(first)}, {await IsReadyAsync(second)}"));
        (int starts, int deaths) = rig.Lives;
        Require(deaths == 0, Invariant($"server    starts {starts}, deaths of its own {deaths}"));
        Require(counts.Wrong.Count == 0, Invariant($"phones    requests without an answer {counts.Unanswered}, told to come later {counts.Busy}, wrong answers {counts.Wrong.Values.Sum()}")
            + string.Concat(counts.Wrong.Select(wrong => Invariant($" ({wrong.Key}: {wrong.Value})"))));
        return _isSound;
    }

    private async Task JudgeFixesAsync(HttpClient client)
    {
        int acknowledged = phones.Sum(static phone => phone.Acknowledged), stored = 0, missing = 0, doubled = 0, strange = 0;
        foreach (Phone phone in phones)
        {
            List<JsonElement> track = await TrackAsync(client, phone);
            stored += track.Count;
            var times = track.Select(static fix => fix.GetProperty("fixedAt").GetString()!).ToHashSet(StringComparer.Ordinal);
            doubled += track.Count - times.Count;
            strange += track.Count(static fix => fix.GetProperty("outcome").GetString() != "accepted");
            missing += Enumerable.Range(0, phone.Acknowledged).Count(fix => !times.Contains(phone.TimeOf(fix).ToString()));
        }
        Require(missing == 0 && doubled == 0 && strange == 0 && stored == acknowledged,
            Invariant($"fixes     acknowledged {acknowledged:N0}, stored {stored:N0}, missing {missing}, doubled {doubled}, not accepted {strange}"));
    }

    private void JudgeAlerts(List<JsonElement> alerts, int driven)
    {
        int crossings = 0, wrong = 0;
        foreach (IGrouping<string, JsonElement> rep in alerts.Where(IsCrossing).GroupBy(static alert => alert.GetProperty("repId").GetString()!))
        {
            string[] kinds = [.. rep.Select(static alert => alert.GetProperty("kind").GetString()!)];
            crossings += kinds.Length;
            wrong += kinds.Where((kind, place) => kind != (place % 2 == 0 ? "geofenceEntered" : "geofenceExited")).Count();
        }
        int doubled = alerts.Count - alerts.Select(static alert => alert.GetProperty("id").GetString()).Distinct().Count();
        Require(crossings == driven && wrong == 0 && doubled == 0, Invariant($"alerts    crossings driven {driven:N0}, raised {crossings:N0}, not in turn {wrong}, doubled {doubled}; of every kind {alerts.Count:N0}: ")
            + string.Join(", ", alerts.CountBy(static alert => alert.GetProperty("kind").GetString()!).Select(static kind => $"{kind.Key} {kind.Value}")));
    }

    private void Judge(Inbox inbox, List<JsonElement> alerts)
    {
        int missing = inbox.MissingOf(alerts.Select(static alert => alert.GetProperty("id").GetString()!));
        int invented = inbox.Count - (alerts.Count - missing), forged = inbox.Way == "webhook" ? rig.Forged : 0;
        Require(missing == 0 && inbox.OutOfOrder == 0 && invented == 0 && forged == 0,
            Invariant($"{inbox.Way + ":",-17} delivered {inbox.Count:N0}, missing {missing}, out of order per rep {inbox.OutOfOrder}, unknown to the log {invented}, again {inbox.Repeats}, in {inbox.Connections} connections or requests"));
    }

    private void Require(bool holds, string line)
    {
        _isSound &= holds;
        Lines.Add(holds ? line : line + "   <-- WRONG");
    }

    private async Task<bool> AreStoredAsync(HttpClient client)
    {
        foreach (Phone phone in phones)
        {
            string to = Uri.EscapeDataString(phone.TimeOf(phone.Acknowledged).ToString()), from = Uri.EscapeDataString(phone.TimeOf(phone.Acknowledged - 1).ToString());
            JsonElement page = await client.GetFromJsonAsync<JsonElement>($"/v1/reps/{phone.Id}/track?from={from}&to={to}");
            if (page.GetProperty("fixes").GetArrayLength() == 0) return false;
        }
        return true;
    }

    private static Task<List<JsonElement>> TrackAsync(HttpClient client, Phone phone) =>
        PagesAsync(client, $"/v1/reps/{phone.Id}/track?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=5000", "fixes");

    private static async Task<bool> AreSameAsync(HttpClient first, HttpClient second)
    {
        string[] here = await RepsAsync(first), there = await RepsAsync(second);
        return here.SequenceEqual(there);
    }

    private static async Task<string[]> RepsAsync(HttpClient client) =>
        [.. (await PagesAsync(client, "/v1/reps", "reps")).Select(static rep => rep.GetRawText()).Order(StringComparer.Ordinal)];

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString() == "ready";
    }

    private static async Task<bool> TryAsync(Func<Task<bool>> look)
    {
        try
        {
            return await look();
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static bool IsCrossing(JsonElement alert) => alert.GetProperty("kind").GetString()!.StartsWith("geofence", StringComparison.Ordinal);

    private static async Task<List<JsonElement>> PagesAsync(HttpClient client, string path, string key)
    {
        List<JsonElement> items = [];
        for (string? next = ""; next is not null;)
        {
            string after = next.Length == 0 ? "" : $"{(path.Contains('?', StringComparison.Ordinal) ? "&" : "?")}after={Uri.EscapeDataString(next)}";
            JsonElement page = await client.GetFromJsonAsync<JsonElement>(path + after);
            items.AddRange(page.GetProperty(key).EnumerateArray());
            next = page.TryGetProperty("next", out JsonElement cursor) && cursor.ValueKind != JsonValueKind.Null ? cursor.ToString() : null;
        }
        return items;
    }

    private HttpClient Client(Uri address)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", rig.Token);
        return client;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

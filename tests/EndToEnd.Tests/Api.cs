using System.Net.Http.Json;
using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>The reading side of the server, as a subscriber would use it.</summary>
public static class Api
{
    /// <summary>Every item of a list that is paged by cursor.</summary>
    public static async Task<List<JsonElement>> PagesAsync(this HttpClient client, string path, string key)
    {
        var items = new List<JsonElement>();
        for (string? next = null; ;)
        {
            string separator = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
            JsonElement page = await client.GetFromJsonAsync<JsonElement>(
                next is null ? path : $"{path}{separator}after={Uri.EscapeDataString(next)}");
            items.AddRange(page.GetProperty(key).EnumerateArray());
            if (!page.TryGetProperty("next", out JsonElement cursor) || cursor.ValueKind == JsonValueKind.Null) return items;
            next = cursor.ToString();
        }
    }

    public static Task<List<JsonElement>> TrackAsync(this HttpClient client, string repId) =>
        client.PagesAsync($"/v1/reps/{repId}/track?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=5000", "fixes");

    /// <summary>Polls until a condition holds for a value; fails after a while with the last value.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> holds, string what, int timeoutS = 60)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(timeoutS);
        while (true)
        {
            T value = await read();
            if (holds(value)) return value;
            Assert.True(DateTime.UtcNow < end, $"{what}: not within {timeoutS} s");
            await Task.Delay(100);
        }
    }
}

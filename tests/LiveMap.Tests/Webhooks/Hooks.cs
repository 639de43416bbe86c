using System.Text.Json;
using Tracking.LiveMap.Webhooks;

namespace Tracking.LiveMap.Tests.Webhooks;

/// <summary>What the tests of webhooks have in common.</summary>
internal static class Hooks
{
    /// <summary>Private targets, and short waits.</summary>
    public static WebhookOptions Options => new()
    {
        AllowPrivateTargets = true,
        AnswerTimeout = TimeSpan.FromMilliseconds(500),
        BackOffFirst = TimeSpan.FromMilliseconds(10),
        BackOffMost = TimeSpan.FromMilliseconds(40),
        RetryAfterMost = TimeSpan.FromMilliseconds(50),
        SaveInterval = TimeSpan.FromMilliseconds(20),
        RefreshInterval = TimeSpan.FromMilliseconds(200),
    };

    public static async Task<string> CreateAsync(this HttpClient client, string url, string more = "")
    {
        (int status, JsonElement body, _) = await client.SendAsync(HttpMethod.Post, "/v1/webhooks", $$"""{"url":"{{url}}"{{more}}}""");
        Assert.True(status == 201, $"{status} {body}");
        return body.GetProperty("id").GetString()!;
    }

    public static async Task<JsonElement> DoAsync(this HttpClient client, HttpMethod method, string path, string? json = null)
    {
        (int status, JsonElement body, _) = await client.SendAsync(method, path, json);
        Assert.True(status is >= 200 and < 300, $"{method} {path}: {status} {body}");
        return body;
    }

    public static async Task<JsonElement> DeliveryAsync(this HttpClient client, string id) =>
        (await client.GetJsonAsync("/v1/webhooks/" + id)).GetProperty("delivery");

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<ValueTask<bool>> holds, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            Assert.False(limit.IsCancellationRequested, what);
            await Task.Delay(15, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => ValueTask.FromResult(holds()), what);

    public static Task UntilDeliveryAsync(this HttpClient client, string id, Func<JsonElement, bool> holds, string what) =>
        UntilAsync(async () => holds(await client.DeliveryAsync(id)), what);

    public static string[] Names(int count, string prefix = "id-") => [.. Enumerable.Range(0, count).Select(i => prefix + i)];
}

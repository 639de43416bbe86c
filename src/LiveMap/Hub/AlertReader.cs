using System.Text.Json;
using System.Text.Json.Serialization;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.Store;

namespace Tracking.LiveMap.Hub;

/// <summary>Reads the alert log forwards for one viewer at a time, by scope.</summary>
internal sealed class AlertReader(AlertLog log, Registry registry)
{
    private const int Batch = 200;

    /// <summary>The cursor of the newest alert.</summary>
    public long NewestCursor => log.NewestCursor;

    /// <summary>Waits for alerts behind a cursor.</summary>
    /// <returns>Those that may be seen, perhaps none, and the cursor to go on from.</returns>
    public async ValueTask<(IReadOnlyList<StoredAlert> Alerts, long Cursor)> NextAsync(long after, Principal principal, CancellationToken cancel)
    {
        await log.WaitAsync(after, cancel);
        AlertPage page = await log.ReadPageAsync(after, Batch, AlertFilter.All, cancel);
        List<StoredAlert>? seen = null;
        foreach (StoredAlert stored in page.Alerts)
            if (principal.CanSee(registry, stored.Alert.RepId)) (seen ??= []).Add(stored);
        return (seen ?? (IReadOnlyList<StoredAlert>)[], page.Next);
    }
}

/// <summary>An alert as an argument of the hub: in both protocols what <c>GET /v1/alerts</c> shows.</summary>
[JsonConverter(typeof(AlertMessageConverter))]
internal sealed record AlertMessage(ReadOnlyMemory<byte> Json);

/// <summary>Writes an alert's shared bytes.</summary>
internal sealed class AlertMessageConverter : JsonConverter<AlertMessage>
{
    /// <inheritdoc/>
    public override AlertMessage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("alerts are only sent");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, AlertMessage value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
}

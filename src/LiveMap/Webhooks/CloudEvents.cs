using System.Buffers;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>A body that is ready to be sent.</summary>
/// <param name="Bytes">UTF-8.</param>
/// <param name="ContentType">Its media type.</param>
internal readonly record struct EventBody(ReadOnlyMemory<byte> Bytes, string ContentType);

/// <summary>Writes alerts as CloudEvents 1.0 in structured mode: one as an event, several as a batch.</summary>
/// <param name="source">The events' <c>source</c>.</param>
internal sealed class CloudEvents(string source)
{
    /// <summary>Bytes that an event takes beside its alert, about.</summary>
    public const int EnvelopeBytes = 300;

    private const string Single = "application/cloudevents+json; charset=utf-8", Batch = "application/cloudevents-batch+json; charset=utf-8";

    /// <summary>The body for alerts, at least one.</summary>
    public EventBody Of(IReadOnlyList<StoredAlert> alerts)
    {
        int bytes = 2;
        foreach (StoredAlert alert in alerts) bytes += alert.Json.Length + EnvelopeBytes;
        // Not pooled: a target that answers before it has read everything leaves the sending under way for a while.
        var buffer = new ArrayBufferWriter<byte>(bytes);
        using (var json = new Utf8JsonWriter(buffer, Json.Options))
        {
            if (alerts.Count > 1) json.WriteStartArray();
            foreach (StoredAlert alert in alerts) Write(json, alert);
            if (alerts.Count > 1) json.WriteEndArray();
        }
        return new EventBody(buffer.WrittenMemory, alerts.Count > 1 ? Batch : Single);
    }

    /// <summary>The body of an event that says nothing but that the way to the target is open.</summary>
    public EventBody OfTest(string webhookId, Instant now)
    {
        var buffer = new ArrayBufferWriter<byte>(EnvelopeBytes);
        using (var json = new Utf8JsonWriter(buffer, Json.Options))
        {
            WriteEnvelope(json, "test-" + Guid.CreateVersion7().ToString("N"), "tracking.test", webhookId, now);
            json.WriteStartObject("data"u8);
            json.WriteString("webhookId"u8, webhookId);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new EventBody(buffer.WrittenMemory, Single);
    }

    private void Write(Utf8JsonWriter json, StoredAlert stored)
    {
        WriteEnvelope(json, stored.Alert.Id, "tracking.alert." + stored.Alert.Kind, stored.Alert.RepId, stored.Alert.At);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(stored.Json.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    private void WriteEnvelope(Utf8JsonWriter json, string id, string type, string subject, Instant time)
    {
        json.WriteStartObject();
        json.WriteString("specversion"u8, "1.0"u8);
        json.WriteString("id"u8, id);
        json.WriteString("source"u8, source);
        json.WriteString("type"u8, type);
        json.WriteString("subject"u8, subject);
        json.WriteInstant("time"u8, time);
        json.WriteString("datacontenttype"u8, "application/json"u8);
    }
}

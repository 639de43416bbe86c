using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Http;

namespace Tracking.LiveMap.Api;

/// <summary>
/// The one JSON form of an alert. The bytes are made once an alert, and shared by the list, the streams and the hub for as
/// long as the log keeps it in memory.
/// </summary>
internal static class AlertJson
{
    private static readonly ConditionalWeakTable<Alert, byte[]> Made = [];
    private static readonly JsonElement NoData = JsonElement.Parse("{}");

    /// <summary>The alert as UTF-8, without line breaks.</summary>
    public static byte[] Utf8(Alert alert) => Made.GetValue(alert, static alert =>
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json.Options))
        {
            Alert written = alert.Data.ValueKind == JsonValueKind.Undefined ? alert with { Data = NoData } : alert;
            JsonSerializer.Serialize(json, written, ContractsJsonContext.Default.Alert);
        }
        return buffer.WrittenSpan.ToArray();
    });
}

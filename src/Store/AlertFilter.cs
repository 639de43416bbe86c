using System.Text.Encodings.Web;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>The limits of the alert log.</summary>
public sealed record AlertLogOptions
{
    /// <summary>How long alerts are kept, counted from when they were written.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>How many of the newest alerts stay in memory.</summary>
    public int MaxRecent { get; init; } = 20_000;
}

/// <summary>Which alerts.</summary>
public sealed record AlertFilter
{
    /// <summary>All of them.</summary>
    public static readonly AlertFilter All = new();

    /// <summary>Kinds; empty: all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Of one rep.</summary>
    public string? RepId { get; init; }

    /// <summary>First <see cref="Alert.At"/>.</summary>
    public Instant? From { get; init; }

    /// <summary>Last <see cref="Alert.At"/>, exclusive.</summary>
    public Instant? To { get; init; }

    /// <summary>Whether an alert passes.</summary>
    public bool Passes(Alert alert) =>
        (RepId is null || RepId == alert.RepId) && !(alert.At < From) && !(alert.At >= To) && (Kinds.Count == 0 || HasKind(alert.Kind));

    private bool HasKind(string kind)
    {
        for (int i = 0; i < Kinds.Count; i++)
        {
            if (Kinds[i] == kind) return true;
        }
        return false;
    }
}

/// <summary>An alert as it lies in the log.</summary>
/// <param name="Alert">The alert, with its cursor.</param>
/// <param name="Json">The same as UTF-8 JSON, made once: whoever streams alerts sends these bytes.</param>
public readonly record struct StoredAlert(Alert Alert, ReadOnlyMemory<byte> Json)
{
    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    /// <summary>Text other than ASCII stays readable; the bytes are never parts of HTML.</summary>
    private static readonly ContractsJsonContext Readable =
        new(new JsonSerializerOptions(ContractsJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>An alert at a place of the log.</summary>
    internal static StoredAlert Of(Alert alert, long cursor)
    {
        Alert placed = alert with { Cursor = cursor, Data = alert.Data.ValueKind == JsonValueKind.Undefined ? EmptyObject : alert.Data };
        return new StoredAlert(placed, JsonSerializer.SerializeToUtf8Bytes(placed, Readable.Alert));
    }

    /// <summary>An alert from its JSON.</summary>
    public static StoredAlert From(ReadOnlyMemory<byte> json) =>
        new(JsonSerializer.Deserialize(json.Span, ContractsJsonContext.Default.Alert) ?? throw new InvalidDataException("An alert is null."), json);
}

/// <summary>A part of the alert log.</summary>
/// <param name="Alerts">Oldest first.</param>
/// <param name="Next">The cursor to go on from: everything up to it has been looked at, whether it passed the filter or not.</param>
public sealed record AlertPage(IReadOnlyList<StoredAlert> Alerts, long Next);

using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>What a definition defines. The numbers are kept in the database.</summary>
public enum DefinitionKind : byte
{
    /// <summary>When reps are on duty.</summary>
    Shift = 1,
    /// <summary>Which customers are to be visited, how often.</summary>
    Plan = 2,
    /// <summary>What a kilometre is worth.</summary>
    Rates = 3,
    /// <summary>How long data are kept.</summary>
    Retention = 4,
}

/// <summary>
/// A small document that people write and the server obeys. Immutable; a change makes a new one with a higher version. Whoever
/// owns the kind checks the text before it is put, and reads it where it is used.
/// </summary>
/// <param name="Kind">What it defines.</param>
/// <param name="Id">Opaque, unique within its kind: 1 to 64 printable characters.</param>
/// <param name="Version">1 when created, one more with each change; goes on when an id comes back after it was deleted.</param>
/// <param name="Json">The document, a JSON object in UTF-8.</param>
public sealed record Definition(DefinitionKind Kind, string Id, long Version, ReadOnlyMemory<byte> Json);

/// <summary>A definition was created, changed or deleted, and trackers are to know it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Id">Its id.</param>
/// <param name="Definition">What it is from now on; null: deleted.</param>
/// <param name="At">When, by the server's clock.</param>
public sealed record DefinitionChange(DefinitionKind Kind, string Id, Definition? Definition, Instant At)
{
    /// <summary>As the journal keeps it: <c>{"kind","id","at","version"?,"json"?}</c>, <c>kind</c> a number and <c>at</c> in epoch milliseconds.</summary>
    public byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("kind"u8, (int)Kind);
            writer.WriteString("id"u8, Id);
            writer.WriteNumber("at"u8, At.EpochMs);
            if (Definition is { } definition)
            {
                writer.WriteNumber("version"u8, definition.Version);
                writer.WritePropertyName("json"u8);
                writer.WriteRawValue(definition.Json.Span, skipInputValidation: true);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a change; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out DefinitionChange? change)
    {
        change = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            JsonElement root = document.RootElement;
            var kind = (DefinitionKind)root.GetProperty("kind"u8).GetByte();
            string id = root.GetProperty("id"u8).GetString()!;
            var at = new Instant(root.GetProperty("at"u8).GetInt64());
            Definition? definition = root.TryGetProperty("json"u8, out JsonElement json)
                ? new Definition(kind, id, root.GetProperty("version"u8).GetInt64(), Encoding.UTF8.GetBytes(json.GetRawText()))
                : null;
            change = new DefinitionChange(kind, id, definition, at);
            return true;
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}

/// <summary>Definitions in memory: replaced as a whole, so that readers need no lock.</summary>
internal sealed class DefinitionMap
{
    private static readonly ImmutableSortedDictionary<string, Definition> Empty =
        ImmutableSortedDictionary.Create<string, Definition>(StringComparer.Ordinal);

    private readonly ImmutableSortedDictionary<string, Definition>[] _byKind = new ImmutableSortedDictionary<string, Definition>[byte.MaxValue + 1];
    private readonly Definition[]?[] _lists = new Definition[]?[byte.MaxValue + 1];

    private ImmutableSortedDictionary<string, Definition> Of(DefinitionKind kind) => Volatile.Read(ref _byKind[(int)kind]) ?? Empty;

    /// <summary>A kind's definitions, ordered by id; the same list until one of them changes.</summary>
    public IReadOnlyList<Definition> List(DefinitionKind kind) => Volatile.Read(ref _lists[(int)kind]) ?? [];

    /// <summary>The definition with an id; null: none.</summary>
    public Definition? Find(DefinitionKind kind, string id) => Of(kind).GetValueOrDefault(id);

    /// <summary>How many there are of a kind.</summary>
    public int Count(DefinitionKind kind) => Of(kind).Count;

    /// <summary>Takes rows as they were written; one writer at a time.</summary>
    public void Take(IReadOnlyList<DefinitionRow> rows)
    {
        foreach (IGrouping<DefinitionKind, DefinitionRow> some in rows.GroupBy(static row => row.Kind))
        {
            ImmutableSortedDictionary<string, Definition>.Builder kind = Of(some.Key).ToBuilder();
            foreach (DefinitionRow row in some)
            {
                if (row.Json is null) kind.Remove(row.Id);
                else kind[row.Id] = new Definition(row.Kind, row.Id, row.Version, row.Json);
            }
            Volatile.Write(ref _byKind[(int)some.Key], kind.ToImmutable());
            Volatile.Write(ref _lists[(int)some.Key], [.. kind.Values]);
        }
    }
}

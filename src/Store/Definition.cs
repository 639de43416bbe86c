using System.Collections.Immutable;

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

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    private readonly DefinitionMap _definitions = new();

    /// <summary>All definitions of a kind, ordered by id; the same list until one of them changes.</summary>
    public IReadOnlyList<Definition> Definitions(DefinitionKind kind) => _definitions.List(kind);

    /// <summary>The definition with an id; null: none.</summary>
    public Definition? FindDefinition(DefinitionKind kind, string id) => _definitions.Find(kind, id);

    /// <summary>Creates or replaces a definition; its version is given here.</summary>
    /// <param name="kind">What it defines.</param>
    /// <param name="id">1 to 64 printable characters.</param>
    /// <param name="json">The document, checked by whoever owns the kind.</param>
    /// <param name="expectedVersion">The version that it must have now (0: must not exist); null: any.</param>
    /// <param name="stored">What it is now.</param>
    /// <param name="actor">Who does this, for the audit log.</param>
    /// <returns>False: the version is another; nothing was written.</returns>
    /// <exception cref="ArgumentException">The id is not fit.</exception>
    /// <exception cref="InvalidOperationException">There would be more than <see cref="RegistryOptions.MaxDefinitions"/> of the kind; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public bool TryPutDefinition(DefinitionKind kind, string id, ReadOnlyMemory<byte> json, long? expectedVersion,
        [NotNullWhen(true)] out Definition? stored, string actor = ServerActor)
    {
        CheckId(id);
        byte[] text = json.ToArray();
        stored = Write(transaction =>
        {
            (long version, bool exists) = transaction.FindDefinition(kind, id);
            if (expectedVersion is { } expected && expected != (exists ? version : 0)) return null;
            if (!exists && _definitions.Count(kind) >= _options.MaxDefinitions)
                throw new InvalidOperationException($"There may be {_options.MaxDefinitions} definitions of a kind at the most.");
            var row = new DefinitionRow(kind, id, version + 1, text);
            transaction.PutDefinition(row);
            transaction.Audit(EntryOf(AuditAction.DefinitionPut, row, actor));
            return new Definition(kind, id, row.Version, text);
        });
        return stored is not null;
    }

    /// <summary>Deletes a definition; null: there is none with that id, or its version is another.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Definition? DeleteDefinition(DefinitionKind kind, string id, long? expectedVersion, string actor = ServerActor)
    {
        if (FindDefinition(kind, id) is null) PollSafely();
        return Write(transaction =>
        {
            (long version, bool exists) = transaction.FindDefinition(kind, id);
            if (!exists || (expectedVersion is { } expected && expected != version)) return null;
            Definition? before = FindDefinition(kind, id);
            var row = new DefinitionRow(kind, id, version, null);
            transaction.PutDefinition(row);
            transaction.Audit(EntryOf(AuditAction.DefinitionDeleted, row, actor));
            return before;
        });
    }

    private AuditEntry EntryOf(string action, in DefinitionRow row, string actor) =>
        AuditEntry.Of(Instant.Now(_clock), actor, action, row.Id,
            ("kind", row.Kind.ToString().ToLowerInvariant()), ("version", row.Version.ToString(CultureInfo.InvariantCulture)));
}

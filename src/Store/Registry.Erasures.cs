using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    private static readonly JsonSerializerOptions ReadableJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SortedDictionary<int, ErasureRow> _erasures = [];
    // Replaced as a whole, because every fix asks.
    private HashSet<int> _erased = [];

    /// <summary>All erasures, by key.</summary>
    public IReadOnlyList<Erasure> Erasures
    {
        get
        {
            lock (_gate) return [.. _erasures.Values.Select(static e => new Erasure(e.RepKey, e.RequestedAt, e.Actor, ErasureReport.Read(e.Report), e.DoneAt))];
        }
    }

    /// <summary>Whether a rep's data were erased or are being erased: whatever of it still comes is to be dropped.</summary>
    public bool IsErased(int repKey) => Volatile.Read(ref _erased) is { Count: > 0 } erased && erased.Contains(repKey);

    /// <summary>
    /// Takes a person out of the registry and has all data erased, in the background and everywhere. From here on the rep and its
    /// devices are unknown, its secrets open nothing, and tokens that are for this rep alone end.
    /// </summary>
    /// <param name="repId">Who.</param>
    /// <param name="actor">Who asks for it, for the audit log.</param>
    /// <returns>The erasure; null: there is no rep with that id.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public Erasure? Erase(string repId, string actor = ServerActor)
    {
        if (FindRep(repId) is null) PollSafely();
        if (FindRep(repId) is not { } rep) return null;
        var person = new ErasedPerson(rep.Key, rep.Id, rep.Name, [.. Devices.Where(d => d.RepKey == rep.Key).Select(static d => d.Id)]);
        var row = new ErasureRow(rep.Key, Instant.Now(_clock), actor, JsonSerializer.Serialize(person, ErasureJson.Default.ErasedPerson), ErasureReport.None.ToJson(), null);
        Write(transaction =>
        {
            transaction.PutErasure(row);
            transaction.Bury(rep.Key, rep.Id, Erasure.TombstoneOf(rep.Key), row.RequestedAt);
            transaction.Audit(AuditEntry.Of(row.RequestedAt, actor, AuditAction.ErasureRequested, FormattableString.Invariant($"rep key {rep.Key}")));
            return true;
        });
        ForgetInDefinitions(person);
        return new Erasure(row.RepKey, row.RequestedAt, actor, ErasureReport.None, null);
    }

    /// <summary>Whose erasures are not done.</summary>
    internal IReadOnlyList<ErasedPerson> OpenErasures()
    {
        lock (_gate) return [.. _erasures.Values.Where(static e => e.Person is not null).Select(static e => JsonSerializer.Deserialize(e.Person!, ErasureJson.Default.ErasedPerson)!)];
    }

    /// <summary>An erasure as it is now, whoever wrote last.</summary>
    internal Erasure ReadErasure(int repKey)
    {
        PollSafely();
        return Erasures.First(e => e.RepKey == repKey);
    }

    /// <summary>Keeps what was found, before it is erased.</summary>
    internal void KeepReport(int repKey, ErasureReport report) => Write(transaction =>
    {
        transaction.PutErasure(_erasures[repKey] with { Report = report.ToJson() });
        return true;
    });

    /// <summary>Notes that a node has erased what lies in its folder.</summary>
    internal void KeepErasurePart(int repKey, string node, long found) => Write(transaction =>
    {
        transaction.PutErasurePart(repKey, node, Instant.Now(_clock), found);
        return true;
    });

    /// <summary>Takes the person's words out of the audit log, and out of geofences and definitions that name him; how many entries were changed.</summary>
    internal long ForgetWords(ErasedPerson person)
    {
        ForgetInDefinitions(person);
        string tombstone = Erasure.TombstoneOf(person.RepKey);
        return Write(transaction =>
        {
            long changed = 0;
            foreach (string word in person.Words) changed += transaction.RedactAudit(word, JsonSerializer.Serialize(word, ReadableJson), tombstone);
            return changed;
        });
    }

    // A list that becomes empty would concern everybody, so the place of the name is kept.
    private void ForgetInDefinitions(ErasedPerson person)
    {
        string tombstone = Erasure.TombstoneOf(person.RepKey);
        Geofence[] fences = [.. Geofences.Where(f => f.Reps.Contains(person.RepId)).Select(f => f with { Reps = [.. f.Reps.Select(r => r == person.RepId ? tombstone : r)] })];
        if (fences.Length > 0) TryPutGeofences(fences, null, out _);
        foreach (DefinitionKind kind in Enum.GetValues<DefinitionKind>())
        {
            foreach (Definition definition in Definitions(kind).ToArray())
            {
                if (definition.Id == person.RepId) DeleteDefinition(kind, definition.Id, null);
                else if (Without(definition.Json.Span, person.RepId, tombstone) is { } json) TryPutDefinition(kind, definition.Id, json, null, out _);
            }
        }
    }

    /// <summary>A JSON document with another word in the place of one; null: it does not hold the word.</summary>
    internal static byte[]? Without(ReadOnlySpan<byte> json, string word, string by) =>
        JsonNode.Parse(json) is { } node && Replace(ref node, word, by) ? Encoding.UTF8.GetBytes(node.ToJsonString(ReadableJson)) : null;

    private static bool Replace(ref JsonNode node, string word, string by)
    {
        bool replaced = false;
        switch (node)
        {
            case JsonObject fields:
                foreach ((string name, JsonNode? value) in fields.ToArray())
                {
                    if (value is { } child && Replace(ref child, word, by))
                    {
                        replaced = true;
                        if (!ReferenceEquals(child, value)) fields[name] = child;
                    }
                    if (name != word) continue;
                    JsonNode? moved = fields[name];
                    fields.Remove(name);
                    fields[by] = moved;
                    replaced = true;
                }
                break;
            case JsonArray items:
                for (int i = 0; i < items.Count; i++)
                {
                    if (items[i] is not { } child || !Replace(ref child, word, by)) continue;
                    replaced = true;
                    if (!ReferenceEquals(child, items[i])) items[i] = child;
                }
                break;
            case JsonValue value when value.TryGetValue(out string? text) && text == word:
                node = JsonValue.Create(by);
                replaced = true;
                break;
        }
        return replaced;
    }

    /// <summary>Ends an erasure when every node has done its part: whose it was is forgotten. False: a node has not.</summary>
    internal bool TryFinishErasure(int repKey, ErasureReport report)
    {
        ErasureRow row;
        lock (_gate) row = _erasures[repKey] with { Person = null, DoneAt = Instant.Now(_clock) };
        return Write<Erasure?>(transaction =>
        {
            if (transaction.FoundOnNodes(repKey) is not { } found) return null;
            report = report.With("quarantined", found);
            transaction.PutErasure(row with { Report = report.ToJson() });
            transaction.Audit(AuditEntry.Of(row.DoneAt!.Value, row.Actor, AuditAction.RepErased, FormattableString.Invariant($"rep key {repKey}"),
                [.. report.Counts.Select(static c => (c.Key, (string?)c.Value.ToString(System.Globalization.CultureInfo.InvariantCulture))), ("trackSha256", report.TrackSha256)]));
            return new Erasure(repKey, row.RequestedAt, row.Actor, report, row.DoneAt);
        }) is not null;
    }

    private void TakeErasures(List<ErasureRow> rows)
    {
        if (rows.Count == 0) return;
        foreach (ErasureRow row in rows) _erasures[row.RepKey] = row;
        Volatile.Write(ref _erased, [.. _erasures.Keys]);
        foreach (ErasureRow row in rows) _reps.Remove(row.RepKey);
    }
}

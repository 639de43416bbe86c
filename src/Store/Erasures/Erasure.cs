using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>The erasure of all data of a person, asked for or done. It names nobody.</summary>
/// <param name="RepKey">The rep's key, which stays and is given to nobody else.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="Report">How much was found where.</param>
/// <param name="DoneAt">When everything was gone everywhere; null: not yet.</param>
public sealed record Erasure(int RepKey, Instant RequestedAt, string Actor, ErasureReport Report, Instant? DoneAt)
{
    // What nobody can call himself.
    internal static string TombstoneOf(int repKey) => string.Create(CultureInfo.InvariantCulture, $"\u0001erased-{repKey}");
}

/// <summary>What was erased: the proof, without anything of the person in it.</summary>
/// <param name="Counts">How much was found in each place.</param>
/// <param name="TrackSha256">The digest of the track in the form of an archive, taken before it was erased; null: not taken yet.</param>
public sealed record ErasureReport(IReadOnlyDictionary<string, long> Counts, string? TrackSha256)
{
    /// <summary>The first and the last instant of the track, while it is being erased.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FirstMs { get; init; }

    /// <inheritdoc cref="FirstMs"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? LastMs { get; init; }

    internal static readonly ErasureReport None = new(new Dictionary<string, long>(), null);

    internal ErasureReport With(string place, long more)
    {
        var counts = new SortedDictionary<string, long>(Counts.ToDictionary(), StringComparer.Ordinal);
        counts[place] = counts.GetValueOrDefault(place) + more;
        return this with { Counts = counts };
    }

    internal string ToJson() => JsonSerializer.Serialize(this, ErasureJson.Default.ErasureReport);

    internal static ErasureReport Read(string json) => JsonSerializer.Deserialize(json, ErasureJson.Default.ErasureReport) ?? None;
}

/// <summary>Whose data are erased; forgotten when they are.</summary>
/// <param name="RepKey">The rep's key.</param>
/// <param name="RepId">What the rep was called.</param>
/// <param name="RepName">The rep's name.</param>
/// <param name="DeviceIds">What the rep's devices called themselves.</param>
public sealed record ErasedPerson(int RepKey, string RepId, string RepName, IReadOnlyList<string> DeviceIds)
{
    /// <summary>Every word that tells who it was, a scope of the rep alone included; each once.</summary>
    internal IEnumerable<string> Words => DeviceIds.Prepend(RepName).Prepend(RepId).Append("rep:" + RepId).Where(static w => w.Length > 0).Distinct(StringComparer.Ordinal);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ErasureReport))]
[JsonSerializable(typeof(ErasedPerson))]
internal sealed partial class ErasureJson : JsonSerializerContext;

/// <summary>An erasure as it is kept.</summary>
/// <param name="RepKey">The rep's key.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="Person">Whose it is, as JSON; null: done.</param>
/// <param name="Report">How much was found, as JSON.</param>
/// <param name="DoneAt">When it was done.</param>
internal readonly record struct ErasureRow(int RepKey, Instant RequestedAt, string Actor, string? Person, string Report, Instant? DoneAt);

/// <summary>A place outside the store that holds data of people, such as the live map or Redis.</summary>
/// <param name="Name">For the report.</param>
/// <param name="IsShared">Whether all nodes have one; else each node has its own.</param>
/// <param name="EraseAsync">Erases a person there, and tells how much there was. Throws when it cannot be done now, and is asked again.</param>
public sealed record ErasurePlace(string Name, bool IsShared, Func<ErasedPerson, CancellationToken, ValueTask<long>> EraseAsync);

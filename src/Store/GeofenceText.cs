using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>The form in which geofences are kept: JSON, so that a file can be read and mended by hand.</summary>
internal static class GeofenceText
{
    private static readonly JsonTypeInfo<Geofence> TypeInfo = (JsonTypeInfo<Geofence>)new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = GeofenceJson.Default.WithAddedModifier(NameShapes),
    }.GetTypeInfo(typeof(Geofence));

    public static byte[] Write(Geofence geofence) => JsonSerializer.SerializeToUtf8Bytes(geofence, TypeInfo);

    public static Geofence Read(ReadOnlySpan<byte> text) =>
        JsonSerializer.Deserialize(text, TypeInfo) ?? throw new JsonException("null is no geofence");

    /// <summary>The text with another word in the place of a rep's id; null: it does not name the rep.</summary>
    public static byte[]? Without(ReadOnlySpan<byte> text, string repId, string tombstone) =>
        Read(text) is var fence && fence.Reps.Contains(repId) ? Write(fence with { Reps = [.. fence.Reps.Select(r => r == repId ? tombstone : r)] }) : null;

    private static void NameShapes(JsonTypeInfo info)
    {
        if (info.Type != typeof(GeoShape)) return;
        info.PolymorphismOptions = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = "shape",
            DerivedTypes =
            {
                new JsonDerivedType(typeof(CircleShape), "circle"),
                new JsonDerivedType(typeof(CorridorShape), "corridor"),
                new JsonDerivedType(typeof(PolygonShape), "polygon"),
            },
        };
    }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Geofence))]
[JsonSerializable(typeof(CircleShape))]
[JsonSerializable(typeof(CorridorShape))]
[JsonSerializable(typeof(PolygonShape))]
internal sealed partial class GeofenceJson : JsonSerializerContext;

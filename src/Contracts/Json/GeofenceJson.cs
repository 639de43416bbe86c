using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>
/// Geofences as GeoJSON, both ways. A <c>Point</c> with the property <c>radiusM</c> is a circle, a <c>LineString</c> with
/// <c>widthM</c> a corridor, <c>Polygon</c> and <c>MultiPolygon</c> are themselves. Bad content gives errors with the path of
/// the field and its value, never an exception.
/// </summary>
public static partial class GeofenceJson
{
    /// <summary>Vertices that one document may have, over all its features' rings and lines.</summary>
    public const int MaxVertices = 100_000;

    /// <summary>Features that one collection may have.</summary>
    public const int MaxFeatures = 100_000;

    /// <summary>Characters of an id or a rep's id; at least one.</summary>
    public const int MaxIdChars = 128;

    /// <summary>Characters of a name.</summary>
    public const int MaxNameChars = 256;

    /// <summary>Metres; the smallest radius and width.</summary>
    public const double MinSizeM = 1;

    /// <summary>Metres; the largest radius.</summary>
    public const double MaxRadiusM = 500_000;

    /// <summary>Metres; the largest full width of a corridor.</summary>
    public const double MaxWidthM = 100_000;

    private static readonly JsonDocumentOptions ParseOptions = new() { MaxDepth = 32 };

    /// <summary>Reads one feature.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="geofence">Key 0; version 1 unless given; an empty id when none is given, for the caller to make one.</param>
    /// <param name="errors">Empty when it could be read.</param>
    public static bool TryRead(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out Geofence? geofence, out IReadOnlyList<FieldError> errors)
    {
        geofence = null;
        if (!TryParse(utf8, out JsonDocument? document, out errors)) return false;
        using (document) return TryRead(document.RootElement, out geofence, out errors);
    }

    /// <summary>Reads one feature out of a document that is parsed already.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="geofence">Key 0; version 1 unless given; an empty id when none is given, for the caller to make one.</param>
    /// <param name="errors">Empty when it could be read.</param>
    public static bool TryRead(JsonElement feature, [NotNullWhen(true)] out Geofence? geofence, out IReadOnlyList<FieldError> errors)
    {
        var reader = new GeofenceReader();
        geofence = reader.ReadOne(feature);
        errors = reader.Errors.All;
        return geofence is not null;
    }

    /// <summary>Reads a feature or a feature collection; all of it or nothing.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="geofences">In the order of the document; see <see cref="TryRead(ReadOnlyMemory{byte}, out Geofence?, out IReadOnlyList{FieldError})"/>.</param>
    /// <param name="errors">Empty when it could be read; the first 100 otherwise.</param>
    public static bool TryReadAll(ReadOnlyMemory<byte> utf8, out IReadOnlyList<Geofence> geofences, out IReadOnlyList<FieldError> errors)
    {
        geofences = [];
        if (!TryParse(utf8, out JsonDocument? document, out errors)) return false;
        using (document) return TryReadAll(document.RootElement, out geofences, out errors);
    }

    /// <summary>Reads a feature or a feature collection out of a document that is parsed already; all of it or nothing.</summary>
    /// <param name="root">The feature or collection.</param>
    /// <param name="geofences">In the order of the document.</param>
    /// <param name="errors">Empty when it could be read; the first 100 otherwise.</param>
    public static bool TryReadAll(JsonElement root, out IReadOnlyList<Geofence> geofences, out IReadOnlyList<FieldError> errors)
    {
        var reader = new GeofenceReader();
        List<Geofence> read = reader.ReadAll(root);
        errors = reader.Errors.All;
        geofences = errors.Count == 0 ? read : [];
        return errors.Count == 0;
    }

    private static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out JsonDocument? document, out IReadOnlyList<FieldError> errors)
    {
        errors = [];
        try
        {
            document = JsonDocument.Parse(utf8, ParseOptions);
            return true;
        }
        catch (JsonException refused)
        {
            document = null;
            errors = [new FieldError("", $"not JSON, or nested deeper than {ParseOptions.MaxDepth}: line {refused.LineNumber + 1}, byte {refused.BytePositionInLine}")];
            return false;
        }
    }
}

using System.Text.Json;

namespace Tracking.Contracts;

internal sealed partial class GeofenceReader
{
    private GeoShape? ReadGeometry(JsonElement feature, string path, JsonElement properties, string propertiesAt)
    {
        string at = Member(path, "geometry");
        if (!feature.TryGetProperty("geometry"u8, out JsonElement geometry) || geometry.ValueKind != JsonValueKind.Object)
        {
            Errors.Add(at, "a GeoJSON geometry is expected", Shown(geometry));
            return null;
        }
        geometry.TryGetProperty("type"u8, out JsonElement type);
        string? kind = TextOf(type);
        if (kind is not ("Point" or "LineString" or "Polygon" or "MultiPolygon"))
        {
            Errors.Add(Member(at, "type"), "must be Point, LineString, Polygon or MultiPolygon", Shown(type));
            return null;
        }
        string coordinatesAt = Member(at, "coordinates");
        if (!geometry.TryGetProperty("coordinates"u8, out JsonElement coordinates) || coordinates.ValueKind != JsonValueKind.Array)
        {
            Errors.Add(coordinatesAt, "an array is expected", Shown(coordinates));
            return null;
        }
        return kind switch
        {
            "Point" => ReadCircle(coordinates, coordinatesAt, properties, propertiesAt),
            "LineString" => ReadCorridor(coordinates, coordinatesAt, properties, propertiesAt),
            "Polygon" => ReadPolygon(coordinates, coordinatesAt) is { } polygon ? new PolygonShape([polygon]) : null,
            _ => ReadMultiPolygon(coordinates, coordinatesAt),
        };
    }

    private CircleShape? ReadCircle(JsonElement coordinates, string at, JsonElement properties, string propertiesAt)
    {
        double? radiusM = ReadSize(properties, "radiusM", propertiesAt, GeofenceJson.MaxRadiusM, "a Point");
        return ReadPoint(coordinates, at) is { } center && radiusM is { } known ? new CircleShape(center, known) : null;
    }

    private CorridorShape? ReadCorridor(JsonElement coordinates, string at, JsonElement properties, string propertiesAt)
    {
        double? widthM = ReadSize(properties, "widthM", propertiesAt, GeofenceJson.MaxWidthM, "a LineString");
        if (ReadLine(coordinates, at) is not { } line) return null;
        if (line.Count < 2)
        {
            Errors.Add(at, "a line needs two different positions", Shown(coordinates));
            return null;
        }
        return widthM is { } known ? new CorridorShape(line, known) : null;
    }

    private double? ReadSize(JsonElement properties, string name, string at, double max, string of)
    {
        if (TryGet(properties, name, out _)) return ReadNumber(properties, name, at, GeofenceJson.MinSizeM, max);
        Errors.Add(Member(at, name), $"needed for {of}, in metres");
        return null;
    }

    private PolygonShape? ReadMultiPolygon(JsonElement coordinates, string at)
    {
        var polygons = new List<PolygonRings>();
        int index = 0;
        foreach (JsonElement element in coordinates.EnumerateArray())
        {
            if (ReadPolygon(element, $"{at}[{index++}]") is not { } polygon) return null;
            polygons.Add(polygon);
        }
        if (polygons.Count > 0) return new PolygonShape(polygons);
        Errors.Add(at, "at least one polygon", Shown(coordinates));
        return null;
    }

    private PolygonRings? ReadPolygon(JsonElement rings, string at)
    {
        if (rings.ValueKind != JsonValueKind.Array || rings.GetArrayLength() == 0)
        {
            Errors.Add(at, "an array of rings, the outer one first, is expected", Shown(rings));
            return null;
        }
        IReadOnlyList<GeoPoint>? outer = null;
        var holes = new List<IReadOnlyList<GeoPoint>>();
        int index = 0;
        foreach (JsonElement element in rings.EnumerateArray())
        {
            if (ReadRing(element, $"{at}[{index++}]") is not { } ring) return null;
            if (outer is null) outer = ring;
            else holes.Add(ring);
        }
        return new PolygonRings(outer!, holes);
    }

    private List<GeoPoint>? ReadRing(JsonElement coordinates, string at)
    {
        if (ReadLine(coordinates, at) is not { } ring) return null;
        if (ring.Count > 1 && ring[^1] == ring[0]) ring.RemoveAt(ring.Count - 1);
        if (ring.Count >= 3 && ring.Distinct().Take(3).Count() == 3) return ring;
        Errors.Add(at, "a ring needs three different positions", Shown(coordinates));
        return null;
    }

    /// <summary>Reads positions; one that repeats the one before it says nothing and is left out.</summary>
    private List<GeoPoint>? ReadLine(JsonElement coordinates, string at)
    {
        if (coordinates.ValueKind != JsonValueKind.Array)
        {
            Errors.Add(at, "an array of positions is expected", Shown(coordinates));
            return null;
        }
        var line = new List<GeoPoint>();
        int index = 0;
        foreach (JsonElement element in coordinates.EnumerateArray())
        {
            if (!TryReadPoint(element, out GeoPoint point))
            {
                ReadPoint(element, $"{at}[{index}]");
                return null;
            }
            index++;
            if (line.Count > 0 && line[^1] == point) continue;
            // The position that closes a ring is no vertex.
            if (line.Count > 0 && line[0] == point && index == coordinates.GetArrayLength()) _vertices--;
            if (++_vertices > GeofenceJson.MaxVertices)
            {
                Errors.Add(at, $"the document has more than {GeofenceJson.MaxVertices} positions", _vertices.ToString(Invariant));
                return null;
            }
            line.Add(point);
        }
        return line;
    }

    private GeoPoint? ReadPoint(JsonElement position, string at)
    {
        if (TryReadPoint(position, out GeoPoint point)) return point;
        if (position.ValueKind != JsonValueKind.Array || position.GetArrayLength() < 2)
            Errors.Add(at, "a position is [longitude, latitude]", Shown(position));
        else if (!TryGetFinite(position[0], out double longitude) || longitude is < -180 or > 180)
            Errors.Add($"{at}[0]", "longitude out of range: -180 to 180", Shown(position[0]));
        else
            Errors.Add($"{at}[1]", "latitude out of range: -90 to 90", Shown(position[1]));
        return null;
    }

    /// <summary>Reads longitude and latitude; a height and anything behind it is passed over.</summary>
    private static bool TryReadPoint(JsonElement position, out GeoPoint point)
    {
        point = default;
        if (position.ValueKind != JsonValueKind.Array || position.GetArrayLength() < 2) return false;
        if (!TryGetFinite(position[0], out double longitude) || !TryGetFinite(position[1], out double latitude)) return false;
        point = new GeoPoint(latitude, longitude);
        return point.IsValid;
    }
}

using System.Globalization;
using System.Text.Json;

namespace Tracking.Contracts;

public static partial class GeofenceJson
{
    /// <summary>Writes a feature.</summary>
    public static void Write(Utf8JsonWriter writer, Geofence geofence)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "Feature"u8);
        if (geofence.Id.Length > 0) writer.WriteString("id"u8, geofence.Id);
        writer.WritePropertyName("geometry"u8);
        WriteGeometry(writer, geofence.Shape);
        writer.WritePropertyName("properties"u8);
        WriteProperties(writer, geofence);
        writer.WriteEndObject();
    }

    /// <summary>Writes a feature collection.</summary>
    public static void Write(Utf8JsonWriter writer, IEnumerable<Geofence> geofences)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "FeatureCollection"u8);
        writer.WriteStartArray("features"u8);
        foreach (Geofence geofence in geofences) Write(writer, geofence);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes only the shape, as a GeoJSON geometry; radius and width are not part of one.</summary>
    public static void WriteGeometry(Utf8JsonWriter writer, GeoShape shape)
    {
        writer.WriteStartObject();
        switch (shape)
        {
            case CircleShape circle:
                writer.WriteString("type"u8, "Point"u8);
                writer.WritePropertyName("coordinates"u8);
                WritePoint(writer, circle.Center);
                break;
            case CorridorShape corridor:
                writer.WriteString("type"u8, "LineString"u8);
                writer.WritePropertyName("coordinates"u8);
                WriteLine(writer, corridor.Line, closed: false);
                break;
            case PolygonShape { Polygons: [PolygonRings only] }:
                writer.WriteString("type"u8, "Polygon"u8);
                writer.WritePropertyName("coordinates"u8);
                WriteRings(writer, only);
                break;
            case PolygonShape polygons:
                writer.WriteString("type"u8, "MultiPolygon"u8);
                writer.WriteStartArray("coordinates"u8);
                foreach (PolygonRings rings in polygons.Polygons) WriteRings(writer, rings);
                writer.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"a shape without a GeoJSON form: {shape.GetType().Name}", nameof(shape));
        }
        writer.WriteEndObject();
    }

    private static void WriteRings(Utf8JsonWriter writer, PolygonRings rings)
    {
        writer.WriteStartArray();
        WriteLine(writer, rings.Outer, closed: true);
        foreach (IReadOnlyList<GeoPoint> hole in rings.Holes) WriteLine(writer, hole, closed: true);
        writer.WriteEndArray();
    }

    private static void WriteLine(Utf8JsonWriter writer, IReadOnlyList<GeoPoint> points, bool closed)
    {
        writer.WriteStartArray();
        for (int index = 0; index < points.Count; index++) WritePoint(writer, points[index]);
        if (closed) WritePoint(writer, points[0]);
        writer.WriteEndArray();
    }

    private static void WritePoint(Utf8JsonWriter writer, GeoPoint point)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(point.LongitudeDeg);
        writer.WriteNumberValue(point.LatitudeDeg);
        writer.WriteEndArray();
    }

    private static void WriteProperties(Utf8JsonWriter writer, Geofence geofence)
    {
        writer.WriteStartObject();
        if (geofence.Id.Length > 0) writer.WriteString("id"u8, geofence.Id);
        writer.WriteString("name"u8, geofence.Name);
        writer.WriteString("purpose"u8, JsonNamingPolicy.CamelCase.ConvertName(geofence.Purpose.ToString()));
        if (geofence.Class is { } kind) writer.WriteString("class"u8, kind);
        if (geofence.Shape is CircleShape circle) writer.WriteNumber("radiusM"u8, circle.RadiusM);
        if (geofence.Shape is CorridorShape corridor) writer.WriteNumber("widthM"u8, corridor.WidthM);
        WriteTexts(writer, "groups"u8, geofence.Groups);
        WriteTexts(writer, "reps"u8, geofence.Reps);
        if (geofence.Schedule is { } schedule) WriteSchedule(writer, schedule);
        if (geofence.DwellS is { } dwellS) writer.WriteNumber("dwellS"u8, dwellS);
        if (geofence.SpeedLimitMps is { } speedLimitMps) writer.WriteNumber("speedLimitMps"u8, speedLimitMps);
        writer.WriteNumber("version"u8, geofence.Version);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static void WriteSchedule(Utf8JsonWriter writer, WeeklySchedule schedule)
    {
        writer.WriteStartObject("schedule"u8);
        writer.WriteString("timeZone"u8, schedule.TimeZone);
        writer.WriteStartArray("windows"u8);
        foreach (WeeklyWindow window in schedule.Windows)
        {
            writer.WriteStartObject();
            writer.WriteString("day"u8, JsonNamingPolicy.CamelCase.ConvertName(window.Day.ToString()));
            writer.WriteString("begin"u8, TimeText(window.Begin));
            writer.WriteString("end"u8, TimeText(window.End));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string TimeText(TimeOnly time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerMinute == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
}

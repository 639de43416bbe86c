using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Says which shapes and schedules the tracker can watch.</summary>
public static class GeoShapes
{
    /// <summary>Points that one shape may have.</summary>
    public const int MaxPoints = 100_000;

    /// <summary>Metres that a circle's radius may have.</summary>
    public const double MaxRadiusM = 5_000_000;

    /// <summary>Metres that a corridor may be wide.</summary>
    public const double MaxWidthM = 50_000;

    /// <summary>Degrees of latitude up to which a corridor's line may reach: beyond, its plane is no plane.</summary>
    public const double MaxCorridorLatitudeDeg = 89;

    /// <summary>Looks for a reason not to take a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <returns>The field and the reason, in English; null: the shape is fine.</returns>
    public static ShapeFault? Validate(GeoShape shape) => shape switch
    {
        CircleShape circle => OfCircle(circle),
        CorridorShape corridor => OfCorridor(corridor),
        PolygonShape polygon => OfPolygon(polygon),
        _ => new ShapeFault("geometry.type", "is not a kind of shape that is known"),
    };

    /// <summary>Looks for a reason not to take a schedule; null: it is fine.</summary>
    public static ShapeFault? Validate(WeeklySchedule schedule)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(schedule.TimeZone, out _))
            return new ShapeFault("schedule.timeZone", $"'{schedule.TimeZone}' is not an IANA time zone");
        for (int i = 0; i < schedule.Windows.Count; i++)
        {
            if (!Enum.IsDefined(schedule.Windows[i].Day)) return new ShapeFault($"schedule.windows[{i}].day", "is not a day of the week");
        }
        return null;
    }

    private static ShapeFault? OfCircle(CircleShape circle)
    {
        if (!circle.Center.IsValid) return new ShapeFault("geometry.coordinates", "must lie within ±90 and ±180 degrees");
        return circle.RadiusM is > 0 and <= MaxRadiusM ? null
            : new ShapeFault("radiusM", $"must be above 0 and at most {MaxRadiusM:0}");
    }

    private static ShapeFault? OfCorridor(CorridorShape corridor)
    {
        if (corridor.Line.Count < 2) return new ShapeFault("geometry.coordinates", "a line needs at least two points");
        if (corridor.Line.Count > MaxPoints) return TooMany;
        if (corridor.WidthM is not (> 0 and <= MaxWidthM))
            return new ShapeFault("widthM", $"must be above 0 and at most {MaxWidthM:0}");
        for (int i = 0; i < corridor.Line.Count; i++)
        {
            GeoPoint point = corridor.Line[i];
            if (!point.IsValid) return Outside($"geometry.coordinates[{i}]");
            if (Math.Abs(point.LatitudeDeg) > MaxCorridorLatitudeDeg)
                return new ShapeFault($"geometry.coordinates[{i}]", $"a corridor must stay within ±{MaxCorridorLatitudeDeg} degrees of latitude");
        }
        return null;
    }

    private static ShapeFault? OfPolygon(PolygonShape shape)
    {
        if (shape.Polygons.Count == 0) return new ShapeFault("geometry.coordinates", "at least one polygon is needed");
        int points = 0;
        for (int i = 0; i < shape.Polygons.Count; i++)
        {
            PolygonRings polygon = shape.Polygons[i];
            for (int ring = 0; ring <= polygon.Holes.Count; ring++)
            {
                IReadOnlyList<GeoPoint> line = ring == 0 ? polygon.Outer : polygon.Holes[ring - 1];
                string field = shape.Polygons.Count == 1 ? $"geometry.coordinates[{ring}]" : $"geometry.coordinates[{i}][{ring}]";
                if (OfRing(line, field) is { } fault) return fault;
                points += line.Count;
                if (points > MaxPoints) return TooMany;
            }
        }
        return null;
    }

    private static ShapeFault? OfRing(IReadOnlyList<GeoPoint> ring, string field)
    {
        if (ring.Count > MaxPoints) return TooMany;
        double south = 90, north = -90, west = 180, east = -180;
        for (int i = 0; i < ring.Count; i++)
        {
            if (!ring[i].IsValid) return Outside($"{field}[{i}]");
            (south, north) = (Math.Min(south, ring[i].LatitudeDeg), Math.Max(north, ring[i].LatitudeDeg));
            (west, east) = (Math.Min(west, ring[i].LongitudeDeg), Math.Max(east, ring[i].LongitudeDeg));
        }
        if (ring.Distinct().Take(3).Count() < 3) return new ShapeFault(field, "a ring needs at least three different points");
        return south == north || west == east ? new ShapeFault(field, "a ring must enclose an area") : null;
    }

    private static ShapeFault TooMany => new("geometry.coordinates", $"at most {MaxPoints} points are allowed");

    private static ShapeFault Outside(string field) => new(field, "must lie within ±90 and ±180 degrees");
}

/// <summary>Why a shape or schedule cannot be taken.</summary>
/// <param name="Field">Path of the field, as in the API's GeoJSON.</param>
/// <param name="Reason">In English, to follow the field's name.</param>
public sealed record ShapeFault(string Field, string Reason);

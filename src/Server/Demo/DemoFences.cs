using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Server.Demo;

/// <summary>The geofences of the demo: customers, offices, work areas of the teams, a forbidden square, a route.</summary>
internal static class DemoFences
{
    private const double VisitS = 60;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Geofence> Of(World world) => [.. world.Cities.SelectMany(OfCity)];

    private static IEnumerable<Geofence> OfCity(City city)
    {
        int customer = 0;
        foreach (Place place in city.Customers.Concat(city.Offices))
        {
            bool isCustomer = place.Kind == PlaceKind.Customer;
            yield return new Geofence
            {
                Id = place.Id,
                Name = place.Name,
                Purpose = place.Kind == PlaceKind.Office ? GeofencePurpose.Office : GeofencePurpose.Customer,
                Class = isCustomer ? DemoDefinitions.ClassOf(customer++) : null,
                Shape = new CircleShape(place.Position, place.RadiusM),
                Groups = [city.Spec.Key],
                DwellS = isCustomer ? VisitS : null,
            };
        }
        for (int i = 0; i < city.Districts.Count; i++) yield return WorkArea(city, i);
        yield return Square(city);
        yield return new Geofence
        {
            Id = $"{city.Spec.Key}-ring",
            Name = city.Spec.Chinese ? "环路" : "Gürtel",
            Purpose = GeofencePurpose.Route,
            Shape = new CorridorShape([.. city.RingRoad(24)], 160),
            Groups = [city.Spec.Key],
        };
    }

    private static Geofence WorkArea(City city, int number)
    {
        District district = city.Districts[number];
        return new Geofence
        {
            Id = $"{city.Spec.Key}-district-{number + 1}",
            Name = district.Name,
            Purpose = GeofencePurpose.WorkArea,
            Shape = new PolygonShape([new PolygonRings(district.Outline, [])]),
            // North and south have each their half; the others work everywhere.
            Groups = [$"{city.Spec.Key}/{(number is 1 or 2 or 6 or 7 ? "sales-north" : "sales-south")}"],
        };
    }

    /// <summary>A block next to the middle that only people on foot may enter.</summary>
    private static Geofence Square(City city)
    {
        (double latitude, double longitude) = (city.Spec.Center.LatitudeDeg + 0.002, city.Spec.Center.LongitudeDeg + 0.003);
        GeoPoint[] corners =
        [
            new(latitude - 0.0022, longitude - 0.0030), new(latitude - 0.0018, longitude + 0.0034),
            new(latitude + 0.0024, longitude + 0.0028), new(latitude + 0.0019, longitude - 0.0036),
        ];
        return new Geofence
        {
            Id = $"{city.Spec.Key}-forbidden",
            Name = city.Spec.Chinese ? "步行街禁行区" : "Fußgängerzone",
            Purpose = GeofencePurpose.Forbidden,
            Shape = new PolygonShape([new PolygonRings(corners, [])]),
            Groups = [city.Spec.Key],
        };
    }
}

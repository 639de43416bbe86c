using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>What a place is.</summary>
public enum PlaceKind
{
    /// <summary>Where somebody lives.</summary>
    Home,
    /// <summary>An office or depot.</summary>
    Office,
    /// <summary>A customer's premises.</summary>
    Customer,
}

/// <summary>A place that people go to.</summary>
/// <param name="Id">Opaque, unique within the world.</param>
/// <param name="Name">For people.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Its middle.</param>
/// <param name="RadiusM">Metres around the middle that belong to it.</param>
/// <param name="District">In which district it lies.</param>
public sealed record Place(string Id, string Name, PlaceKind Kind, GeoPoint Position, double RadiusM, string District)
{
    /// <summary>The place in its city's plane.</summary>
    internal PlanePoint At { get; init; }

    /// <summary>The junction next to it.</summary>
    internal int Junction { get; init; }
}

/// <summary>A part of a city.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Outline">Its corners, the first not repeated.</param>
public sealed record District(string Name, IReadOnlyList<GeoPoint> Outline);

/// <summary>An invented city: streets, districts, offices and customers, the same for the same seed.</summary>
public sealed class City
{
    private readonly LocalFrame _frame;
    private readonly ulong _seed;

    /// <summary>Makes a city.</summary>
    /// <param name="spec">Where and what.</param>
    /// <param name="seed">Of the world.</param>
    /// <param name="customers">How many customers there are.</param>
    public City(CitySpec spec, ulong seed, int customers)
    {
        Spec = spec;
        _seed = seed;
        _frame = new LocalFrame(spec.Center);
        Dice dice = Dice.For(seed, $"city {spec.Key}");
        Streets = StreetNetwork.Build(spec.RadiusM, dice);
        Districts = MakeDistricts();
        Offices = [.. Enumerable.Range(0, 3).Select(i => MakePlace(PlaceKind.Office, i, 0.6, dice))];
        Customers = [.. Enumerable.Range(0, customers).Select(i => MakePlace(PlaceKind.Customer, i, 0.95, dice))];
    }

    /// <summary>Where and what.</summary>
    public CitySpec Spec { get; }

    /// <summary>Its districts: the centre, then clockwise from the north.</summary>
    public IReadOnlyList<District> Districts { get; }

    /// <summary>Its offices.</summary>
    public IReadOnlyList<Place> Offices { get; }

    /// <summary>Its customers.</summary>
    public IReadOnlyList<Place> Customers { get; }

    internal StreetNetwork Streets { get; }

    /// <summary>Points on the motorway out of the city, to lay a corridor along.</summary>
    public IReadOnlyList<GeoPoint> RingRoad(int points) =>
        [.. Enumerable.Range(0, points).Select(i => ToGeo(PlanePoint.Polar(0.72 * Spec.RadiusM, i * 90.0 / (points - 1))))];

    /// <summary>The position of a point of the plane.</summary>
    internal GeoPoint ToGeo(PlanePoint point) => _frame.ToGeo(point);

    /// <summary>Makes a home: mostly in the outer districts, some in villages.</summary>
    internal Place MakeHome(string id, Dice dice)
    {
        int junction = dice.Pick(Streets.Connected);
        while (Streets[junction].LengthM < 0.3 * Spec.RadiusM) junction = dice.Pick(Streets.Connected);
        return Build(id, id, PlaceKind.Home, junction, 60, dice);
    }

    /// <summary>How narrow the sky is, 0 to 1: high houses stand in the centre, block by block.</summary>
    internal double CanyonAt(PlanePoint point)
    {
        double centrality = 1 - (point.LengthM / (0.45 * Spec.RadiusM));
        if (centrality <= 0) return 0;
        ulong block = (ulong)((long)Math.Floor(point.EastM / 180) * 73856093) ^ (ulong)((long)Math.Floor(point.NorthM / 180) * 19349663);
        return Math.Min(1, centrality * 2 * new Dice(_seed ^ block).Unit());
    }

    private Place MakePlace(PlaceKind kind, int number, double share, Dice dice)
    {
        int junction = dice.Pick(Streets.Connected);
        while (Streets[junction].LengthM > share * Spec.RadiusM) junction = dice.Pick(Streets.Connected);
        string name = kind == PlaceKind.Office ? NameBook.Office(Spec.Chinese, number) : NameBook.Customer(Spec.Chinese, dice);
        double radius = kind == PlaceKind.Office ? 120 : dice.Between(70, 130);
        return Build($"{Spec.Key}-{kind.ToString().ToLowerInvariant()}-{number + 1}", name, kind, junction, Math.Round(radius), dice);
    }

    private Place Build(string id, string name, PlaceKind kind, int junction, double radiusM, Dice dice)
    {
        PlanePoint at = Streets[junction] + PlanePoint.Polar(dice.Between(15, 45), dice.Between(0, 360));
        return new Place(id, name, kind, ToGeo(at), radiusM, DistrictAt(at)) { At = at, Junction = junction };
    }

    private string DistrictAt(PlanePoint point)
    {
        if (point.LengthM < 0.3 * Spec.RadiusM) return Spec.Districts[0];
        int outer = Spec.Districts.Count - 1;
        double bearing = new PlanePoint(0, 0).BearingTo(point);
        return Spec.Districts[1 + ((int)((bearing / (360.0 / outer)) + 0.5) % outer)];
    }

    private List<District> MakeDistricts()
    {
        double inner = 0.3 * Spec.RadiusM, rim = Spec.RadiusM;
        List<District> districts = [new(Spec.Districts[0], [.. Enumerable.Range(0, 24).Select(i => ToGeo(PlanePoint.Polar(inner, i * 15)))])];
        int outer = Spec.Districts.Count - 1;
        double width = 360.0 / outer;
        for (int i = 0; i < outer; i++)
        {
            double from = (i - 0.5) * width;
            IEnumerable<PlanePoint> near = Enumerable.Range(0, 7).Select(k => PlanePoint.Polar(inner, from + (width * k / 6)));
            IEnumerable<PlanePoint> far = Enumerable.Range(0, 7).Select(k => PlanePoint.Polar(rim, from + (width * (6 - k) / 6)));
            districts.Add(new(Spec.Districts[i + 1], [.. near.Concat(far).Select(ToGeo)]));
        }
        return districts;
    }
}

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
public sealed record Place(string Id, string Name, PlaceKind Kind, GeoPoint Position, double RadiusM)
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
        Districts = MakeDistricts(Dice.For(seed, $"districts {spec.Key}"));
        Offices = [.. Enumerable.Range(0, 3).Select(i => MakePlace(PlaceKind.Office, i, 0.6, dice))];
        Customers = [.. Enumerable.Range(0, customers).Select(i => MakePlace(PlaceKind.Customer, i, 0.95, dice))];
    }

    /// <summary>Where and what.</summary>
    public CitySpec Spec { get; }

    /// <summary>Its districts: the centre, then the others clockwise.</summary>
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
        return new Place(id, name, kind, ToGeo(at), radiusM) { At = at, Junction = junction };
    }

    /// <summary>Borders bend like real ones: the ring around the centre, the rim, and the lines between.</summary>
    private List<District> MakeDistricts(Dice dice)
    {
        int outer = Spec.Districts.Count - 1;
        double width = 360.0 / outer, turn = dice.Between(0, 60);
        double[] phases = [.. Enumerable.Range(0, outer + 4).Select(_ => dice.Between(0, 2 * Math.PI))];
        List<District> districts = [new(Spec.Districts[0], [.. Enumerable.Range(0, 36).Select(i => ToGeo(Inner(i * 10)))])];
        for (int i = 0; i < outer; i++)
        {
            IEnumerable<PlanePoint> near = Enumerable.Range(0, 8).Select(k => Inner(turn + ((i + (k / 8.0)) * width)));
            IEnumerable<PlanePoint> right = Enumerable.Range(0, 8).Select(k => Border(i + 1, k / 8.0));
            IEnumerable<PlanePoint> far = Enumerable.Range(0, 8).Select(k => Rim(turn + ((i + 1 - (k / 8.0)) * width)));
            IEnumerable<PlanePoint> left = Enumerable.Range(0, 8).Select(k => Border(i, 1 - (k / 8.0)));
            districts.Add(new(Spec.Districts[i + 1], [.. near.Concat(right).Concat(far).Concat(left).Select(ToGeo)]));
        }
        return districts;

        PlanePoint Inner(double bearing) => PlanePoint.Polar(0.3 * Spec.RadiusM * Wave(bearing, 3, 0.1, 5, 0.06, outer), bearing);

        PlanePoint Rim(double bearing) => PlanePoint.Polar(Spec.RadiusM * Wave(bearing, 2, 0.07, 7, 0.04, outer + 2), bearing);

        PlanePoint Border(int number, double share)
        {
            double bearing = turn + (number * width);
            PlanePoint straight = PlanePoint.Between(Inner(bearing), Rim(bearing), share);
            double aside = 0.09 * Spec.RadiusM * Math.Sin(share * Math.PI) * Math.Sin((share * 5) + phases[number % outer]);
            return straight + PlanePoint.Polar(aside, bearing + 90);
        }

        double Wave(double bearing, int slow, double slowShare, int quick, double quickShare, int phase)
        {
            double radians = double.DegreesToRadians(bearing);
            return 1 + (slowShare * Math.Sin((slow * radians) + phases[phase])) + (quickShare * Math.Sin((quick * radians) + phases[phase + 1]));
        }
    }
}

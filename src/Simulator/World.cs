using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>What world is made.</summary>
public sealed record WorldOptions
{
    /// <summary>The same seed makes the same world.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many reps there are.</summary>
    public int Reps { get; init; } = 50;

    /// <summary>Where they work; each city gets its share.</summary>
    public IReadOnlyList<CitySpec> Cities { get; init; } = [CitySpec.Vienna];

    /// <summary>Customers of each city.</summary>
    public int CustomersPerCity { get; init; } = 60;

    /// <summary>When the simulation begins.</summary>
    public Instant Begin { get; init; }

    /// <summary>People start to work within this time from the beginning.</summary>
    public TimeSpan Stagger { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Factor on how long people stay with customers.</summary>
    public double StayFactor { get; init; } = 1;

    /// <summary>Share of people who cheat sooner or later, 0 to 1.</summary>
    public double CheatShare { get; init; } = 0.08;

    /// <summary>Share of people who lose the network for a while, 0 to 1.</summary>
    public double OfflineShare { get; init; } = 0.15;

    /// <summary>Protocols that the phones speak.</summary>
    public IReadOnlyList<Protocol> Protocols { get; init; } =
        [Protocol.OsmAnd, Protocol.OwnTracks, Protocol.Overland, Protocol.Json, Protocol.MessagePack];

    /// <summary>Put before ids, so that two simulations can share a server.</summary>
    public string IdPrefix { get; init; } = "";

    /// <summary>Changes single people before they are made; null: nobody.</summary>
    public Func<int, PersonSpec, PersonSpec>? Script { get; init; }
}

/// <summary>Cities and their people.</summary>
public sealed class World
{
    private World(WorldOptions options, IReadOnlyList<City> cities, IReadOnlyList<Person> people) =>
        (Options, Cities, People) = (options, cities, people);

    /// <summary>What it was made of.</summary>
    public WorldOptions Options { get; }

    /// <summary>Its cities.</summary>
    public IReadOnlyList<City> Cities { get; }

    /// <summary>Its people.</summary>
    public IReadOnlyList<Person> People { get; }

    /// <summary>Makes a world.</summary>
    public static World Create(WorldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Cities.Count);
        List<City> cities = [.. options.Cities.Select(spec => new City(spec, options.Seed, options.CustomersPerCity))];
        List<Person> people = [];
        for (int number = 0; number < options.Reps; number++)
            people.Add(MakePerson(options, CityOf(number, options.Reps, cities), number));
        return new World(options, cities, people);
    }

    /// <summary>Everybody lives on to an instant.</summary>
    public void AdvanceTo(Instant to, IReportSink sink, TruthLog? truth = null)
    {
        foreach (Person person in People) person.AdvanceTo(to, sink, truth);
    }

    /// <summary>The first city takes three quarters when there are several; it is the one that is looked at.</summary>
    private static City CityOf(int number, int count, List<City> cities)
    {
        int first = cities.Count == 1 ? count : count * 3 / 4;
        return number < first ? cities[0] : cities[1 + ((number - first) % (cities.Count - 1))];
    }

    private static Person MakePerson(WorldOptions options, City city, int number)
    {
        Dice dice = Dice.For(options.Seed, $"person {options.IdPrefix} {number}");
        int team = number % 4;
        string[] teams = ["sales-north", "sales-south", "service", "courier"];
        string id = $"{options.IdPrefix}{city.Spec.Key}-{number + 1:000}";
        var spec = new PersonSpec
        {
            Id = id,
            Name = NameBook.Person(city.Spec.Chinese, dice),
            Group = $"{city.Spec.Key}/{teams[team]}",
            Phone = dice.Pick(PhoneModel.All),
            Protocol = options.Protocols[number % options.Protocols.Count],
            Cheat = MakeCheat(options, dice),
            Offline = dice.Chance(options.OfflineShare) ? Span(options.Begin, dice, 10, 240, 4, 15) : default,
        };
        if (options.Script is not null) spec = options.Script(number, spec);
        Habits habits = MakeHabits(city, id, team, options.StayFactor, dice);
        Instant workBegins = options.Begin + TimeSpan.FromSeconds(Math.Round(dice.Unit() * options.Stagger.TotalSeconds));
        double batteryPct = dice.Chance(0.12) ? dice.Between(8, 30) : dice.Between(55, 100);
        return new Person(spec, city, habits, options.Begin, workBegins, batteryPct, dice);
    }

    private static Habits MakeHabits(City city, string id, int team, double stay, Dice dice)
    {
        Vehicle vehicle = team switch
        {
            2 => Vehicle.Van,
            3 => dice.Chance(0.5) ? Vehicle.Bicycle : Vehicle.Van,
            _ => dice.Chance(0.85) ? Vehicle.Car : Vehicle.Bicycle,
        };
        // A territory: customers near a point of the city, not all over it.
        PlanePoint middle = city.Streets[dice.Pick(city.Streets.Connected)];
        IEnumerable<Place> near = city.Customers.OrderBy(customer => (customer.At - middle).LengthM);
        return new Habits
        {
            Vehicle = vehicle,
            Home = city.MakeHome($"{id}-home", dice),
            Office = dice.Pick(city.Offices),
            Customers = [.. near.Take(team == 3 ? 24 : 12)],
            ShortestVisitS = stay * team switch { 2 => 900, 3 => 60, _ => 300 },
            LongestVisitS = stay * team switch { 2 => 3600, 3 => 240, _ => 1500 },
            Hurry = dice.Between(0.88, 1.08),
        };
    }

    private static CheatWindow MakeCheat(WorldOptions options, Dice dice)
    {
        if (!dice.Chance(options.CheatShare)) return default;
        (Instant from, Instant to) = Span(options.Begin, dice, 20, 240, 10, 40);
        return new CheatWindow((CheatKind)(1 + dice.Below(6)), from, to);
    }

    private static (Instant From, Instant To) Span(Instant begin, Dice dice, double earliestMin, double latestMin, double shortestMin, double longestMin)
    {
        Instant from = begin + TimeSpan.FromSeconds(Math.Round(60 * dice.Between(earliestMin, latestMin)));
        return (from, from + TimeSpan.FromSeconds(Math.Round(60 * dice.Between(shortestMin, longestMin))));
    }
}

using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Server.Demo;

/// <summary>What the demo shows and when: people of two cities, and a few who give the dispatcher something to do.</summary>
internal sealed record DemoScript
{
    /// <summary>How many people there are.</summary>
    public required int Reps { get; init; }

    /// <summary>The same seed makes the same people.</summary>
    public required ulong Seed { get; init; }

    /// <summary>When everything is set up and the live part begins.</summary>
    public required Instant Live { get; init; }

    /// <summary>How much of the day some people have behind them.</summary>
    public required TimeSpan Earlier { get; init; }

    /// <summary>When the first phone falls silent, after the beginning.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When the first mock app is switched on, after the beginning.</summary>
    public TimeSpan MockAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which a rep is given up; a real installation waits for ten minutes.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The demo with everything that it shows, sooner.</summary>
    public DemoScript Quick() => this with
    {
        SilentAfter = TimeSpan.FromSeconds(2),
        MockAfter = TimeSpan.FromSeconds(3),
        LostAfter = TimeSpan.FromSeconds(20),
    };

    /// <summary>Makes the world.</summary>
    public World CreateWorld() => World.Create(new WorldOptions
    {
        Seed = Seed,
        Reps = Reps,
        Cities = [CitySpec.Vienna, CitySpec.Shenzhen],
        CustomersPerCity = 48,
        Begin = Live - Earlier,
        Stagger = TimeSpan.FromMinutes(2),
        // Shorter visits than in life: who looks for five minutes should see people move.
        StayFactor = 0.3,
        CheatShare = 0,
        OfflineShare = 0,
        Protocols = [Protocol.OsmAnd, Protocol.OwnTracks, Protocol.Overland, Protocol.Json, Protocol.MessagePack, Protocol.Udp],
        Script = Cast,
    });

    /// <summary>Settings of the server that make two minutes enough to see what takes longer in life.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings() =>
    [
        new("Tracking:Tracker:Signal:LostMinimum", LostAfter.ToString()),
        new("Tracking:Tracker:Signal:StaleMinimum", (LostAfter / 2).ToString()),
    ];

    private PersonSpec Cast(int number, PersonSpec spec)
    {
        // Short beats, so that the map lives and nobody at rest counts as lost.
        PersonSpec cast = spec with { Phone = spec.Phone with { StillS = 15, MovingS = Math.Min(spec.Phone.MovingS, 5) } };
        // Two in three begin just now: their phones were off until then.
        if (number % 3 != 0) cast = cast with { SwitchedOff = (Live - Earlier, Live - TimeSpan.FromMinutes(6)) };
        return number switch
        {
            1 => cast with { Cheat = Deceit(CheatKind.MockFlag, MockAfter, 4), Protocol = Protocol.OsmAnd },
            4 => cast with { SwitchedOff = From(SilentAfter, 4) },
            7 => cast with { Cheat = Deceit(CheatKind.Teleport, TimeSpan.FromSeconds(50), 6), Protocol = Protocol.Json },
            10 => cast with { Offline = From(TimeSpan.FromMinutes(2), 3) },
            13 => cast with { Cheat = Deceit(CheatKind.Frozen, TimeSpan.FromMinutes(3), 8) },
            16 => cast with { SwitchedOff = From(TimeSpan.FromMinutes(4), 6) },
            19 => cast with { Cheat = Deceit(CheatKind.MockFlag, TimeSpan.FromMinutes(6), 10), Protocol = Protocol.MessagePack },
            22 => cast with { Cheat = Deceit(CheatKind.TooFast, TimeSpan.FromMinutes(8), 4), Protocol = Protocol.Json },
            25 => cast with { Cheat = Deceit(CheatKind.PhoneLeft, TimeSpan.FromMinutes(2), 40) },
            _ => cast,
        };
    }

    private (Instant From, Instant To) From(TimeSpan after, int minutes) => (Live + after, Live + after + TimeSpan.FromMinutes(minutes));

    private CheatWindow Deceit(CheatKind kind, TimeSpan after, int minutes) =>
        new(kind, Live + after, Live + after + TimeSpan.FromMinutes(minutes));
}

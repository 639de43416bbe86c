namespace Tracking.Faults;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of the server, and a start after a while.</summary>
    KillServer,
    /// <summary>The same, and half a write lies at the end of the journal's file, as a loss of power leaves it.</summary>
    TearJournal,
    /// <summary>PostgreSQL is stopped in order.</summary>
    HaltPostgres,
    /// <summary>PostgreSQL is killed.</summary>
    KillPostgres,
    /// <summary>PostgreSQL stands still; its connections stay open.</summary>
    PausePostgres,
    /// <summary>Redis stands still; its connections stay open.</summary>
    PauseRedis,
    /// <summary>Redis is killed with all that it holds.</summary>
    KillRedis,
    /// <summary>The disk of the data folder is full.</summary>
    FillDisk,
    /// <summary>The server's clock is an hour ahead.</summary>
    ClockAhead,
    /// <summary>The server's clock is an hour behind.</summary>
    ClockBehind,
    /// <summary>The webhook's target takes requests and never answers.</summary>
    WebhookHangs,
    /// <summary>The webhook's target breaks every connection.</summary>
    WebhookResets,
    /// <summary>The webhook's target answers 500.</summary>
    WebhookFails,
    /// <summary>The readers of the alert stream and a viewer of the map keep their connections open and read nothing.</summary>
    ReadersStall,
    /// <summary>Every connection of phones and viewers is cut.</summary>
    CutNetwork,
    /// <summary>Connections of phones and viewers carry nothing, and new ones are taken and carry nothing.</summary>
    StallNetwork,
}

/// <summary>One fault of a schedule.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When, from the beginning of the run.</param>
/// <param name="Lasts">How long.</param>
internal readonly record struct Fault(FaultKind Kind, TimeSpan At, TimeSpan Lasts)
{
    /// <summary>The part that it strikes; a part has one fault at a time.</summary>
    public static string PartOf(FaultKind kind) => kind switch
    {
        FaultKind.KillServer or FaultKind.TearJournal => "server",
        FaultKind.HaltPostgres or FaultKind.KillPostgres or FaultKind.PausePostgres => "postgres",
        FaultKind.PauseRedis or FaultKind.KillRedis => "redis",
        FaultKind.FillDisk => "disk",
        FaultKind.ClockAhead or FaultKind.ClockBehind => "clock",
        FaultKind.WebhookHangs or FaultKind.WebhookResets or FaultKind.WebhookFails => "webhook",
        FaultKind.ReadersStall => "readers",
        _ => "network",
    };

    /// <summary>
    /// A random fault every few seconds, the same for the same seed, length and kinds. Kinds are dealt from a shuffled deck, so that each
    /// comes about as often; faults of different parts overlap.
    /// </summary>
    public static List<Fault> Schedule(int seed, TimeSpan length, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        var freeAt = new Dictionary<string, double>(StringComparer.Ordinal);
        List<Fault> faults = [];
        List<FaultKind> deck = [];
        for (double atS = 4; atS < length.TotalSeconds - 8; atS += 1.5 + (3.5 * random.NextDouble()))
        {
            if (deck.Count == 0) deck = [.. kinds.OrderBy(_ => random.Next())];
            int card = deck.FindIndex(kind => freeAt.GetValueOrDefault(PartOf(kind)) <= atS);
            if (card < 0) continue;
            FaultKind kind = deck[card];
            deck.RemoveAt(card);
            double lastsS = LongestS(kind) * (0.2 + (0.8 * random.NextDouble()));
            freeAt[PartOf(kind)] = atS + lastsS + 2;
            faults.Add(new Fault(kind, TimeSpan.FromSeconds(atS), TimeSpan.FromSeconds(lastsS)));
        }
        return faults;
    }

    private static double LongestS(FaultKind kind) => kind switch
    {
        FaultKind.KillServer or FaultKind.TearJournal => 2,
        FaultKind.HaltPostgres or FaultKind.KillPostgres or FaultKind.PausePostgres or FaultKind.PauseRedis => 10,
        FaultKind.ReadersStall => 12,
        FaultKind.CutNetwork => 0.1,
        FaultKind.StallNetwork => 4,
        _ => 8,
    };
}

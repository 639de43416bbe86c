namespace Tracking.Contracts;

/// <summary>A day of a claim. Its parts add up: <c>AcceptedM = RawM + SmoothingM - StationaryM - InferredM</c>, and what is paid is that less <see cref="DoubtedM"/>.</summary>
public sealed record ClaimDay
{
    /// <summary>The day, in the rep's time zone.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>Metres: every accepted fix joined to the next.</summary>
    public required double RawM { get; init; }

    /// <summary>Metres of trips.</summary>
    public required double AcceptedM { get; init; }

    /// <summary>Metres of straight lines over gaps; never paid.</summary>
    public required double InferredM { get; init; }

    /// <summary>Metres that a position wandered while the rep stood still; never paid.</summary>
    public required double StationaryM { get; init; }

    /// <summary>Metres that smoothing took away from trips (negative), or that corners between sparse fixes and the way to the door added.</summary>
    public double SmoothingM => AcceptedM - RawM + StationaryM + InferredM;

    /// <summary>Accepted metres of trips during which a mock case was open; not paid.</summary>
    public required double DoubtedM { get; init; }

    /// <summary>Whole metres that are paid.</summary>
    public required long PaidM { get; init; }

    /// <summary>How many trips there were.</summary>
    public required int Trips { get; init; }

    /// <summary>How many of them were doubted.</summary>
    public required int DoubtedTrips { get; init; }

    /// <summary>How many fixes were left out, by outcome.</summary>
    public required IReadOnlyList<OutcomeCount> Rejected { get; init; }

    /// <summary>What it is worth; null: no rate is valid on this day.</summary>
    public ClaimAmount? Amount { get; init; }
}

/// <summary>What a day is worth.</summary>
/// <param name="Rate">The rate that was valid.</param>
/// <param name="BeforeM">Metres that were paid earlier in the rate's period.</param>
/// <param name="Value">The money, in the rate's currency and with its decimals.</param>
public sealed record ClaimAmount(MileageRate Rate, long BeforeM, decimal Value);

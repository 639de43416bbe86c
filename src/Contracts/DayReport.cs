namespace Tracking.Contracts;

/// <summary>What a rep did on one day of its time zone: a pure function of the day's fixes.</summary>
public sealed record DayReport
{
    /// <summary>Metres: every accepted fix joined to the next.</summary>
    public required double RawM { get; init; }

    /// <summary>Metres that are paid: smoothed, stops and gaps left out.</summary>
    public required double AcceptedM { get; init; }

    /// <summary>Metres of straight lines over gaps; never part of <see cref="AcceptedM"/>.</summary>
    public required double InferredM { get; init; }

    /// <summary>Metres of <see cref="RawM"/> that lie within stops: what a position wandered while the rep stood.</summary>
    public required double StationaryM { get; init; }

    /// <summary>Seconds of trips.</summary>
    public required double MovingS { get; init; }

    /// <summary>Seconds of stops.</summary>
    public required double StoppedS { get; init; }

    /// <summary>In order of time.</summary>
    public required IReadOnlyList<DayTrip> Trips { get; init; }

    /// <summary>In order of time.</summary>
    public required IReadOnlyList<DayStop> Stops { get; init; }

    /// <summary>In order of time.</summary>
    public required IReadOnlyList<DayGap> Gaps { get; init; }

    /// <summary>How many fixes had each outcome other than accepted.</summary>
    public required IReadOnlyList<OutcomeCount> Rejected { get; init; }
}

/// <summary>A trip of a day.</summary>
/// <param name="BeganAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="DistanceM">Accepted metres.</param>
/// <param name="MaxSpeedMps">The highest believable speed, metres per second.</param>
/// <param name="From">Where it began.</param>
/// <param name="To">Where it ended.</param>
public sealed record DayTrip(Instant BeganAt, Instant EndedAt, double DistanceM, double MaxSpeedMps, GeoPoint From, GeoPoint To);

/// <summary>A stop of a day.</summary>
/// <param name="BeganAt">When it began.</param>
/// <param name="EndedAt">When it ended, or the day's last fix.</param>
/// <param name="Position">The median of its fixes.</param>
public sealed record DayStop(Instant BeganAt, Instant EndedAt, GeoPoint Position);

/// <summary>A time without fixes.</summary>
/// <param name="BeganAt">The fix before it.</param>
/// <param name="EndedAt">The fix after it.</param>
/// <param name="Reason">camelCase; <c>unknown</c> where nothing tells.</param>
/// <param name="InferredM">Metres of the straight line over it.</param>
public sealed record DayGap(Instant BeganAt, Instant EndedAt, string Reason, double InferredM);

/// <summary>How many fixes had an outcome.</summary>
/// <param name="Outcome">Which.</param>
/// <param name="Count">How many.</param>
public sealed record OutcomeCount(FixOutcome Outcome, int Count);

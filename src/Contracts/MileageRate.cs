namespace Tracking.Contracts;

/// <summary>What an organisation pays for distance: one kind of vehicle, one currency, tiers by what has been driven before.</summary>
public sealed record MileageRate
{
    /// <summary>Opaque, unique among rates.</summary>
    public required string Id { get; init; }

    /// <summary>1 when created, one more with each change.</summary>
    public long Version { get; init; } = 1;

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of vehicle, in the organisation's own word: <c>car</c>, <c>motorcycle</c>, <c>bicycle</c>…</summary>
    public required string Vehicle { get; init; }

    /// <summary>ISO 4217, such as <c>EUR</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>Decimals of an amount, 0 to 4; 2 for most currencies, 0 for JPY.</summary>
    public int Decimals { get; init; } = 2;

    /// <summary>The unit of the tiers' limits and rates.</summary>
    public DistanceUnit Unit { get; init; }

    /// <summary>Over what time distance adds up before a tier is full.</summary>
    public RatePeriod Period { get; init; } = RatePeriod.Year;

    /// <summary>The day on which each year of <see cref="RatePeriod.Year"/> begins, as month and day: <c>(4, 6)</c> for a British tax year.</summary>
    public (int Month, int Day) YearBegins { get; init; } = (1, 1);

    /// <summary>The first day on which it is valid.</summary>
    public required DateOnly ValidFrom { get; init; }

    /// <summary>The last day on which it is valid; null: until another takes its place.</summary>
    public DateOnly? ValidTo { get; init; }

    /// <summary>Group paths whose reps it concerns, subtree included; with <see cref="Reps"/> also empty, everybody.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Ids of reps that it concerns.</summary>
    public IReadOnlyList<string> Reps { get; init; } = [];

    /// <summary>At least one; limits grow, and only the last has none.</summary>
    public required IReadOnlyList<RateTier> Tiers { get; init; }

    /// <summary>Metres of one unit; exact.</summary>
    public decimal MetresPerUnit => Unit == DistanceUnit.Mile ? 1609.344m : 1000m;

    /// <summary>The first day of the period in which a day lies.</summary>
    public DateOnly PeriodBegin(DateOnly day)
    {
        if (Period == RatePeriod.Day) return day;
        if (Period == RatePeriod.Month) return new DateOnly(day.Year, day.Month, 1);
        DateOnly begin = BeginIn(day.Year);
        return begin <= day ? begin : BeginIn(day.Year - 1);
    }

    private DateOnly BeginIn(int year) => new(year, YearBegins.Month, Math.Min(YearBegins.Day, DateTime.DaysInMonth(year, YearBegins.Month)));
}

/// <summary>A unit of distance that people are paid by.</summary>
public enum DistanceUnit : byte
{
    /// <summary>1,000 m.</summary>
    Km,
    /// <summary>The international mile, 1,609.344 m.</summary>
    Mile,
}

/// <summary>The time over which distance adds up for tiers.</summary>
public enum RatePeriod : byte
{
    /// <summary>A year that begins on <see cref="MileageRate.YearBegins"/>: the usual one, because tax offices count so.</summary>
    Year,
    /// <summary>A calendar month.</summary>
    Month,
    /// <summary>A day: distance never reaches over midnight.</summary>
    Day,
}

/// <summary>A tier of a rate.</summary>
/// <param name="UpTo">The distance of the period, in units, up to which the tier reaches; null: without end.</param>
/// <param name="Rate">What a unit in it is worth, in the rate's currency.</param>
public sealed record RateTier(decimal? UpTo, decimal Rate);

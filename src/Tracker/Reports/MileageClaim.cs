using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What a claim is asked for, and everything it rests on but the fixes.</summary>
/// <param name="RepId">Whose.</param>
/// <param name="TimeZone">The IANA name that decided where the days begin.</param>
/// <param name="Vehicle">The kind of vehicle.</param>
/// <param name="Options">The parameters of the rules.</param>
/// <param name="Days">In order, without a hole.</param>
/// <param name="BroughtForward">Metres paid from the beginning of a rate's period to the first day, by that beginning.</param>
/// <param name="MockCases">When mock cases were open.</param>
public sealed record ClaimTerms(
    string RepId, string TimeZone, string Vehicle, TrackerOptions Options, IReadOnlyList<ClaimTerm> Days,
    IReadOnlyDictionary<DateOnly, long> BroughtForward, IReadOnlyList<MockCase> MockCases);

/// <summary>A day that is claimed.</summary>
/// <param name="Date">In the rep's time zone.</param>
/// <param name="Day">The same as instants.</param>
/// <param name="Rate">The rate that is valid; null: none.</param>
public readonly record struct ClaimTerm(DateOnly Date, LocalDay Day, MileageRate? Rate);

/// <summary>A time during which positions were probably mocked.</summary>
/// <param name="From">When the case was opened.</param>
/// <param name="To">When it was closed; <see cref="Instant.Max"/>: it is open.</param>
public readonly record struct MockCase(Instant From, Instant To)
{
    /// <summary>Whether it was open at any time of a trip.</summary>
    public bool Touches(DayTrip trip) => From < trip.EndedAt && To > trip.BeganAt;
}

/// <summary>Works out a claim day by day: what is paid, what is not and why, and what it is worth.</summary>
/// <param name="terms">What it rests on.</param>
public sealed class MileageClaim(ClaimTerms terms)
{
    /// <summary>Fixes before and after a day that give context: stops and gaps run over midnight.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromHours(12);

    private readonly List<ClaimDay> _days = [];

    /// <summary>The days so far.</summary>
    public IReadOnlyList<ClaimDay> Days => _days;

    /// <summary>Adds the next day.</summary>
    /// <param name="report">What the rep did on it.</param>
    public ClaimDay Add(DayReport report)
    {
        ClaimTerm term = terms.Days[_days.Count];
        ClaimDay day = Judge(report, term.Date, terms.MockCases);
        if (term.Rate is { } rate)
        {
            DateOnly begin = rate.PeriodBegin(term.Date);
            long beforeM = terms.BroughtForward.GetValueOrDefault(begin) + _days.Where(before => before.Date >= begin).Sum(static before => before.PaidM);
            day = day with { Amount = new ClaimAmount(rate, beforeM, Tariff.Amount(rate, beforeM, day.PaidM)) };
        }
        _days.Add(day);
        return day;
    }

    /// <summary>What of a day is paid, without its worth.</summary>
    public static ClaimDay Judge(DayReport report, DateOnly date, IReadOnlyList<MockCase> cases)
    {
        List<DayTrip> doubted = [.. report.Trips.Where(trip => cases.Any(open => open.Touches(trip)))];
        double doubtedM = doubted.Sum(static trip => trip.DistanceM);
        return new ClaimDay
        {
            Date = date,
            RawM = report.RawM,
            AcceptedM = report.AcceptedM,
            InferredM = report.InferredM,
            StationaryM = report.StationaryM,
            DoubtedM = doubtedM,
            PaidM = (long)Math.Round(report.AcceptedM - doubtedM, MidpointRounding.AwayFromZero),
            Trips = report.Trips.Count,
            DoubtedTrips = doubted.Count,
            Rejected = [.. report.Rejected.Where(static rejected => rejected.Outcome != FixOutcome.Late)],
        };
    }
}

using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>What distance is worth, in decimal arithmetic throughout: money is never a binary fraction.</summary>
public static class Tariff
{
    /// <summary>What so many metres of one period are worth, not rounded.</summary>
    /// <param name="rate">The rate.</param>
    /// <param name="metres">Metres since the period began; 0 or more.</param>
    public static decimal Worth(MileageRate rate, long metres)
    {
        decimal worth = 0, reachedM = 0;
        foreach (RateTier tier in rate.Tiers)
        {
            decimal limitM = tier.UpTo is { } upTo ? Math.Min(metres, upTo * rate.MetresPerUnit) : metres;
            if (limitM <= reachedM) continue;
            worth += (limitM - reachedM) * tier.Rate;
            reachedM = limitM;
        }
        return worth / rate.MetresPerUnit;
    }

    /// <summary>
    /// What metres are worth that follow others of the same period: the difference of two rounded sums, so that the days of a
    /// period add up to the period to the last cent, however it is split. Halves are rounded away from zero, as in commerce.
    /// </summary>
    /// <param name="rate">The rate.</param>
    /// <param name="beforeM">Metres that came before in the period.</param>
    /// <param name="metres">The metres in question.</param>
    public static decimal Amount(MileageRate rate, long beforeM, long metres) =>
        Rounded(rate, Worth(rate, beforeM + metres)) - Rounded(rate, Worth(rate, beforeM));

    /// <summary>
    /// The rate that is valid for a rep, a vehicle and a day: of those that concern the rep, one that names the rep goes before
    /// one that names a group, a deeper group before a higher one, one for everybody last; then the one that is valid since
    /// the latest day, then the first by id.
    /// </summary>
    /// <returns>Null: none is valid.</returns>
    public static MileageRate? Find(IReadOnlyList<MileageRate> rates, Rep rep, string vehicle, DateOnly day)
    {
        MileageRate? found = null;
        foreach (MileageRate rate in rates)
        {
            if (!rate.Vehicle.Equals(vehicle, StringComparison.OrdinalIgnoreCase) || rate.ValidFrom > day || rate.ValidTo < day) continue;
            if (Audience.Closeness(rate.Groups, rate.Reps, rep) is not { } closeness) continue;
            if (found is null || Goes(rate, closeness, found, Audience.Closeness(found.Groups, found.Reps, rep)!.Value)) found = rate;
        }
        return found;
    }

    private static bool Goes(MileageRate rate, int closeness, MileageRate before, int closenessBefore)
    {
        if (closeness != closenessBefore) return closeness > closenessBefore;
        if (rate.ValidFrom != before.ValidFrom) return rate.ValidFrom > before.ValidFrom;
        return string.CompareOrdinal(rate.Id, before.Id) < 0;
    }

    private static decimal Rounded(MileageRate rate, decimal worth) => Math.Round(worth, rate.Decimals, MidpointRounding.AwayFromZero);
}

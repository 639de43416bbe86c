using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class TariffTests
{
    private static readonly Config Hundred = Config.QuickThrowOnFailure.WithMaxTest(100);
    private static readonly Rep Ann = new(1, "ann", "Ann", "north/vienna", "Europe/Vienna");

    /// <summary>The British approved mileage rate: 45p a mile for 10,000 miles of a tax year, 25p beyond.</summary>
    internal static readonly MileageRate British = new()
    {
        Id = "uk",
        Name = "UK",
        Vehicle = "car",
        Currency = "GBP",
        Unit = DistanceUnit.Mile,
        YearBegins = (4, 6),
        ValidFrom = new DateOnly(2011, 4, 6),
        Tiers = [new(10_000, 0.45m), new(null, 0.25m)],
    };

    [Theory]
    [InlineData(0, 1_609_344, 450.00)]
    [InlineData(0, 16_093_440, 4500.00)]
    [InlineData(16_093_440, 1_609_344, 250.00)]
    [InlineData(15_288_768, 1_609_344, 350.00)]
    [InlineData(0, 0, 0)]
    public void Miles_are_paid_by_tier(long beforeM, long metres, double amount) =>
        Assert.Equal((decimal)amount, Tariff.Amount(British, beforeM, metres));

    [Fact]
    public void Halves_of_a_cent_are_rounded_away_from_zero_and_yen_have_no_cents()
    {
        MileageRate rate = British with { Unit = DistanceUnit.Km, Tiers = [new(null, 0.5m)] };
        Assert.Equal(0.01m, Tariff.Amount(rate, 0, 10));
        Assert.Equal(1m, Tariff.Amount(rate with { Decimals = 0 }, 0, 1000));
    }

    [Fact]
    public void The_days_of_a_period_add_up_to_the_period_however_it_is_split() =>
        Check.One(Hundred, Prop.ForAll<int[], int>(static (metres, rates) =>
        {
            var random = new Random(rates);
            MileageRate rate = British with
            {
                Decimals = random.Next(4),
                Unit = (DistanceUnit)random.Next(2),
                Tiers = [new(random.Next(1, 50), random.Next(1, 1000) / 997m), new(random.Next(50, 200), random.Next(1, 1000) / 1009m), new(null, 0.31m)],
            };
            long before = random.Next(100_000), whole = 0;
            decimal sum = 0;
            foreach (int metre in metres)
            {
                long length = Math.Abs((long)metre) * 997;
                sum += Tariff.Amount(rate, before + whole, length);
                whole += length;
            }
            Assert.Equal(Tariff.Amount(rate, before, whole), sum);
        }));

    [Fact]
    public void More_metres_are_never_worth_less_and_never_more_than_by_the_best_tier() =>
        Check.One(Hundred, Prop.ForAll<PositiveInt, PositiveInt>(static (first, more) =>
        {
            decimal one = Tariff.Worth(British, first.Get * 1000L), two = Tariff.Worth(British, (first.Get + more.Get) * 1000L);
            Assert.True(two > one && two <= (first.Get + more.Get) * 1000L * 0.45m / 1609.344m);
        }));

    [Theory]
    [InlineData("2026-04-05", "2025-04-06")]
    [InlineData("2026-04-06", "2026-04-06")]
    [InlineData("2026-12-31", "2026-04-06")]
    public void A_tax_year_begins_on_its_day(string day, string begin) =>
        Assert.Equal(DateOnly.Parse(begin), British.PeriodBegin(DateOnly.Parse(day)));

    [Fact]
    public void A_year_that_begins_on_a_leap_day_begins_on_the_28th_otherwise()
    {
        MileageRate leap = British with { YearBegins = (2, 29) };
        Assert.Equal(new DateOnly(2026, 2, 28), leap.PeriodBegin(new DateOnly(2026, 2, 28)));
        Assert.Equal(new DateOnly(2027, 2, 28), leap.PeriodBegin(new DateOnly(2028, 2, 28)));
        Assert.Equal(new DateOnly(2028, 2, 29), leap.PeriodBegin(new DateOnly(2028, 2, 29)));
        Assert.Equal(new DateOnly(2028, 2, 1), (leap with { Period = RatePeriod.Month }).PeriodBegin(new DateOnly(2028, 2, 29)));
    }

    [Fact]
    public void The_closest_rate_is_valid_and_then_the_newest()
    {
        MileageRate all = British with { Id = "all" }, north = British with { Id = "north", Groups = ["north"] }, vienna = British with { Id = "vienna", Groups = ["north/vienna"] };
        MileageRate ann = British with { Id = "ann", Reps = ["ann"] }, south = British with { Id = "south", Groups = ["south"] };
        MileageRate newer = vienna with { Id = "newer", ValidFrom = new DateOnly(2026, 1, 1), ValidTo = new DateOnly(2026, 6, 30) };
        string? Found(string day, params MileageRate[] rates) => Tariff.Find(rates, Ann, "Car", DateOnly.Parse(day))?.Id;
        Assert.Equal("vienna", Found("2026-02-01", all, south, vienna, north));
        Assert.Equal("ann", Found("2026-02-01", ann, newer, all));
        Assert.Equal("newer", Found("2026-02-01", vienna, newer));
        Assert.Equal("vienna", Found("2025-12-31", vienna, newer));
        Assert.Equal("vienna", Found("2026-07-01", vienna, newer));
        Assert.Null(Found("2026-02-01", south, all with { Vehicle = "bicycle" }));
        Assert.Null(Found("2011-04-05", all));
    }
}

using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class MileageClaimTests
{
    private static readonly Config Forty = Config.QuickThrowOnFailure.WithMaxTest(40);
    private static readonly MileageRate Rate = TariffTests.British with { Unit = DistanceUnit.Km, Tiers = [new(5, 0.4m), new(null, 0.2m)], Currency = "EUR", Id = "at 1" };
    private static readonly DateOnly Date = LocalDay.DateAt(Drive.Morning, "Europe/Vienna");

    /// <summary>A customer 12 km away, half an hour there, and back by a gap.</summary>
    private static readonly List<JudgedFix> Trip = [.. new Run().Take(Drive.From(Drive.Depot).For(10.Minutes()).Still().For(10.Minutes()).At(20).For(30.Minutes()).Still()
        .Silent(20.Minutes()).AppearAt(Drive.Depot).For(10.Minutes()).Still().WildFix(9000).For(1.Minutes()).Still()).Judged];

    private static ClaimTerms Terms(IReadOnlyList<MockCase>? cases = null, long broughtForward = 0) => new("ann", "Europe/Vienna", "car", TrackerOptions.Default,
        [new ClaimTerm(Date, LocalDay.Of(Date, "Europe/Vienna"), Rate)], new Dictionary<DateOnly, long> { [Rate.PeriodBegin(Date)] = broughtForward }, cases ?? []);

    private static (ClaimDay Day, string Text, string Digest) Work(ClaimTerms terms, IReadOnlyList<JudgedFix> fixes)
    {
        var claim = new MileageClaim(terms);
        ClaimTerm term = terms.Days[0];
        ClaimDay day = claim.Add(DayReports.Derive(fixes, term.Day.Begin, term.Day.End, terms.Options));
        using var text = new ClaimText();
        text.Begin(terms);
        foreach (JudgedFix judged in fixes) text.Add(judged);
        text.End(claim.Days);
        return (day, Encoding.UTF8.GetString(text.Take()), text.Digest());
    }

    [Fact]
    public void Trips_are_paid_and_gaps_are_listed_apart()
    {
        ClaimDay day = Work(Terms(), Trip).Day;
        Assert.Equal(12_000, day.PaidM, 60.0);
        Assert.Equal(12_000, day.InferredM, 60.0);
        Assert.Equal((1, 0), (day.Trips, day.DoubtedTrips));
        Assert.Equal([new OutcomeCount(FixOutcome.Spike, 1)], day.Rejected);
        Assert.Equal(decimal.Round((5 * 0.4m) + ((day.PaidM - 5000) * 0.2m / 1000), 2, MidpointRounding.AwayFromZero), day.Amount!.Value);
    }

    [Fact]
    public void What_was_driven_before_fills_the_tiers()
    {
        ClaimDay day = Work(Terms(broughtForward: 5000), Trip).Day;
        Assert.Equal(decimal.Round(day.PaidM * 0.2m / 1000, 2, MidpointRounding.AwayFromZero), day.Amount!.Value);
    }

    [Fact]
    public void A_trip_under_a_mock_case_is_not_paid()
    {
        DayTrip trip = DayReports.Derive(Trip, Instant.Min, Instant.Max, TrackerOptions.Default).Trips[0];
        ClaimDay day = Work(Terms([new MockCase(trip.BeganAt + 1.Minutes(), Instant.Max)]), Trip).Day;
        Assert.Equal((0, 1, 0m), (day.PaidM, day.DoubtedTrips, day.Amount!.Value));
        Assert.Equal(day.AcceptedM, day.DoubtedM);
        Assert.Equal(0, Work(Terms([new MockCase(Instant.Min, trip.BeganAt)]), Trip).Day.DoubtedTrips);
    }

    [Fact]
    public void The_parts_of_a_day_add_up() =>
        Check.One(Forty, Prop.ForAll<int>(static seed =>
        {
            DayReport report = new Run().Take(RandomTrack.Make(seed)).Report();
            double tripRawM = report.RawM - report.StationaryM - report.InferredM;
            ClaimDay day = MileageClaim.Judge(report, Date, []);
            Assert.Equal(day.AcceptedM, tripRawM + day.SmoothingM, 1e-6);
            Assert.True(day.StationaryM >= 0 && tripRawM > -1e-6);
            if (report.Trips.Count == 0) Assert.Equal(0, tripRawM, 1e-6);
            Assert.Equal(day.AcceptedM - day.DoubtedM, day.PaidM, 0.5);
        }));

    [Fact]
    public void Anybody_can_work_a_claim_out_again_from_its_text()
    {
        (_, string text, string digest) = Work(Terms([new MockCase(Drive.Morning - 2.Hours(), Drive.Morning - 1.Hours())]), Trip);
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        (byte[] again, string digestAgain) = ClaimReader.Recompute(text.TrimEnd('\n').Split('\n'));
        Assert.Equal(text, Encoding.UTF8.GetString(again));
        Assert.Equal(digest, digestAgain);
    }

    [Fact]
    public void A_result_that_was_changed_is_found()
    {
        string text = Work(Terms(), Trip).Text;
        string forged = text.Replace(" paid 1", " paid 2", StringComparison.Ordinal);
        Assert.NotEqual(text, forged);
        Assert.Equal(text, Encoding.UTF8.GetString(ClaimReader.Recompute(forged.TrimEnd('\n').Split('\n')).Text));
    }

    [Theory]
    [InlineData("something else")]
    [InlineData("tracking mileage claim 1\nfix yesterday 1 2 - - - 0 - accepted")]
    [InlineData("tracking mileage claim 1\nfix 2026-11-01T07:00:00.000Z 1 2")]
    [InlineData("tracking mileage claim 1\noption Stops:Nothing 1")]
    [InlineData("tracking mileage claim 1\ntier 1 2")]
    [InlineData("tracking mileage claim 1\nday 2026-11-01 2026-11-01T00:00:00.000Z 2026-11-02T00:00:00.000Z nothing")]
    [InlineData("tracking mileage claim 1\nbla")]
    [InlineData("")]
    public void A_text_that_is_none_says_which_line(string text) =>
        Assert.Throws<FormatException>(() => ClaimReader.Recompute(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void The_digest_changes_with_any_input() =>
        Check.One(Forty, Prop.ForAll<int>(static seed =>
        {
            var random = new Random(seed);
            ClaimTerms terms = Terms();
            string digest = Work(terms, Trip).Digest;
            List<JudgedFix> changed = [.. Trip];
            int index = random.Next(changed.Count);
            Fix fix = changed[index].Fix;
            changed[index] = random.Next(6) switch
            {
                0 => changed[index] with { Fix = fix with { FixedAt = fix.FixedAt + TimeSpan.FromMilliseconds(1) } },
                1 => changed[index] with { Fix = fix with { Position = GeoPoint.FromE7(fix.Position.LatitudeE7 + 1, fix.Position.LongitudeE7) } },
                2 => changed[index] with { Fix = fix with { Position = GeoPoint.FromE7(fix.Position.LatitudeE7, fix.Position.LongitudeE7 - 1) } },
                3 => changed[index] with { Fix = fix with { AccuracyM = MathF.BitIncrement(fix.AccuracyM) } },
                4 => changed[index] with { Outcome = changed[index].Outcome == FixOutcome.Late ? FixOutcome.Accepted : FixOutcome.Late },
                _ => changed[index] with { Fix = fix with { SpeedMps = 3 } },
            };
            Assert.NotEqual(digest, Work(terms, changed).Digest);
            MileageRate other = random.Next(3) switch
            {
                0 => Rate with { Version = 2 },
                1 => Rate with { Tiers = [new(5, 0.4m), new(null, 0.200001m)] },
                _ => Rate with { Unit = DistanceUnit.Mile },
            };
            Assert.NotEqual(digest, Work(terms with { Days = [terms.Days[0] with { Rate = other }] }, Trip).Digest);
            Assert.NotEqual(digest, Work(terms with { Options = terms.Options with { Distance = new DistanceOptions { UnknownAccuracyM = 11 } } }, Trip).Digest);
            Assert.NotEqual(digest, Work(Terms(broughtForward: 1), Trip).Digest);
            Assert.Equal(digest, Work(Terms(), [.. Trip]).Digest);
        }));
}

using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Clocks and ids that are wrong: each has one answer, and the live state never moves back.</summary>
public class BadInputTests
{
    private static readonly TimeSpan RollOver = TimeSpan.FromDays(7 * 1024);

    private static Run Driven() => new Run().Take(Drive.From(Drive.Depot).Every(10.Seconds()).For(10.Minutes()).At(12));

    private static Fix Next(Run run, double northM = 100) => new()
    {
        FixedAt = run.Live.FixedAt + 10.Seconds(),
        ReceivedAt = run.Live.HeardAt + 10.Seconds(),
        Position = new LocalFrame(run.Live.Position).ToPoint(0, northM).Quantised(),
        AccuracyM = 5,
    };

    [Fact]
    public void A_clock_in_2038_is_in_the_future_and_leaves_the_live_state()
    {
        Run run = Driven();
        Instant before = run.Live.FixedAt;
        Fix fix = Next(run) with { FixedAt = new(2_147_483_648_000) };
        Assert.Equal(FixOutcome.Future, run.Take(fix));
        Assert.Equal(before, run.Live.FixedAt);
    }

    [Theory]
    [InlineData(1980)]
    [InlineData(2007)] // 1,024 weeks early
    public void A_clock_that_is_decades_behind_is_late_and_no_evidence(int year)
    {
        Run run = Driven();
        Instant before = run.Live.FixedAt;
        for (int i = 0; i < 30; i++)
        {
            Fix fix = Next(run) with { FixedAt = year == 1980 ? new(315_964_800_000 + 10_000 * i) : before + (10 * i).Seconds() - RollOver, ReceivedAt = run.Live.HeardAt + 10.Seconds() };
            Assert.Equal(FixOutcome.Late, run.Take(fix));
        }
        Assert.Equal(before, run.Live.FixedAt);
        Assert.Equal(0, run.Live.MockScore);
    }

    [Fact]
    public void The_key_decides_when_its_content_differs()
    {
        Run run = Driven();
        Fix first = Next(run) with { IdempotencyHash = 77 };
        Assert.Equal(FixOutcome.Accepted, run.Take(first));
        Assert.Equal(FixOutcome.Duplicate, run.Take(Next(run) with { IdempotencyHash = 77, BatteryPct = 3 }));
        Assert.Equal(first.Position, run.Live.Position);
    }

    [Fact]
    public void The_same_instant_and_place_is_a_duplicate_whatever_its_key()
    {
        Run run = Driven();
        Fix fix = Next(run) with { IdempotencyHash = 1 };
        run.Take(fix);
        Assert.Equal(FixOutcome.Duplicate, run.Take(fix with { IdempotencyHash = 2, SpeedMps = 5 }));
    }

    [Fact]
    public void A_far_jump_that_stays_opens_a_case()
    {
        Run run = Driven();
        GeoPoint away = Geodesy.Destination(run.Live.Position, 200, 400_000).Quantised();
        for (int i = 0; i < 40; i++) run.Take(Next(run) with { Position = Geodesy.Destination(away, 90, 30 * i).Quantised() });
        Assert.Equal("impossibleSpeed", Assert.Single(run.Of<MockSuspected>()).Evidence[0].Kind);
    }
}

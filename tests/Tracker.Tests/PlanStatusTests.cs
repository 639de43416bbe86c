using FsCheck;
using FsCheck.Fluent;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class PlanStatusTests
{
    private static readonly Config Hundred = Config.QuickThrowOnFailure.WithMaxTest(100);
    private static readonly Geofence Cafe = new() { Id = "cafe", Name = "Café", Purpose = GeofencePurpose.Customer, Class = "A", Shape = new CircleShape(default, 50) };
    private static readonly VisitFrequency TwiceAWeek = new("A", 2, PlanPeriod.Week);

    /// <summary>Valid from Monday 2 November 2026.</summary>
    private static readonly VisitPlan Plan = new()
    {
        Id = "p",
        Name = "P",
        ValidFrom = Day("2026-11-02"),
        ValidTo = Day("2026-12-31"),
        Frequencies = [TwiceAWeek],
        Routes = [new PlanRoute("ann", DayOfWeek.Monday, ["cafe", "bar", "inn"])],
    };

    private static DateOnly Day(string text) => DateOnly.Parse(text);

    private static Visit At(string customer, string day, VisitVerdict verdict = VisitVerdict.Verified, string rep = "ann", int minutes = 10)
    {
        var begin = Instant.From(new DateTimeOffset(Day(day).ToDateTime(new TimeOnly(9, 0)), TimeSpan.Zero));
        return new Visit(rep, customer, Day(day), begin, begin + minutes.Minutes(), verdict);
    }

    private static CustomerStatus Status(string day, bool over, params Visit[] visits) => PlanStatus.Customer(Plan, Cafe, TwiceAWeek, "ann", Day(day), visits, over);

    [Fact]
    public void A_route_is_due_until_its_day_is_over()
    {
        Visit[] visits = [At("cafe", "2026-11-02"), At("bar", "2026-11-02", VisitVerdict.TooShort, minutes: 2), At("inn", "2026-11-03"), At("bar", "2026-11-02", rep: "bob")];
        PlannedState[] States(bool over) => [.. PlanStatus.Route(Plan, "ann", Day("2026-11-02"), visits, over).Select(static s => s.State)];
        Assert.Equal([PlannedState.Done, PlannedState.Due, PlannedState.Due], States(false));
        Assert.Equal([PlannedState.Done, PlannedState.Missed, PlannedState.Missed], States(true));
        Assert.Equal(VisitVerdict.TooShort, PlanStatus.Route(Plan, "ann", Day("2026-11-02"), visits, true)[1].Visit!.Verdict);
        Assert.Empty(PlanStatus.Route(Plan, "ann", Day("2026-11-03"), visits, true));
        Assert.Empty(PlanStatus.Route(Plan, "bob", Day("2026-11-02"), visits, true));
        Assert.Empty(PlanStatus.Route(Plan, "ann", Day("2026-10-26"), visits, true));
        Assert.Empty(PlanStatus.Route(Plan, "ann", Day("2027-01-04"), visits, true));
    }

    [Fact]
    public void A_doubted_visit_and_a_short_one_do_not_count_and_are_told()
    {
        CustomerStatus status = Status("2026-11-08", true, At("cafe", "2026-11-03", VisitVerdict.Doubted), At("cafe", "2026-11-04", VisitVerdict.TooShort), At("cafe", "2026-11-05"));
        Assert.Equal((2, 1, 1, 1), (status.Required, status.Done, status.TooShort, status.Doubted));
        Assert.Equal((PlannedState.Missed, Day("2026-11-05"), 3), (status.State, status.LastVisit, status.DaysSinceLastVisit));
    }

    [Fact]
    public void Two_visits_on_one_day_are_one() =>
        Assert.Equal(1, Status("2026-11-08", true, At("cafe", "2026-11-03"), At("cafe", "2026-11-03")).Done);

    [Fact]
    public void The_next_visit_is_due_at_even_intervals_and_then_overdue()
    {
        Assert.Equal(Day("2026-11-04"), Status("2026-11-02", false).NextDue);
        Assert.Equal(PlannedState.Due, Status("2026-11-04", false).State);
        Assert.Equal(PlannedState.Overdue, Status("2026-11-05", false).State);
        CustomerStatus once = Status("2026-11-05", false, At("cafe", "2026-11-03"));
        Assert.Equal((PlannedState.Due, Day("2026-11-06")), (once.State, once.NextDue));
        CustomerStatus twice = Status("2026-11-05", false, At("cafe", "2026-11-03"), At("cafe", "2026-11-05"));
        Assert.Equal((PlannedState.Done, Day("2026-11-09")), (twice.State, twice.NextDue));
    }

    [Fact]
    public void A_visit_that_comes_to_light_later_turns_missed_into_done()
    {
        Visit[] known = [At("cafe", "2026-11-03")];
        Assert.Equal(PlannedState.Missed, Status("2026-11-08", true, known).State);
        Assert.Equal(PlannedState.Done, Status("2026-11-08", true, [.. known, At("cafe", "2026-11-06")]).State);
    }

    [Theory]
    [InlineData(PlanPeriod.Week, "2026-11-08", "2026-11-02", "2026-11-08")]
    [InlineData(PlanPeriod.Fortnight, "2026-11-09", "2026-11-02", "2026-11-15")]
    [InlineData(PlanPeriod.Fortnight, "2026-11-16", "2026-11-16", "2026-11-29")]
    [InlineData(PlanPeriod.Fortnight, "2026-11-01", "2026-10-19", "2026-11-01")]
    [InlineData(PlanPeriod.Month, "2028-02-10", "2028-02-01", "2028-02-29")]
    [InlineData(PlanPeriod.Quarter, "2026-11-30", "2026-10-01", "2026-12-31")]
    public void Periods_are_those_of_the_calendar(PlanPeriod per, string day, string begin, string end) =>
        Assert.Equal(new DaySpan(Day(begin), Day(end)), PlanPeriods.Of(per, Day(day), Plan));

    [Fact]
    public void A_period_that_the_plan_does_not_cover_needs_nothing() =>
        Assert.Equal((0, PlannedState.Done), (Status("2026-10-30", true).Required, Status("2026-10-30", true).State));

    [Fact]
    public void Somebody_is_responsible_for_a_customer()
    {
        Rep ann = new(1, "ann", "Ann", "north", "UTC"), bob = new(2, "bob", "Bob", "north", "UTC");
        Assert.Equal(bob, PlanStatus.ResponsibleFor(Plan, Cafe with { Reps = ["eve", "bob"] }, [ann, bob]));
        Assert.Equal(ann, PlanStatus.ResponsibleFor(Plan, Cafe, [ann, bob]));
        Assert.Null(PlanStatus.ResponsibleFor(Plan with { Routes = [] }, Cafe, [ann, bob]));
        Assert.Equal(bob, PlanStatus.ResponsibleFor(Plan with { Routes = [] }, Cafe, [bob]));
        Assert.Null(PlanStatus.ResponsibleFor(Plan with { Routes = [] }, Cafe with { Groups = ["south"] }, [bob]));
    }

    [Fact]
    public void More_visits_never_make_it_worse() =>
        Check.One(Hundred, Prop.ForAll<int>(static seed =>
        {
            var random = new Random(seed);
            VisitFrequency frequency = new("A", random.Next(1, 8), (PlanPeriod)random.Next(4));
            Visit Some() => At("cafe", $"2026-11-{random.Next(1, 31):00}", (VisitVerdict)random.Next(3));
            List<Visit> visits = [.. Enumerable.Range(0, random.Next(12)).Select(_ => Some())];
            DateOnly date = new(2026, 11, random.Next(1, 31));
            bool over = random.Next(2) == 0;
            CustomerStatus before = PlanStatus.Customer(Plan, Cafe, frequency, null, date, visits, over);
            CustomerStatus after = PlanStatus.Customer(Plan, Cafe, frequency, null, date, [.. visits, Some()], over);
            Assert.True(after.Done >= before.Done && after.Done + after.TooShort + after.Doubted <= visits.Count + 1);
            if (before.State == PlannedState.Done) Assert.Equal(PlannedState.Done, after.State);
            Assert.True(after.Period.Contains(date) && after.DaysSinceLastVisit is null or >= 0);
            if (after.State is PlannedState.Due or PlannedState.Overdue) Assert.True(after.NextDue <= after.Period.End && after.NextDue >= after.Period.Begin.AddDays(-1));
        }));
}

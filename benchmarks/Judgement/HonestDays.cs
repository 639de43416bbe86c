using System.Globalization;
using System.Text;
using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>Ten hours of honest people: mileage, stops, trips, and whether anybody is suspected.</summary>
internal sealed class HonestDays
{
    private sealed record Day(Half Half, int IntervalS, double Bias, double PlainOff, StopScore Stops, StopScore Trips, int Cases, double TopScore, string Quality, string Why)
    {
        public double Off => Math.Abs(Bias);
    }


    private static readonly TimeSpan Length = TimeSpan.FromHours(10);
    private readonly List<Day> _days = [];

    public HonestDays(int worlds)
    {
        const int Reps = 27;
        var days = new Day[worlds * Reps];
        Parallel.For(0, worlds, seed =>
        {
            int number = 40_000 + seed;
            World world = Lives.World(number, Reps, (rep, spec) => spec with
            {
                Phone = Lives.Phone(rep),
                Offline = rep % 4 == 1 ? (Lives.Begin + TimeSpan.FromHours(2), Lives.Begin + TimeSpan.FromHours(2.4)) : default,
            });
            for (int i = 0; i < Reps; i++) days[(seed * Reps) + i] = Judge(Lives.Live(world.People[i], i, number, Length, Quality.All));
        });
        _days.AddRange(days);
    }

    private static Day Judge(Life life)
    {
        var judged = new Judged(life.Fixes, life.End);
        DayReport report = judged.Report(life.Begin, life.End);
        List<Fix> positions = [.. life.Fixes.Where(static f => f.HasPosition)];
        double trueM = life.Truth.LengthM(positions.Min(static f => f.FixedAt), positions.Max(static f => f.FixedAt));
        List<Span> stays = life.Truth.Stays(TimeSpan.FromMinutes(2));
        StopScore stops = StopScore.OfStops(stays, [.. report.Stops.Select(static s => new Span(s.BeganAt, s.EndedAt))], life.IntervalS);
        StopScore trips = StopScore.OfTrips(life.Truth, stays, [.. report.Trips.Select(static t => new Span(t.BeganAt, t.EndedAt))], life.IntervalS);
        MockSuspected? suspected = judged.Of<MockSuspected>().FirstOrDefault();
        if (suspected is not null && life.Half == Half.Tuning) Misses.Tell($"falsely suspected {life.Spec.Id}, one fix in {life.IntervalS} s, {life.Quality.Name}", suspected);
        string why = suspected is null ? "" : string.Join(", ", suspected.Evidence.Select(static e => e.Kind));
        return new Day(life.Half, life.IntervalS, report.AcceptedM / trueM - 1, Math.Abs(report.RawM / trueM - 1), stops, trips,
            judged.Of<MockSuspected>().Count(), suspected?.Score ?? 0, life.Quality.Name, why);
    }

    public void Write(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## Mileage of {_days.Count} honest days of ten hours\n\n");
        text.Append("Error of a day's paid metres, and of the plain sum of all accepted fixes, against the way really gone; tunnels,\nhigh houses, outliers and drift indoors included.\n\n");
        text.Append(Figures.Table(["half", "one fix in", "days", "median", "p95", "bias", "plain median", "plain p95"], Rows(Mileage)));
        text.Append("\n## Stops and trips\n\n");
        text.Append("A stop is at least 3 min within 60 m; what lies so near to that limit that the sampling decides is not counted.\n\n");
        text.Append(Figures.Table(["half", "one fix in", "stops", "precision", "recall", "F1", "boundary p50", "p95", "trips F1", "boundary p50", "p95"], Rows(StopRow)));
        int cases = _days.Sum(static d => d.Cases);
        text.Append(CultureInfo.InvariantCulture, $"\n## False mock cases on honest days\n\n{cases} cases in {_days.Count} days, {_days.Count(static d => d.Cases > 0)} days concerned.\n");
        foreach (IGrouping<string, Day> group in _days.Where(static d => d.Cases > 0).GroupBy(static d => $"{d.Quality}: {d.Why}"))
            text.Append(CultureInfo.InvariantCulture, $"- {group.Count()} × {group.Key}\n");
    }

    private IEnumerable<string[]> Rows(Func<List<Day>, string[]> figures)
    {
        foreach (Half half in Enum.GetValues<Half>())
        {
            foreach (int interval in Lives.IntervalsS)
            {
                List<Day> days = [.. _days.Where(d => d.Half == half && d.IntervalS == interval)];
                yield return [Name(half), $"{interval} s", .. figures(days)];
            }
            List<Day> target = [.. _days.Where(d => d.Half == half && d.IntervalS <= 30)];
            yield return [Name(half), "**30 s or better**", .. figures(target)];
        }
    }

    private static string[] Mileage(List<Day> days) =>
    [
        $"{days.Count}", Figures.Percent(Figures.Quantile(days.Select(static d => d.Off), 0.5)), Figures.Percent(Figures.Quantile(days.Select(static d => d.Off), 0.95)),
        Figures.Percent(Figures.Quantile(days.Select(static d => d.Bias), 0.5)),
        Figures.Percent(Figures.Quantile(days.Select(static d => d.PlainOff), 0.5)), Figures.Percent(Figures.Quantile(days.Select(static d => d.PlainOff), 0.95)),
    ];

    private static string[] StopRow(List<Day> days)
    {
        StopScore stops = StopScore.Sum(days.Select(static d => d.Stops)), trips = StopScore.Sum(days.Select(static d => d.Trips));
        return
        [
            $"{stops.Found + stops.Missed}", Figures.Percent(stops.Precision), Figures.Percent(stops.Recall), Figures.Number(stops.F1, "0.000"),
            $"{Figures.Number(Figures.Quantile(stops.BoundaryS, 0.5))} s", $"{Figures.Number(Figures.Quantile(stops.BoundaryS, 0.95))} s",
            Figures.Number(trips.F1, "0.000"), $"{Figures.Number(Figures.Quantile(trips.BoundaryS, 0.5))} s", $"{Figures.Number(Figures.Quantile(trips.BoundaryS, 0.95))} s",
        ];
    }

    internal static string Name(Half half) => half == Half.Tuning ? "tuning" : "held back";
}

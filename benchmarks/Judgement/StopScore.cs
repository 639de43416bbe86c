namespace Tracking.Judgement;

/// <summary>How well intervals that were found agree with true ones.</summary>
internal sealed record StopScore(int Found, int Missed, int Right, int False, IReadOnlyList<double> BoundaryS)
{
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(3);

    public double Precision => (double)Right / (Right + False);

    public double Recall => (double)Found / (Found + Missed);

    public double F1 => 2 * Precision * Recall / (Precision + Recall);

    public static StopScore Sum(IEnumerable<StopScore> scores)
    {
        List<StopScore> all = [.. scores];
        return new(all.Sum(static s => s.Found), all.Sum(static s => s.Missed), all.Sum(static s => s.Right), all.Sum(static s => s.False),
            [.. all.SelectMany(static s => s.BoundaryS)]);
    }

    /// <summary>Compares stops; stays whose length the sampling may put on either side of three minutes count neither way.</summary>
    public static StopScore OfStops(List<Span> stays, List<Span> found, int intervalS)
    {
        List<Span> certain = [.. stays.Where(s => s.Length >= Sure(intervalS))], unsure = [.. stays.Where(s => s.Length < Sure(intervalS))];
        return Compare(certain, unsure, found);
    }

    /// <summary>Compares trips: the ways between certain stops.</summary>
    public static StopScore OfTrips(TrueDay truth, List<Span> stays, List<Span> found, int intervalS)
    {
        List<Span> certain = [], unsure = [];
        for (int i = 0; i + 1 < stays.Count; i++)
        {
            var trip = new Span(stays[i].To, stays[i + 1].From);
            bool sure = stays[i].Length >= Sure(intervalS) && stays[i + 1].Length >= Sure(intervalS);
            if (sure && truth.LengthM(trip.From, trip.To) is > 300 && trip.Length > TimeSpan.FromSeconds(3 * intervalS)) certain.Add(trip);
            else unsure.Add(trip);
        }
        // What lies before the first and after the last stay is no trip between two stops.
        if (stays.Count > 0)
        {
            unsure.Add(new(truth.TimeOf(0), stays[0].From));
            unsure.Add(new(stays[^1].To, truth.TimeOf(truth.Count - 1)));
        }
        return Compare(certain, unsure, found);
    }

    private static StopScore Compare(List<Span> certain, List<Span> unsure, List<Span> found)
    {
        List<double> boundaries = [];
        int hit = 0;
        foreach (Span wanted in certain)
        {
            Span best = found.MaxBy(f => f.Overlap(wanted));
            if (!Agree(best, wanted)) continue;
            hit++;
            boundaries.Add(Math.Abs((best.From - wanted.From).TotalSeconds));
            boundaries.Add(Math.Abs((best.To - wanted.To).TotalSeconds));
        }
        int right = 0, wrong = 0;
        foreach (Span one in found)
        {
            if (certain.Exists(c => Agree(one, c))) right++;
            else if (!unsure.Exists(u => one.Overlap(u) * 2 >= one.Length || one.Overlap(u) * 2 >= u.Length)) wrong++;
        }
        return new(hit, certain.Count - hit, right, wrong, boundaries);
    }

    private static bool Agree(Span a, Span b) => a.Overlap(b) * 2 > a.Length && a.Overlap(b) * 2 > b.Length;

    private static TimeSpan Sure(int intervalS) => Least + TimeSpan.FromSeconds(Math.Max(30, 2 * intervalS));
}

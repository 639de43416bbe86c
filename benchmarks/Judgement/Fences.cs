using System.Text;
using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>Fence alarms against jitter, misses against sampling, delay, beside a plain point-in-polygon.</summary>
internal sealed class Fences
{
    private static readonly GeoPoint Middle = new(48.2, 16.37);
    private static readonly Instant Begin = Lives.Begin;
    private readonly List<string[]> _parked = [], _passing = [];

    public Fences(int seeds)
    {
        foreach (double sigma in new double[] { 5, 10, 20, 30 })
        {
            foreach ((string where, double awayM) in new[] { ("in the middle", 0.0), ("20 m inside the border", 80) })
                _parked.Add(Parked(sigma, where, awayM, seeds));
        }
        foreach (int interval in new[] { 5, 10, 30 })
        {
            foreach (double sigma in new double[] { 5, 20 }) _passing.Add(Passing(interval, sigma, seeds * 8));
        }
    }

    private static readonly Geofence Square = new()
    {
        Key = 1,
        Id = "square",
        Name = "Square",
        Shape = new PolygonShape([new PolygonRings([Corner(-1, -1), Corner(-1, 1), Corner(1, 1), Corner(1, -1)], [])]),
    };

    private static GeoPoint Corner(int north, int east) => TrueDay.Moved(Middle, north * HalfM, east * HalfM);

    private const double HalfM = 100;

    private static bool Plainly(GeoPoint point, double halfM)
    {
        (double north, double east) = TrueDay.Offset(Middle, point);
        return Math.Abs(north) <= halfM && Math.Abs(east) <= halfM;
    }

    // A day beside or inside a square of 200 m: drift that lasts a minute, white noise, and reflections of 200 m.
    private static string[] Parked(double sigmaM, string where, double awayM, int seeds)
    {
        int alarms = 0, plain = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            var random = new Random(9000 + seed);
            GeoPoint home = TrueDay.Moved(Middle, 0, awayM);
            double driftN = 0, driftE = 0, keep = Math.Exp(-30.0 / 60), fresh = Math.Sqrt(1 - (keep * keep)) * 0.8 * sigmaM;
            List<Fix> fixes = [];
            bool inside = true;
            for (int second = 0; second < 86_400; second += 30)
            {
                (driftN, driftE) = ((driftN * keep) + (fresh * Normal(random)), (driftE * keep) + (fresh * Normal(random)));
                GeoPoint seen = TrueDay.Moved(home, driftN + (0.6 * sigmaM * Normal(random)), driftE + (0.6 * sigmaM * Normal(random)));
                double angle = random.NextDouble() * 2 * Math.PI;
                if (random.NextDouble() < 0.05) seen = TrueDay.Moved(home, 200 * Math.Cos(angle), 200 * Math.Sin(angle));
                fixes.Add(FixAt(second, seen, 1.51 * sigmaM));
                if (Plainly(seen, HalfM) == inside) continue;
                inside = !inside;
                plain++;
            }
            alarms += new Judged(fixes, Begin + TimeSpan.FromDays(1), Square).Of<GeofenceEvent>().Count() - 1;
        }
        return [$"{sigmaM:0} m", where, Figures.Number(alarms / (double)seeds, "0.00"), Figures.Number(plain / (double)seeds, "0.0")];
    }

    // Straight across a square of 100 m at 30 to 110 km/h.
    private static string[] Passing(int intervalS, double sigmaM, int seeds)
    {
        int found = 0, plain = 0, single = 0;
        List<double> delays = [], plainDelays = [];
        Geofence fence = Square with { Shape = new CircleShape(Middle, 50) };
        for (int seed = 0; seed < seeds; seed++)
        {
            var random = new Random(7000 + seed);
            double speed = (30 + (80 * random.NextDouble())) / 3.6, course = random.NextDouble() * 2 * Math.PI, aside = (random.NextDouble() - 0.5) * 50;
            double offset = random.NextDouble() * intervalS;
            List<Fix> fixes = [];
            for (double t = offset; t < 600; t += intervalS)
            {
                double along = speed * (t - 300);
                GeoPoint at = TrueDay.Moved(Middle, (along * Math.Cos(course)) - (aside * Math.Sin(course)), (along * Math.Sin(course)) + (aside * Math.Cos(course)));
                fixes.Add(FixAt(t, TrueDay.Moved(at, sigmaM * Normal(random), sigmaM * Normal(random)), 1.51 * sigmaM) with { SpeedMps = (float)speed });
            }
            Instant entered = Begin + TimeSpan.FromSeconds(300 - (Math.Sqrt(2500 - (aside * aside)) / speed));
            List<GeofenceEvent> events = [.. new Judged(fixes, Begin + TimeSpan.FromHours(1), fence).Of<GeofenceEvent>()];
            if (events.Count > 0) found++;
            if (events is [GeofenceCrossed] or [GeofenceEntered, GeofenceExited]) single++;
            if (events.Count > 0) delays.Add((events[0].ConfirmedAt - entered).TotalSeconds);
            Fix? first = fixes.Where(f => TrueDay.Metres(f.Position, Middle) <= 50).Cast<Fix?>().FirstOrDefault();
            if (first is null) continue;
            plain++;
            plainDelays.Add((first.Value.FixedAt - entered).TotalSeconds);
        }
        return
        [
            $"{intervalS} s", $"{sigmaM:0} m", Figures.Percent(found / (double)seeds), Figures.Percent(single / (double)seeds),
            $"{Figures.Number(Figures.Quantile(delays, 0.5))} s", $"{Figures.Number(Figures.Quantile(delays, 0.95))} s",
            Figures.Percent(plain / (double)seeds), $"{Figures.Number(Figures.Quantile(plainDelays, 0.5))} s",
        ];
    }

    private static Fix FixAt(double second, GeoPoint at, double accuracyM) => new()
    {
        FixedAt = Begin + TimeSpan.FromSeconds(second),
        ReceivedAt = Begin + TimeSpan.FromSeconds(second + 0.4),
        Position = at.Quantised(),
        AccuracyM = (float)accuracyM,
    };

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public void Write(StringBuilder text)
    {
        text.Append("\n## Geofences\n\nA phone that lies inside a square of 200 m for 24 hours, one fix in 30 s, 5 % of them 200 m away: false alarms a day.\n\n");
        text.Append(Figures.Table(["σ", "where", "false alarms a day", "plain point-in-polygon"], _parked));
        text.Append("\nOnce through a circle of 100 m, up to 25 m beside its middle, at 30 to 110 km/h.\n\n");
        text.Append(Figures.Table(["one fix in", "σ", "seen", "told as exactly one passage", "delay p50", "p95", "plain: seen", "delay p50"], _passing));
    }
}

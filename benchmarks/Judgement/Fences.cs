using System.Text;
using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>Fence alarms of phones that lie still, and how soon and how surely going out and passing through are told, beside a plain point-in-polygon.</summary>
internal sealed class Fences
{
    private const double HalfM = 100, RadiusM = 50;
    private static readonly GeoPoint Middle = new(48.2, 16.37);
    private static readonly double[] ParkedIntervalsS = [5, 30, 120];
    private static readonly Geofence Square = new()
    {
        Key = 1,
        Id = "square",
        Name = "Square",
        Shape = new PolygonShape([new PolygonRings([Corner(-1, -1), Corner(-1, 1), Corner(1, 1), Corner(1, -1)], [])]),
    };
    private static readonly Geofence Disc = Square with { Shape = new CircleShape(Middle, RadiusM) };
    private readonly List<string[]> _parked = [], _leaving = [], _passing = [];

    public Fences(int seeds)
    {
        foreach (double sigma in new double[] { 5, 10, 20, 30 })
        {
            foreach ((string where, double awayM) in new[] { ("in the middle", 0.0), ("20 m inside the border", 80), ("20 m outside", 120) })
            {
                foreach (double claimed in new[] { double.NaN, 3 }) _parked.Add(Parked(sigma, where, awayM, claimed, seeds));
            }
        }
        foreach (Going going in new[] { Going.OnFoot, Going.ByCar })
        {
            foreach (double interval in new double[] { 1, 5, 10, 30, 60 })
            {
                foreach (double sigma in new double[] { 5, 20 }) _leaving.Add(Leaving(going, interval, sigma, seeds * 4));
            }
        }
        foreach (bool tellsSpeed in new[] { true, false })
        {
            foreach (double interval in new double[] { 1, 5, 10, 30 })
            {
                foreach (double sigma in new double[] { 5, 20 }) _passing.Add(Passing(interval, sigma, tellsSpeed, seeds * 20));
            }
        }
    }

    private static GeoPoint Corner(int north, int east) => TrueDay.Moved(Middle, north * HalfM, east * HalfM);

    private static bool IsInSquare(GeoPoint point)
    {
        (double north, double east) = TrueDay.Offset(Middle, point);
        return Math.Abs(north) <= HalfM && Math.Abs(east) <= HalfM;
    }

    // Alarms a day, but for the one entry of a phone that lies inside.
    private static string[] Parked(double sigmaM, string where, double awayM, double claimedM, int seeds)
    {
        List<string> cells = [$"{sigmaM:0} m", where, double.IsNaN(claimedM) ? "honest" : "2 to 4 m"];
        GeoPoint home = TrueDay.Moved(Middle, 0, awayM);
        bool isInside = awayM < HalfM;
        int plain = 0;
        foreach (double interval in ParkedIntervalsS)
        {
            int alarms = 0;
            for (int seed = 0; seed < seeds; seed++)
            {
                var phone = new FencePhone(sigmaM, claimedM, interval, OutlierShare: 0.05, Drifts: seed % 2 == 0);
                List<Fix> fixes = phone.See(86_400, _ => home, static _ => 0, new Random(31_000 + seed));
                int told = new Judged(fixes, Lives.Begin + TimeSpan.FromDays(1), Square).Of<GeofenceEvent>().Count();
                alarms += isInside ? Math.Abs(told - 1) : told;
                if (interval != 30) continue;
                for (int i = 1; i < fixes.Count; i++) plain += IsInSquare(fixes[i].Position) != IsInSquare(fixes[i - 1].Position) ? 1 : 0;
            }
            cells.Add(Figures.Number(alarms / (double)seeds, "0.00"));
        }
        cells.Add(Figures.Number(plain / (double)seeds, "0"));
        return [.. cells];
    }

    private sealed record Going(string Name, double TopMps, double GainMps2)
    {
        public static readonly Going OnFoot = new("on foot", 1.4, 0.7), ByCar = new("by car", 12, 2);

        public double SpeedMps(double s) => Math.Clamp(GainMps2 * s, 0, TopMps);

        public double WayM(double s)
        {
            double gainingS = Math.Clamp(s, 0, TopMps / GainMps2);
            return (GainMps2 * gainingS * gainingS / 2) + (TopMps * Math.Max(0, s - gainingS));
        }
    }

    // Half an hour 60 m inside the border, then out across it. The phone throws no outliers while somebody goes.
    private static string[] Leaving(Going going, double intervalS, double sigmaM, int seeds)
    {
        const double BeginS = 1800, InsideM = 60;
        List<double> delays = [], fixesLater = [], off = [];
        for (int seed = 0; seed < seeds; seed++)
        {
            var random = new Random(41_000 + seed);
            double crossedS = BeginS;
            while (going.WayM(crossedS - BeginS) < InsideM) crossedS += 0.1;
            var phone = new FencePhone(sigmaM, double.NaN, intervalS, TellsSpeed: seed % 2 == 0);
            List<Fix> fixes = phone.See(BeginS + 900, s => TrueDay.Moved(Middle, 0, HalfM - InsideM + going.WayM(s - BeginS)), s => going.SpeedMps(s - BeginS), random);
            Instant crossed = Lives.Begin + TimeSpan.FromSeconds(crossedS);
            GeofenceExited? exit = new Judged(fixes, Lives.Begin + TimeSpan.FromHours(1), Square).Of<GeofenceExited>().FirstOrDefault();
            if (exit is null) continue;
            delays.Add((exit.ConfirmedAt - crossed).TotalSeconds);
            fixesLater.Add(fixes.Count(f => f.FixedAt > crossed && f.FixedAt <= exit.ConfirmedAt));
            off.Add(Math.Abs((exit.At - crossed).TotalSeconds));
        }
        return
        [
            going.Name, $"{intervalS:0} s", $"{sigmaM:0} m", Figures.Percent(delays.Count / (double)seeds),
            $"{Figures.Number(Figures.Quantile(delays, 0.5))} s", $"{Figures.Number(Figures.Quantile(delays, 0.95))} s",
            Figures.Number(Figures.Quantile(fixesLater, 0.5)), Figures.Number(Figures.Quantile(fixesLater, 0.95)),
            $"{Figures.Number(Figures.Quantile(off, 0.5), "0.0")} s", $"{Figures.Number(Figures.Quantile(off, 0.95), "0.0")} s",
        ];
    }

    // Straight through a circle of 100 m, up to 25 m beside its middle, at 30 to 110 km/h; and past it, 25 m beside its border.
    private static string[] Passing(double intervalS, double sigmaM, bool tellsSpeed, int seeds)
    {
        int found = 0, plain = 0, single = 0, beside = 0;
        List<double> delays = [];
        for (int seed = 0; seed < seeds; seed++)
        {
            var random = new Random(51_000 + seed);
            double speed = (30 + (80 * random.NextDouble())) / 3.6, course = random.NextDouble() * 2 * Math.PI, aside = (random.NextDouble() - 0.5) * 50;
            var phone = new FencePhone(sigmaM, double.NaN, intervalS, TellsSpeed: tellsSpeed, Drifts: seed % 2 == 0);
            List<Fix> fixes = phone.See(600, s => On(speed * (s - 300), aside), _ => speed, random);
            Instant entered = Lives.Begin + TimeSpan.FromSeconds(300 - (Math.Sqrt((RadiusM * RadiusM) - (aside * aside)) / speed));
            List<GeofenceEvent> events = [.. new Judged(fixes, Lives.Begin + TimeSpan.FromHours(1), Disc).Of<GeofenceEvent>()];
            if (events.Count > 0) found++;
            if (events is [GeofenceCrossed] or [GeofenceEntered, GeofenceExited]) single++;
            if (events.Count > 0) delays.Add((events[0].ConfirmedAt - entered).TotalSeconds);
            if (fixes.Any(static f => TrueDay.Metres(f.Position, Middle) <= RadiusM)) plain++;
            List<Fix> past = phone.See(600, s => On(speed * (s - 300), RadiusM + 25), _ => speed, random);
            if (new Judged(past, Lives.Begin + TimeSpan.FromHours(1), Disc).Of<GeofenceEvent>().Any()) beside++;

            GeoPoint On(double along, double asideM) => TrueDay.Moved(
                Middle, (along * Math.Cos(course)) - (asideM * Math.Sin(course)), (along * Math.Sin(course)) + (asideM * Math.Cos(course)));
        }
        return
        [
            tellsSpeed ? "yes" : "no", $"{intervalS:0} s", $"{sigmaM:0} m", Figures.Percent(found / (double)seeds), Figures.Percent(single / (double)seeds),
            $"{Figures.Number(Figures.Quantile(delays, 0.5))} s", $"{Figures.Number(Figures.Quantile(delays, 0.95))} s",
            Figures.Percent(plain / (double)seeds), Figures.Percent(beside / (double)seeds),
        ];
    }

    public void Write(StringBuilder text)
    {
        text.Append("\n## Geofences\n\nA phone that lies still for 24 hours near a square of 200 m, 5 % of its fixes 200 m away; σ per axis, for half of the phones most of it\ndrift of a minute.\n");
        text.Append("False alarms a day, by the accuracy that it claims and the time between two fixes; plain: point-in-polygon at one fix in 30 s.\n\n");
        text.Append(Figures.Table(["σ", "where", "claims", .. ParkedIntervalsS.Select(static s => $"{s:0} s"), "plain"], _parked));
        text.Append("\nOut of that square after half an hour 60 m inside its border; half of the phones report a speed. Delay: from the true crossing to the\n");
        text.Append("fix that proves it, in seconds and in fixes; off: between the true crossing and the one that is told.\n\n");
        text.Append(Figures.Table(["how", "one fix in", "σ", "told", "delay p50", "p95", "fixes p50", "p95", "off p50", "p95"], _leaving));
        text.Append("\nOnce through a circle of 100 m across, up to 25 m beside its middle, at 30 to 110 km/h; plain: a fix lies inside; and past it, 25 m beside its border.\n\n");
        text.Append(Figures.Table(["speed told", "one fix in", "σ", "seen", "told as exactly one passage", "delay p50", "p95", "plain: seen", "told when passing by"], _passing));
    }
}

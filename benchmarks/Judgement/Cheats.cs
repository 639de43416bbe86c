using System.Globalization;
using System.Text;
using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>Labelled cheats, alone and combined: recall, precision and delay per kind.</summary>
internal sealed class Cheats
{
    private sealed record Trial(string Kind, Half Half, bool Caught, double DelayS, int Right, int Wrong, string Evidence);

    // Nobody can see these in what a phone reports: it lies where a person could sit.
    private static readonly CheatKind[] Invisible = [CheatKind.None, CheatKind.PhoneLeft];
    private static readonly CheatKind[] Kinds = [.. Enum.GetValues<CheatKind>().Except(Invisible)];
    private static readonly (CheatKind, CheatKind)[] Pairs =
    [
        (CheatKind.CleanRoute, CheatKind.FrozenSensors), (CheatKind.Lattice, CheatKind.NoSpeed), (CheatKind.StillActivity, CheatKind.FixedCourse),
        (CheatKind.WrongSpeed, CheatKind.ClockBack), (CheatKind.Pinned, CheatKind.FrozenSensors),
    ];

    // What the phones' own reports do not show: an app that the tracking app finds, an emulator, a second phone at home.
    private static readonly string[] Besides = ["MockAppFound", "EmulatorFound", "SecondDevice", .. Forgeries.Names];

    private static readonly int[] PacesS = [1, 2, 5, 10, 15, 30];
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(15);
    private readonly List<Trial> _trials = [];

    public Cheats(int seeds)
    {
        int kinds = Kinds.Length + Pairs.Length + Besides.Length;
        var trials = new Trial?[seeds * kinds];
        Parallel.For(0, seeds, index =>
        {
            int seed = 51_000 + index;
            World world = Lives.World(seed, kinds, (number, spec) => Script(number, index, spec));
            for (int i = 0; i < kinds; i++) trials[(index * kinds) + i] = Try(world.People[i], i, seed);
        });
        _trials.AddRange(trials.OfType<Trial>());
    }

    private static PersonSpec Script(int number, int index, PersonSpec spec)
    {
        int pair = number - Kinds.Length;
        (CheatKind kind, CheatKind also) = pair < 0 ? (Kinds[number], CheatKind.None) : pair < Pairs.Length ? Pairs[pair] : default;
        TimeSpan after = TimeSpan.FromMinutes(95 + (index * 7 % 40)) + (kind == CheatKind.ReplayYesterday ? TimeSpan.FromDays(1) : TimeSpan.Zero);
        Instant from = Lives.Begin + after, to = from + TimeSpan.FromMinutes(90 + (index * 7 % 60));
        int pace = PacesS[(number + index) % PacesS.Length];
        return spec with
        {
            Cheat = new CheatWindow(kind, from, to),
            AlsoCheat = also == CheatKind.None ? default : new CheatWindow(also, from, to),
            Phone = new PhoneModel("judged", 3 + (index % 3 * 2), 0.5, pace, Math.Max(15, pace)),
        };
    }

    private static Trial? Try(Person person, int number, int seed)
    {
        CheatWindow window = person.Spec.Cheat;
        Life life = Lives.Live(person, number, seed, window.To - Lives.Begin + TimeSpan.FromMinutes(60), Quality.Telling);
        // A cheat that never changes anything, such as a replay of nothing, is none.
        if (!life.Fixes.Exists(f => f.HasPosition && IsWithin(window, f.ReceivedAt))) return null;
        int besides = number - Kinds.Length - Pairs.Length;
        Judged judged = besides < 0 ? new Judged(life.Fixes, life.End) : Beside(Besides[besides], life, window, person.Home.Position);
        List<MockSuspected> cases = [.. judged.Of<MockSuspected>()];
        MockSuspected? caught = cases.Find(c => c.ConfirmedAt >= window.From && c.ConfirmedAt < window.To + Settled);
        int right = cases.Count(c => c.ConfirmedAt >= window.From && c.ConfirmedAt < window.To + Settled);
        string kind = besides >= 0 ? Besides[besides] : NameOf(window.Kind) + (person.Spec.AlsoCheat.Kind == CheatKind.None ? "" : $" + {NameOf(person.Spec.AlsoCheat.Kind)}");
        MockSuspected? outside = cases.Find(c => c.ConfirmedAt < window.From || c.ConfirmedAt >= window.To + Settled);
        if (outside is not null && life.Half == Half.Tuning) Misses.Tell($"beside {kind}, window {window.From} to {window.To}, seed {seed}, one fix in {life.IntervalS} s", outside);
        double delay = caught is null ? double.NaN : (caught.ConfirmedAt - window.From).TotalSeconds;
        if (caught is null && life.Half == Half.Tuning) Misses.Tell($"missed {kind}, seed {seed}, one fix in {life.IntervalS} s, {life.Quality.Name}, {life.Truth.LengthM(window.From, window.To):0} m truly gone");
        return new Trial(kind, life.Half, caught is not null, delay, right, cases.Count - right, caught?.Evidence[0].Kind ?? "");
    }

    private static bool IsWithin(CheatWindow window, Instant at) => at >= window.From && at < window.To;

    private static Judged Beside(string kind, Life life, CheatWindow window, GeoPoint home)
    {
        if (Forgeries.Names.Contains(kind)) return new Judged(Forgeries.Make(kind, life.Fixes, window, life.Fixes.Count), life.End);
        if (kind == "SecondDevice")
        {
            var random = new Random(life.Fixes.Count);
            IEnumerable<(Fix Fix, int Device)> second = life.Fixes.Where(f => IsWithin(window, f.ReceivedAt)).Where((_, i) => i % 3 == 0).Select(f => (f with
            {
                Position = TrueDay.Moved(home, 8 * random.NextDouble(), 8 * random.NextDouble()).Quantised(),
                AccuracyM = 9,
                SpeedMps = 0,
                Traits = FixTraits.None,
            }, 2));
            return new Judged([.. life.Fixes.Select(static f => (f, 1)).Concat(second).OrderBy(static f => f.Item1.ReceivedAt)], [], 0, life.End, []);
        }
        DeviceEventKind told = Enum.Parse<DeviceEventKind>(kind);
        return new Judged(life.Fixes, [new DeviceEvent { Kind = told, At = window.From, ReceivedAt = window.From + TimeSpan.FromSeconds(2) }], 0, life.End);
    }

    public void Write(StringBuilder text)
    {
        text.Append("\n## Cheats\n\nEach for one and a half to two and a half hours of an otherwise honest day, one fix in 1 to 30 s. A phone that is left lying (`PhoneLeft`)\n");
        text.Append("reports honestly where it is; no rule about positions can tell, so it is not counted. From `JoystickWalk` on, the fixes themselves are\nforged without any flag: walking by joystick, a drawn way at one speed, speeding up by plan, 400 km away for good, the rep's own way of\nthe day twice as fast with speeds to match, positions by satellites without satellites, and a mock app now and then (which tells its flag).\n\n");
        List<string[]> rows = [];
        foreach (string kind in _trials.Select(static t => t.Kind).Distinct())
            rows.Add([kind, .. Enum.GetValues<Half>().SelectMany(half => Row(half, t => t.Kind == kind)), Told(kind)]);
        rows.Add(["**all**", .. Enum.GetValues<Half>().SelectMany(half => Row(half, static _ => true)), ""]);
        text.Append(Figures.Table(["cheat", "tuning: recall", "precision", "median delay", "held back: recall", "precision", "median delay", "first evidence"], rows));
    }

    private string[] Row(Half half, Func<Trial, bool> which)
    {
        List<Trial> trials = [.. _trials.Where(t => t.Half == half && which(t))];
        int right = trials.Sum(static t => t.Right), wrong = trials.Sum(static t => t.Wrong);
        double delay = Figures.Quantile(trials.Where(static t => t.Caught).Select(static t => t.DelayS), 0.5);
        return
        [
            Figures.Percent(trials.Count(static t => t.Caught) / (double)trials.Count),
            right + wrong == 0 ? "–" : Figures.Percent(right / (double)(right + wrong)), double.IsNaN(delay) ? "–" : $"{Figures.Number(delay)} s",
        ];
    }

    private string Told(string kind) =>
        string.Join(", ", _trials.Where(t => t.Kind == kind && t.Caught).CountBy(static t => t.Evidence).OrderByDescending(static e => e.Value).Take(2).Select(static e => e.Key));

    private static string NameOf(CheatKind kind) => kind.ToString();

    public string Total() => string.Create(CultureInfo.InvariantCulture, $"{_trials.Count(static t => t.Caught)} of {_trials.Count} cheats caught");
}

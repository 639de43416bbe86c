using System.Text;
using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>Signal that is lost for known reasons, and what the tracker calls them.</summary>
internal sealed class Silences
{
    private static readonly string[] Reasons = ["batteryDead", "switchedOff", "noNetwork", "unknown"];
    private readonly Dictionary<(string True, string Told), int> _lost = [], _restored = [];

    public Silences(int seeds)
    {
        for (int seed = 0; seed < seeds; seed++)
        {
            int world = 3001 + seed;
            foreach (string reason in Reasons) Try(reason, world);
        }
    }

    private void Try(string reason, int seed)
    {
        Instant from = Lives.Begin + TimeSpan.FromMinutes(80), to = from + TimeSpan.FromMinutes(35 + (seed * 7 % 50));
        PhoneModel phone = new("judged", 4, 3, 10, 30);
        World world = Lives.World(seed, 1, (_, spec) => spec with { Phone = phone });
        Life life = Lives.Live(world.People[0], seed, seed, TimeSpan.FromHours(5), Quality.All);
        var random = new Random(seed);
        List<Fix> fixes = [.. Silence(life.Fixes, reason, from, to, random).OrderBy(static f => f.ReceivedAt)];
        var judged = new Judged(fixes, life.End);
        SignalLost? lost = judged.Of<SignalLost>().FirstOrDefault(l => l.At >= from && l.At < to + TimeSpan.FromMinutes(1));
        SignalRestored? restored = judged.Of<SignalRestored>().FirstOrDefault(r => lost is not null && r.LostAt == lost.At);
        Count(_lost, (reason, lost?.Reason ?? "not noticed"));
        Count(_restored, (reason, restored?.Reason ?? "not noticed"));
    }

    private static IEnumerable<Fix> Silence(List<Fix> fixes, string reason, Instant from, Instant to, Random random)
    {
        float level = 20 + (60 * random.NextSingle());
        foreach (Fix fix in fixes)
        {
            Fix told = fix with { BatteryPct = LevelAt(fix.FixedAt, reason, level, from, to), Traits = fix.Traits & ~FixTraits.Charging };
            if (fix.FixedAt < from || fix.FixedAt >= to) yield return told;
            else if (reason == "noNetwork") yield return told with { ReceivedAt = to };
        }
    }

    private static float LevelAt(Instant at, string reason, float level, Instant from, Instant to)
    {
        double hours = (at - from).TotalHours;
        if (reason != "batteryDead") return MathF.Round(Math.Clamp(level - (float)(4 * hours), 6, 100));
        return at < from ? MathF.Round(Math.Clamp((float)(1 - (8 * hours)), 1, 100)) : MathF.Round(Math.Clamp(10 + (float)(30 * (at - to).TotalHours), 1, 100));
    }

    private static void Count(Dictionary<(string, string), int> counts, (string, string) key) => counts[key] = counts.GetValueOrDefault(key) + 1;

    public void Write(StringBuilder text)
    {
        text.Append("\n## Reason of signal loss\n\nRows: what happened; columns: what was told, when the signal was lost and, behind the stroke, when it came back.\n\n");
        List<string> told = [.. _lost.Keys.Concat(_restored.Keys).Select(static k => k.Told).Distinct().Order(StringComparer.Ordinal)];
        text.Append(Figures.Table(["what happened", .. told, "right"], Reasons.Select(reason => Row(reason, told))));
        int all = _restored.Values.Sum();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\nRight at the return: {Figures.Percent(Reasons.Sum(r => _restored.GetValueOrDefault((r, r))) / (double)all)}\n");
    }

    private string[] Row(string reason, List<string> told) =>
    [
        reason, .. told.Select(t => $"{_lost.GetValueOrDefault((reason, t))} / {_restored.GetValueOrDefault((reason, t))}"),
        Figures.Percent(_restored.GetValueOrDefault((reason, reason)) / (double)_restored.Where(e => e.Key.True == reason).Sum(static e => e.Value)),
    ];
}

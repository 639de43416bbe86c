using System.Globalization;
using System.Text;
using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>Signal that is lost for known reasons, and what the tracker calls them.</summary>
internal sealed class Silences
{
    private static readonly string[] Reasons =
    [
        "batteryDead", "switchedOff", "appStopped", "locationPermission", "locationService", "aeroplaneMode", "noNetwork", "noSatellites", "areaOutage", "unknown",
    ];

    private readonly Dictionary<(string True, string Told), int> _lost = [], _restored = [];
    private int _heldBackRight, _heldBack;

    public Silences(int seeds)
    {
        for (int seed = 0; seed < seeds; seed++)
        {
            foreach (string reason in Reasons) Try(reason, 63_000 + seed);
        }
    }

    private void Try(string reason, int seed)
    {
        var silence = new Silence(reason, seed);
        PhoneModel phone = new("judged", 4, 3, 10, 30);
        World world = Lives.World(seed, 1, (_, spec) => spec with { Phone = phone });
        Life life = Lives.Live(world.People[0], seed, seed, TimeSpan.FromHours(5), Quality.All);
        List<Fix> fixes = [.. silence.Of(life.Fixes).OrderBy(static f => f.ReceivedAt)];
        var judged = new Judged(fixes, [.. silence.Told().OrderBy(static t => t.ReceivedAt)], silence.NeighboursLost, life.End);
        SignalLost? lost = judged.Of<SignalLost>().FirstOrDefault(l => l.At >= silence.From && l.At < silence.To + TimeSpan.FromMinutes(1));
        SignalRestored? restored = judged.Of<SignalRestored>().FirstOrDefault(r => lost is not null && r.LostAt == lost.At);
        Count(_lost, (reason, lost?.Reason ?? "not noticed"));
        Count(_restored, (reason, restored?.Reason ?? "not noticed"));
        if (restored?.Reason != reason && life.Half == Half.Tuning) Misses.Tell($"silence {reason}, seed {seed}: {lost?.Reason} then {restored?.Reason}");
        if (Lives.HalfOf(seed) != Half.HeldBack) return;
        _heldBack++;
        if (restored?.Reason == reason) _heldBackRight++;
    }

    private static void Count(Dictionary<(string, string), int> counts, (string, string) key) => counts[key] = counts.GetValueOrDefault(key) + 1;

    public void Write(StringBuilder text)
    {
        text.Append("\n## Reason of signal loss\n\nRows: what happened; columns: what was told, when the signal was lost and, behind the stroke, when it came back.\n");
        text.Append("How much devices tell is assumed, not measured: a shutdown in four of five cases, a killed app in every second one, aeroplane mode\nseldom before it is over, an old battery dies at up to 10 %.\n\n");
        List<string> told = [.. Reasons, .. _lost.Keys.Concat(_restored.Keys).Select(static k => k.Told).Distinct().Except(Reasons)];
        text.Append(Figures.Table(["what happened", .. told, "right at the end"], Reasons.Select(reason => Row(reason, told))));
        text.Append(CultureInfo.InvariantCulture, $"\nRight when lost: {Figures.Percent(Right(_lost))}; at the return: {Figures.Percent(Right(_restored))}, ");
        text.Append(CultureInfo.InvariantCulture, $"on the seeds held back {Figures.Percent(_heldBackRight / (double)_heldBack)}.\n");
    }

    private static double Right(Dictionary<(string, string), int> counts) => Reasons.Sum(r => counts.GetValueOrDefault((r, r))) / (double)counts.Values.Sum();

    private string[] Row(string reason, List<string> told) =>
    [
        reason, .. told.Select(t => Cell(_lost.GetValueOrDefault((reason, t)), _restored.GetValueOrDefault((reason, t)))),
        Figures.Percent(_restored.GetValueOrDefault((reason, reason)) / (double)_restored.Where(e => e.Key.True == reason).Sum(static e => e.Value)),
    ];

    private static string Cell(int lost, int restored) => lost + restored == 0 ? "" : $"{lost} / {restored}";
}

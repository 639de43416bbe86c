using Tracking.Contracts;
using Tracking.Simulator;

namespace Tracking.Judgement;

/// <summary>One simulated person, lived through: what was true and what the server got.</summary>
internal sealed record Life(PersonSpec Spec, Half Half, int IntervalS, Quality Quality, TrueDay Truth, List<Fix> Fixes, Instant Begin, Instant End);

/// <summary>Lets simulated people live.</summary>
internal static class Lives
{
    public static readonly Instant Begin = new(1_790_060_400_000);
    public static readonly int[] IntervalsS = [1, 2, 5, 10, 15, 30, 60, 120, 300];
    private static readonly double[] SigmasM = [2.5, 5, 9];

    /// <summary>A world whose odd seeds are held back from tuning.</summary>
    public static World World(int seed, int reps, Func<int, PersonSpec, PersonSpec> script) => Simulator.World.Create(new WorldOptions
    {
        Seed = (ulong)seed,
        Reps = reps,
        Cities = [seed % 3 == 0 ? CitySpec.Berlin : CitySpec.Vienna],
        Begin = Begin,
        CheatShare = 0,
        OfflineShare = 0,
        Script = script,
    });

    public static Half HalfOf(int seed) => seed % 2 == 0 ? Half.Tuning : Half.HeldBack;

    public static PhoneModel Phone(int number)
    {
        int interval = IntervalsS[number % IntervalsS.Length];
        return new PhoneModel("judged", SigmasM[number / IntervalsS.Length % SigmasM.Length], 0.5, interval, Math.Max(30, interval));
    }

    public static Life Live(Person person, int number, int seed, TimeSpan duration, IReadOnlyList<Quality> qualities)
    {
        Quality quality = qualities[(number + seed) % qualities.Count];
        var handset = new Handset(quality, (seed * 1000) + number);
        var truth = new TrueDay(Begin);
        truth.Add(person.TruePosition, 0);
        Instant end = Begin + duration;
        for (Instant now = Begin; now < end;)
        {
            now += TimeSpan.FromSeconds(1);
            person.AdvanceTo(now, handset);
            truth.Add(person.TruePosition, person.TrueSpeedMps);
        }
        return new Life(person.Spec, HalfOf(seed), person.Spec.Phone.MovingS, quality, truth, handset.Fixes, Begin, end);
    }
}

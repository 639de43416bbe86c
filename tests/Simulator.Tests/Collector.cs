using Tracking.Contracts;

namespace Tracking.Simulator.Tests;

/// <summary>Keeps what phones send, per person.</summary>
internal sealed class Collector : IReportSink
{
    public Dictionary<string, List<(DeviceReport Report, GeoPoint Truth, Instant SentAt)>> Sent { get; } = [];

    public int Count { get; private set; }

    public void Report(Person person, in DeviceReport report)
    {
        if (!Sent.TryGetValue(person.Spec.Id, out var reports)) Sent[person.Spec.Id] = reports = [];
        reports.Add((report, person.TruePosition, person.Now));
        Count++;
    }
}

internal static class Worlds
{
    public static readonly Instant Morning = new(1_790_000_000_000);

    public static World Small(ulong seed = 7, int reps = 12, Func<int, PersonSpec, PersonSpec>? script = null) => World.Create(new WorldOptions
    {
        Seed = seed,
        Reps = reps,
        Begin = Morning,
        CustomersPerCity = 40,
        CheatShare = 0,
        OfflineShare = 0,
        Script = script,
    });

    public static Collector Run(World world, TimeSpan time, TruthLog? truth = null)
    {
        var collector = new Collector();
        world.AdvanceTo(world.Options.Begin + time, collector, truth);
        return collector;
    }
}

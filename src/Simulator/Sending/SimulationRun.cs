using Tracking.Contracts;

namespace Tracking.Simulator.Sending;

/// <summary>Lets a world live: as fast as is asked until it has caught up with the present, then in real time.</summary>
public sealed class SimulationRun(World world, Fleet fleet, TimeProvider clock, TruthLog? truth = null)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>The instant up to which the world has lived.</summary>
    public Instant Now { get; private set; } = world.Options.Begin;

    /// <summary>Lives on without pacing, only as fast as the server takes it.</summary>
    /// <param name="to">Until when; null: until the present, which goes on meanwhile.</param>
    /// <param name="progress">Told the share done, 0 to 1; null: nobody asks.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task CatchUpAsync(Instant? to, Action<double>? progress, CancellationToken cancel)
    {
        Instant from = Now;
        long most = Math.Max(1000, 40L * world.People.Count);
        for (Instant goal = Goal(); Now + TimeSpan.FromSeconds(1) < goal; goal = Goal())
        {
            await AdvanceAsync(Earlier(Now + TimeSpan.FromSeconds(30), goal), cancel);
            await fleet.WaitUntilBelowAsync(most, cancel);
            progress?.Invoke((Now - from) / (goal - from));
        }

        Instant Goal() => to ?? Instant.Now(clock);
    }

    /// <summary>Lives on at a multiple of real time, but never ahead of the present.</summary>
    /// <param name="speedup">How many times faster than life.</param>
    /// <param name="until">Until when; null: until it is given up.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task RunAsync(double speedup, Instant? until, CancellationToken cancel)
    {
        long last = clock.GetTimestamp();
        using var timer = new PeriodicTimer(Beat, clock);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            long now = clock.GetTimestamp();
            Instant to = Earlier(Now + (clock.GetElapsedTime(last, now) * speedup), Instant.Now(clock));
            if (until is { } end) to = Earlier(to, end);
            last = now;
            await AdvanceAsync(to, cancel);
            if (until is { } reached && Now >= reached) return;
            if (speedup > 1) await fleet.WaitUntilBelowAsync(Math.Max(1000, 40L * world.People.Count), cancel);
        }
    }

    private async Task AdvanceAsync(Instant to, CancellationToken cancel)
    {
        if (to <= Now) return;
        await Task.Run(() => world.AdvanceTo(to, fleet, truth), cancel);
        Now = to;
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;
}

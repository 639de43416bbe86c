namespace Tracking.Simulation.Tests;

/// <summary>Random numbers from a seed, the same on every machine (SplitMix64).</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong value = _state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>From 0 to below a limit.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>From 0 to below 1.</summary>
    public double Part() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Percent(int chance) => Below(100) < chance;
}

namespace Tracking.Simulator;

/// <summary>
/// A seeded source of chance (SplitMix64, Steele et al. 2014): the same seed gives the same world on every machine and
/// runtime, which the runtime's own generator does not promise.
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;
    private double _spareNormal = double.NaN;

    /// <summary>A generator of its own, so that one person's chance does not depend on another's.</summary>
    public static Dice For(ulong seed, string purpose)
    {
        // FNV-1a: string.GetHashCode differs from run to run.
        ulong hash = 14695981039346656037;
        foreach (char c in purpose) hash = (hash ^ c) * 1099511628211;
        return new Dice(seed ^ hash);
    }

    /// <summary>64 random bits.</summary>
    public ulong Bits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below 1.</summary>
    public double Unit() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From <paramref name="least"/> to below <paramref name="most"/>.</summary>
    public double Between(double least, double most) => least + ((most - least) * Unit());

    /// <summary>A whole number below <paramref name="count"/>.</summary>
    public int Below(int count) => (int)(Unit() * count);

    /// <summary>True with a probability.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>One of many.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>Standard normal, by the polar method of Marsaglia.</summary>
    public double Normal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            double spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }
        double x, y, square;
        do
        {
            x = (2 * Unit()) - 1;
            y = (2 * Unit()) - 1;
            square = (x * x) + (y * y);
        }
        while (square is >= 1 or 0);
        double scale = Math.Sqrt(-2 * Math.Log(square) / square);
        _spareNormal = y * scale;
        return x * scale;
    }
}

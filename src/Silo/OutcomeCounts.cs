using Tracking.Contracts;

namespace Tracking.Silo;

/// <summary>Counts fixes by protocol and outcome, for one thread; emptied into the shared counters now and then.</summary>
internal sealed class OutcomeCounts
{
    private static readonly int Protocols = Enum.GetValues<Protocol>().Length;
    private static readonly int Outcomes = Enum.GetValues<FixOutcome>().Length;
    private readonly int[] _counts = new int[Protocols * Outcomes];
    private bool _isEmpty = true;

    /// <summary>Counts one.</summary>
    public void Add(Protocol protocol, FixOutcome outcome)
    {
        _counts[((int)protocol * Outcomes) + (int)outcome]++;
        _isEmpty = false;
    }

    /// <summary>Moves everything to the shared counters.</summary>
    public void EmptyInto(Counter[] counters)
    {
        if (_isEmpty) return;
        for (int index = 0; index < _counts.Length; index++)
        {
            if (_counts[index] == 0) continue;
            counters[index].Add(_counts[index]);
            _counts[index] = 0;
        }
        _isEmpty = true;
    }

    /// <summary>Forgets what was counted.</summary>
    public void Clear()
    {
        if (!_isEmpty) Array.Clear(_counts);
        _isEmpty = true;
    }

    /// <summary>The shared counters, in the order of the counts.</summary>
    public static Counter[] Register(Metrics metrics)
    {
        var counters = new Counter[Protocols * Outcomes];
        for (int index = 0; index < counters.Length; index++)
        {
            counters[index] = metrics.Counter("tracking_fixes_total", "Fixes by protocol and by the outcome that the tracker gave them.",
                ("protocol", Word((Protocol)(index / Outcomes))), ("outcome", Word((FixOutcome)(index % Outcomes))));
        }
        return counters;
    }

    private static string Word<TEnum>(TEnum value) where TEnum : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

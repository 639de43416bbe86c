using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>Ways to deceive the tracking.</summary>
public enum CheatKind
{
    /// <summary>Honest.</summary>
    None,
    /// <summary>A mock app moves the phone while its owner sits; the phone says so.</summary>
    MockFlag,
    /// <summary>Far away for a moment, and back.</summary>
    Teleport,
    /// <summary>An earlier recording is played again.</summary>
    Replay,
    /// <summary>Bit-identical coordinates while time goes on.</summary>
    Frozen,
    /// <summary>The phone stays, its owner goes.</summary>
    PhoneLeft,
    /// <summary>Faster than anything on the street.</summary>
    TooFast,
}

/// <summary>A cheat and when it happens.</summary>
/// <param name="Kind">Which.</param>
/// <param name="From">First instant.</param>
/// <param name="To">Last instant, exclusive.</param>
public readonly record struct CheatWindow(CheatKind Kind, Instant From, Instant To)
{
    /// <summary>Whether it is under way.</summary>
    public bool Covers(Instant instant) => Kind != CheatKind.None && instant >= From && instant < To;
}

/// <summary>Changes what a phone reports, for those cheats that do not change who is where.</summary>
internal sealed class Deceiver(CheatWindow window, City city, Dice dice)
{
    private const double TooFastMps = 95;
    private const int KeptReports = 720;
    private readonly List<DeviceReport> _recorded = [];
    private readonly double _bearingDeg = dice.Between(0, 360);
    private DeviceReport? _first;
    private PlanePoint _firstAt;
    private int _played;

    /// <summary>What is reported instead.</summary>
    public DeviceReport Deceive(in DeviceReport honest, PlanePoint truth)
    {
        if (!honest.HasPosition) return honest;
        if (!window.Covers(honest.FixedAt))
        {
            if (window.Kind == CheatKind.Replay && honest.FixedAt < window.From) Record(honest);
            return honest;
        }
        if (_first is null) (_first, _firstAt) = (honest, truth);
        double elapsedS = (honest.FixedAt - window.From).TotalSeconds;
        return window.Kind switch
        {
            CheatKind.MockFlag => honest with { Mock = true },
            CheatKind.Frozen => _first.Value with { FixedAt = honest.FixedAt, BatteryPct = honest.BatteryPct },
            CheatKind.Teleport => elapsedS % 90 < 12 ? honest with { Position = Shift(truth, 6500) } : honest,
            CheatKind.TooFast => honest with { Position = Shift(_firstAt, TooFastMps * (elapsedS % 120)), SpeedMps = (float)TooFastMps },
            CheatKind.Replay => Replay(honest),
            _ => honest,
        };
    }

    private GeoPoint Shift(PlanePoint from, double metres) => city.ToGeo(from + PlanePoint.Polar(metres, _bearingDeg));

    private void Record(in DeviceReport report)
    {
        if (_recorded.Count == KeptReports) _recorded.RemoveAt(0);
        _recorded.Add(report);
    }

    private DeviceReport Replay(in DeviceReport honest)
    {
        if (_recorded.Count == 0) return honest;
        return _recorded[_played++ % _recorded.Count] with { FixedAt = honest.FixedAt, BatteryPct = honest.BatteryPct };
    }
}

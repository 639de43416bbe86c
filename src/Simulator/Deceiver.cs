using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>Changes what a phone reports, for those cheats that do not change who is where.</summary>
/// <param name="window">Which cheat, and when.</param>
/// <param name="city">Where.</param>
/// <param name="dice">Chance.</param>
/// <param name="onTop">Whether another cheat has changed the report before.</param>
internal sealed class Deceiver(CheatWindow window, City city, Dice dice, bool onTop = false)
{
    private const double TooFastMps = 95, StraightMps = 12.5, StraightLegM = 9000;
    private const int KeptReports = 720, KeptYesterday = 50_000;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly List<DeviceReport> _recorded = [];
    private readonly double _bearingDeg = dice.Between(0, 360);
    private DeviceReport? _first;
    private PlanePoint _firstAt;
    private int _played;

    /// <summary>What is reported instead.</summary>
    public DeviceReport Deceive(in DeviceReport honest, PlanePoint truth)
    {
        if (!window.Covers(honest.FixedAt))
        {
            if (honest.HasPosition) Remember(honest);
            return honest;
        }
        // A jammed receiver is of use on the way only.
        if (_first is null && (!honest.HasPosition || (window.Kind == CheatKind.Frozen && !(honest.SpeedMps > 1)))) return honest;
        if (_first is null) (_first, _firstAt) = (honest, truth);
        return Changed(window.FromApp && !onTop ? ByApp(honest, truth) : honest, truth);
    }

    private DeviceReport Changed(in DeviceReport honest, PlanePoint truth)
    {
        double elapsedS = (honest.FixedAt - window.From).TotalSeconds;
        return window.Kind switch
        {
            CheatKind.Frozen => _first!.Value with { FixedAt = honest.FixedAt, BatteryPct = honest.BatteryPct },
            CheatKind.TooFast => Seen(honest) with { Position = Shift(_firstAt, TooFastMps * (elapsedS % 120)), SpeedMps = (float)TooFastMps },
            CheatKind.StraightRoute => Straight(Seen(honest), elapsedS),
            CheatKind.Circle => Circle(Seen(honest), elapsedS),
            CheatKind.Pinned => Seen(honest) with { Position = Pinned(), SpeedMps = 0, CourseDeg = float.NaN, Moving = false },
            CheatKind.Replay or CheatKind.ReplayYesterday => Replay(honest, 1),
            CheatKind.FastForward => Replay(honest, 3),
            CheatKind.ClockBack => honest with { FixedAt = honest.FixedAt - TimeSpan.FromSeconds(2947) },
            CheatKind.ClockAhead => honest with { FixedAt = honest.FixedAt + TimeSpan.FromSeconds(2233) },
            _ => honest.HasPosition ? OnTheStreet(honest, truth, elapsedS) : honest,
        };
    }

    // The phone goes its way along the streets; the app gets something wrong about it.
    private DeviceReport OnTheStreet(in DeviceReport honest, PlanePoint truth, double elapsedS) => window.Kind switch
    {
        CheatKind.MockFlag => honest with { Mock = true },
        CheatKind.Teleport => elapsedS % 90 < 12 ? honest with { Position = Shift(truth, 6500) } : honest,
        CheatKind.NoSpeed => honest with { SpeedMps = 0, CourseDeg = float.NaN },
        CheatKind.WrongSpeed => honest with { SpeedMps = 1.4f },
        CheatKind.FixedCourse => honest with { CourseDeg = 0 },
        CheatKind.FrozenSensors => honest with { AccuracyM = 5, AltitudeM = 0, SpeedMps = 13.9f },
        CheatKind.CleanRoute => honest with { Position = city.ToGeo(truth) },
        CheatKind.Lattice => honest with { Position = new(Math.Round(honest.Position.LatitudeDeg, 4), Math.Round(honest.Position.LongitudeDeg, 4)) },
        CheatKind.StillActivity => honest with { Moving = false },
        _ => honest,
    };

    // A mock app is precise everywhere, within walls and in tunnels too, with a little error from its settings.
    private DeviceReport ByApp(in DeviceReport honest, PlanePoint truth)
    {
        PlanePoint error = new(1.5 * dice.Normal(), 1.5 * dice.Normal());
        return honest with
        {
            HasPosition = true,
            Position = city.ToGeo(truth + error),
            AccuracyM = (float)Math.Round(dice.Between(3, 6), 1),
            AltitudeM = (float)Math.Round(180 + (2 * dice.Normal()), 1),
            FromNetwork = false,
            Satellites = 8 + dice.Below(4),
        };
    }

    private DeviceReport Seen(in DeviceReport honest) => honest.HasPosition ? honest : _first!.Value with { FixedAt = honest.FixedAt };

    private DeviceReport Straight(in DeviceReport honest, double elapsedS)
    {
        double along = StraightMps * elapsedS % (2 * StraightLegM);
        bool back = along > StraightLegM;
        return honest with
        {
            Position = Shift(_firstAt, back ? (2 * StraightLegM) - along : along),
            SpeedMps = (float)StraightMps,
            CourseDeg = (float)((_bearingDeg + (back ? 180 : 0)) % 360),
            Moving = true,
        };
    }

    private DeviceReport Circle(in DeviceReport honest, double elapsedS)
    {
        const double RadiusM = 120, SpeedMps = 4;
        double angleDeg = double.RadiansToDegrees(SpeedMps * elapsedS / RadiusM);
        PlanePoint at = _firstAt + PlanePoint.Polar(RadiusM, _bearingDeg + angleDeg) - PlanePoint.Polar(RadiusM, _bearingDeg);
        return honest with { Position = city.ToGeo(at), SpeedMps = (float)SpeedMps, CourseDeg = (float)((_bearingDeg + angleDeg + 90) % 360), Moving = true };
    }

    private GeoPoint Pinned() =>
        city.ToGeo(_firstAt + PlanePoint.Polar(5200, _bearingDeg) + new PlanePoint(dice.Between(-2, 2), dice.Between(-2, 2)));

    private GeoPoint Shift(PlanePoint from, double metres) => city.ToGeo(from + PlanePoint.Polar(metres, _bearingDeg));

    private void Remember(in DeviceReport report)
    {
        if (report.FixedAt >= window.From) return;
        int kept = 0;
        if (window.Kind is CheatKind.Replay or CheatKind.FastForward) kept = KeptReports;
        if (window.Kind == CheatKind.ReplayYesterday && window.Covers(report.FixedAt + Day)) kept = KeptYesterday;
        if (kept == 0) return;
        if (_recorded.Count == kept) _recorded.RemoveAt(0);
        _recorded.Add(report);
    }

    private DeviceReport Replay(in DeviceReport honest, int pace)
    {
        if (_recorded.Count == 0) return honest;
        DeviceReport played = _recorded[_played % _recorded.Count];
        _played += pace;
        return played with { FixedAt = honest.FixedAt, BatteryPct = honest.BatteryPct };
    }
}

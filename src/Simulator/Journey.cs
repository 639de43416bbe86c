namespace Tracking.Simulator;

/// <summary>How somebody gets about.</summary>
/// <param name="TopMps">Metres per second that it can do.</param>
/// <param name="AccelerationMps2">Metres per second, per second.</param>
/// <param name="BrakingMps2">Metres per second, per second.</param>
internal sealed record Vehicle(double TopMps, double AccelerationMps2, double BrakingMps2)
{
    /// <summary>On foot, to and from where the vehicle is parked too.</summary>
    public const double WalkingMps = 1.4;

    public static readonly Vehicle Car = new(38, 1.6, 1.9);
    public static readonly Vehicle Van = new(30, 1.2, 1.7);
    public static readonly Vehicle Bicycle = new(5.8, 0.6, 1.2);
    public static readonly Vehicle Feet = new(WalkingMps, 0.8, 0.8);
}

/// <summary>
/// One way from door to door: on foot to the vehicle, along streets with their limits, slower round corners, waiting at
/// red lights, parking, on foot to the door. Moves in steps of one second.
/// </summary>
internal sealed class Journey
{
    private readonly Vehicle _vehicle;
    private readonly List<PlanePoint> _points = [];
    private readonly List<double> _limitsMps = [];
    private readonly List<bool> _tunnels = [];
    private readonly double[] _gatesMps;
    private readonly double[] _waitsS;
    private int _leg;
    private double _alongM;
    private double _waitS;

    /// <summary>Plans the way.</summary>
    public Journey(City city, Place from, Place to, Vehicle vehicle, double hurry, Dice dice)
    {
        _vehicle = vehicle;
        List<int> route = city.Streets.Route(from.Junction, to.Junction, vehicle.TopMps);
        _points.Add(from.At);
        foreach (int junction in route) _points.Add(city.Streets[junction]);
        _points.Add(to.At);
        _limitsMps.Add(Vehicle.WalkingMps);
        _tunnels.Add(false);
        for (int i = 1; i < route.Count; i++)
        {
            Street street = city.Streets.Between(route[i - 1], route[i]);
            _limitsMps.Add(Math.Min(street.LimitMps * hurry, vehicle.TopMps));
            _tunnels.Add(street.Tunnel);
        }
        _limitsMps.Add(Vehicle.WalkingMps);
        _tunnels.Add(false);
        _gatesMps = new double[_points.Count];
        _waitsS = new double[_points.Count];
        PlaceGates(city, route, dice);
    }

    /// <summary>Whether the door is reached.</summary>
    public bool Done => _leg >= _points.Count - 1;

    /// <summary>Where the traveller is.</summary>
    public PlanePoint At => Done
        ? _points[^1]
        : PlanePoint.Between(_points[_leg], _points[_leg + 1], Math.Clamp(_alongM / Math.Max(LegM, 1e-9), 0, 1));

    /// <summary>Metres per second.</summary>
    public double SpeedMps { get; private set; }

    /// <summary>Degrees clockwise from north.</summary>
    public double BearingDeg => Done ? _points[^2].BearingTo(_points[^1]) : _points[_leg].BearingTo(_points[_leg + 1]);

    /// <summary>Whether the sky cannot be seen.</summary>
    public bool InTunnel => !Done && _tunnels[_leg];

    /// <summary>Whether the traveller is in or on the vehicle.</summary>
    public bool Riding => !Done && _leg > 0 && _leg < _limitsMps.Count - 1;

    private double LegM => (_points[_leg + 1] - _points[_leg]).LengthM;

    /// <summary>Moves on by one second.</summary>
    public void Step()
    {
        if (Done) return;
        if (_waitS > 0)
        {
            _waitS--;
            SpeedMps = 0;
            return;
        }
        double left = LegM - _alongM, gate = _gatesMps[_leg + 1], braking = _vehicle.BrakingMps2;
        // The speed after this second from which the gate's speed can still be reached at the gate.
        double mayMps = -braking + Math.Sqrt((braking * braking) + (gate * gate) + (2 * braking * left));
        SpeedMps = Math.Min(Math.Min(SpeedMps + _vehicle.AccelerationMps2, _limitsMps[_leg]), mayMps);
        double move = SpeedMps;
        while (!Done && move >= left - (gate == 0 ? 0.3 : 0))
        {
            move = Math.Max(0, move - left);
            _leg++;
            _alongM = 0;
            if (Done || _waitsS[_leg] > 0)
            {
                (_waitS, SpeedMps, move) = (Done ? 0 : _waitsS[_leg], 0, 0);
                break;
            }
            (left, gate) = (LegM, _gatesMps[_leg + 1]);
        }
        _alongM += move;
    }

    private void PlaceGates(City city, List<int> route, Dice dice)
    {
        for (int i = 0; i < _points.Count; i++)
        {
            _gatesMps[i] = double.MaxValue;
            if (i == 0 || i == _points.Count - 1) _gatesMps[i] = 0;
            else if (i == 1 || i == _points.Count - 2) Halt(i, dice.Between(8, 30));
            else if (city.Streets.HasLights(route[i - 1]) && dice.Chance(0.4)) Halt(i, dice.Between(4, 38));
            else _gatesMps[i] = Math.Min(CornerMps(i), Math.Min(_limitsMps[i - 1], _limitsMps[i]));
        }
        for (int i = _points.Count - 2; i >= 0; i--)
        {
            double length = (_points[i + 1] - _points[i]).LengthM;
            double reachable = Math.Sqrt((_gatesMps[i + 1] * _gatesMps[i + 1]) + (2 * _vehicle.BrakingMps2 * length));
            _gatesMps[i] = Math.Min(_gatesMps[i], reachable);
        }
    }

    private void Halt(int point, double seconds) => (_gatesMps[point], _waitsS[point]) = (0, Math.Round(seconds));

    private double CornerMps(int point)
    {
        double turn = Math.Abs(_points[point - 1].BearingTo(_points[point]) - _points[point].BearingTo(_points[point + 1]));
        turn = Math.Min(turn, 360 - turn);
        return turn switch
        {
            > 120 => 2.5,
            > 60 => 5,
            > 30 => 9,
            > 12 => 17,
            _ => double.MaxValue,
        };
    }
}

namespace Tracking.Simulator;

internal sealed partial class StreetNetwork
{
    private const double ResidentialMps = 30 / 3.6, ArterialMps = 50 / 3.6, RingMps = 60 / 3.6, FastRingMps = 80 / 3.6, MotorwayMps = 110 / 3.6;
    private const double BlockM = 260;
    private const int RadialRoads = 8;

    /// <summary>Makes the streets of a city.</summary>
    public static StreetNetwork Build(double radiusM, Dice dice)
    {
        var network = new StreetNetwork();
        network.AddGrid(radiusM, dice);
        int gridEnd = network.Count;
        network.AddRing(0.3 * radiusM, RingMps, gridEnd, tunnelFromDeg: 200, tunnelToDeg: 225);
        network.AddRing(0.72 * radiusM, FastRingMps, gridEnd, tunnelFromDeg: -1, tunnelToDeg: -1);
        int ringEnd = network.Count;
        double turn = dice.Between(0, 45);
        for (int road = 0; road < RadialRoads; road++)
            network.AddRadial(radiusM, turn + (road * 360.0 / RadialRoads), ringEnd, tunnel: road is 2 or 6, dice);
        network.Connect();
        return network;
    }

    private int AddJunction(PlanePoint at)
    {
        _junctions.Add(at);
        _streets.Add([]);
        _lights.Add(false);
        return _junctions.Count - 1;
    }

    private void Join(int a, int b, double limitMps, bool tunnel = false)
    {
        if (a == b || _streets[a].Exists(street => street.To == b)) return;
        double length = (_junctions[a] - _junctions[b]).LengthM;
        _streets[a].Add(new Street(b, length, limitMps, tunnel));
        _streets[b].Add(new Street(a, length, limitMps, tunnel));
    }

    private void AddGrid(double radiusM, Dice dice)
    {
        int half = (int)(radiusM / BlockM);
        (double sin, double cos) = Math.SinCos(dice.Between(0, Math.PI / 2));
        var index = new Dictionary<(int, int), int>();
        for (int column = -half; column <= half; column++)
        {
            for (int row = -half; row <= half; row++)
            {
                double x = (column * BlockM) + (dice.Normal() * 18), y = (row * BlockM) + (dice.Normal() * 18);
                if ((x * x) + (y * y) > radiusM * radiusM) continue;
                int junction = AddJunction(new((x * cos) - (y * sin), (x * sin) + (y * cos)));
                _lights[junction] = column % 4 == 0 && row % 4 == 0;
                index[(column, row)] = junction;
            }
        }
        foreach (((int column, int row), int junction) in index)
        {
            JoinGrid(junction, (column + 1, row), row % 4 == 0);
            JoinGrid(junction, (column, row + 1), column % 4 == 0);
        }

        void JoinGrid(int junction, (int, int) neighbour, bool arterial)
        {
            // A missing side street now and then makes blocks of different size.
            if (!index.TryGetValue(neighbour, out int other) || (!arterial && dice.Chance(0.12))) return;
            Join(junction, other, arterial ? ArterialMps : ResidentialMps);
        }
    }

    private void AddRing(double radiusM, double limitMps, int gridEnd, double tunnelFromDeg, double tunnelToDeg)
    {
        int count = Math.Max(12, (int)(2 * Math.PI * radiusM / 180));
        int first = Count;
        for (int i = 0; i < count; i++) AddJunction(PlanePoint.Polar(radiusM, i * 360.0 / count));
        for (int i = 0; i < count; i++)
        {
            double bearing = i * 360.0 / count;
            bool tunnel = bearing >= tunnelFromDeg && bearing < tunnelToDeg;
            Join(first + i, first + ((i + 1) % count), limitMps, tunnel);
            if (i % 3 == 0 && !tunnel) JoinNearest(first + i, 0, gridEnd, BlockM, ArterialMps);
            _lights[first + i] = i % 6 == 0 && !tunnel;
        }
    }

    private void AddRadial(double radiusM, double bearingDeg, int cityEnd, bool tunnel, Dice dice)
    {
        int before = -1, step = 0;
        double end = radiusM * dice.Between(1.5, 1.9);
        for (double away = 0.35 * radiusM; away < end; away += 220, step++)
        {
            // Roads bend a little; a straight one would look like a cheat.
            double bend = 4 * Math.Sin(away / 1300) * (1 + (away / radiusM));
            int junction = AddJunction(PlanePoint.Polar(away, bearingDeg + bend));
            double limit = away < 0.75 * radiusM ? RingMps : away < 1.05 * radiusM ? FastRingMps : MotorwayMps;
            bool covered = tunnel && away > 0.8 * radiusM && away < 0.98 * radiusM;
            if (before >= 0) Join(before, junction, limit, covered);
            if (away < radiusM && step % 3 == 0 && !covered) JoinNearest(junction, 0, cityEnd, BlockM, ArterialMps);
            before = junction;
        }
        AddVillage(before, dice);
    }

    private void AddVillage(int gate, Dice dice)
    {
        PlanePoint at = _junctions[gate];
        var rows = new int[3, 3];
        for (int i = 0; i < 9; i++)
        {
            rows[i / 3, i % 3] = AddJunction(at + new PlanePoint(
                ((i % 3) * 140) - 140 + (dice.Normal() * 12), ((i / 3) * 140) + 60 + (dice.Normal() * 12)));
        }
        for (int i = 0; i < 9; i++)
        {
            if (i % 3 < 2) Join(rows[i / 3, i % 3], rows[i / 3, (i % 3) + 1], ResidentialMps);
            if (i / 3 < 2) Join(rows[i / 3, i % 3], rows[(i / 3) + 1, i % 3], ResidentialMps);
        }
        Join(gate, rows[0, 1], ArterialMps);
    }

    private void JoinNearest(int junction, int first, int end, double withinM, double limitMps)
    {
        int nearest = -1;
        double least = withinM;
        for (int other = first; other < end; other++)
        {
            double distance = (_junctions[other] - _junctions[junction]).LengthM;
            if (other == junction || distance >= least) continue;
            (nearest, least) = (other, distance);
        }
        if (nearest >= 0) Join(junction, nearest, limitMps);
    }

    private void Connect()
    {
        var seen = new bool[Count];
        List<int> largest = [];
        for (int start = 0; start < Count; start++)
        {
            if (seen[start]) continue;
            List<int> part = [start];
            seen[start] = true;
            for (int i = 0; i < part.Count; i++)
            {
                foreach (Street street in _streets[part[i]])
                {
                    if (seen[street.To]) continue;
                    seen[street.To] = true;
                    part.Add(street.To);
                }
            }
            if (part.Count > largest.Count) largest = part;
        }
        Connected = largest;
    }
}

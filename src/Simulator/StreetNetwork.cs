namespace Tracking.Simulator;

/// <summary>A stretch of street from one junction to the next.</summary>
/// <param name="To">Index of the junction at its end.</param>
/// <param name="LengthM">Metres.</param>
/// <param name="LimitMps">Speed limit, metres per second.</param>
/// <param name="Tunnel">Whether the sky cannot be seen.</param>
internal readonly record struct Street(int To, double LengthM, double LimitMps, bool Tunnel);

/// <summary>A city's streets: a jittered grid, rings and radial roads, each with its class of speed.</summary>
internal sealed partial class StreetNetwork
{
    private readonly List<PlanePoint> _junctions = [];
    private readonly List<List<Street>> _streets = [];
    private readonly List<bool> _lights = [];

    /// <summary>How many junctions there are.</summary>
    public int Count => _junctions.Count;

    /// <summary>Junctions that can be reached from one another.</summary>
    public IReadOnlyList<int> Connected { get; private set; } = [];

    /// <summary>Where a junction lies.</summary>
    public PlanePoint this[int junction] => _junctions[junction];

    /// <summary>The streets that leave a junction.</summary>
    public IReadOnlyList<Street> From(int junction) => _streets[junction];

    /// <summary>Whether a junction has traffic lights.</summary>
    public bool HasLights(int junction) => _lights[junction];

    /// <summary>The nearest connected junction.</summary>
    public int Nearest(PlanePoint point)
    {
        int nearest = Connected[0];
        double least = double.MaxValue;
        foreach (int junction in Connected)
        {
            double distance = (_junctions[junction] - point).LengthM;
            if (distance >= least) continue;
            (nearest, least) = (junction, distance);
        }
        return nearest;
    }

    /// <summary>The quickest way between two connected junctions (A*, Hart et al. 1968), both ends included.</summary>
    /// <param name="from">First junction.</param>
    /// <param name="to">Last junction.</param>
    /// <param name="topMps">What the vehicle can do, metres per second.</param>
    public List<int> Route(int from, int to, double topMps)
    {
        var cameFrom = new int[Count];
        var best = new double[Count];
        Array.Fill(cameFrom, -1);
        Array.Fill(best, double.PositiveInfinity);
        best[from] = 0;
        var open = new PriorityQueue<int, double>();
        open.Enqueue(from, 0);
        while (open.TryDequeue(out int junction, out _) && junction != to)
        {
            foreach (Street street in _streets[junction])
            {
                double seconds = best[junction] + (street.LengthM / Math.Min(street.LimitMps, topMps)) + (_lights[street.To] ? 8 : 2);
                if (seconds >= best[street.To]) continue;
                best[street.To] = seconds;
                cameFrom[street.To] = junction;
                open.Enqueue(street.To, seconds + ((_junctions[street.To] - _junctions[to]).LengthM / topMps));
            }
        }
        List<int> route = [to];
        for (int junction = to; junction != from && cameFrom[junction] >= 0; junction = cameFrom[junction]) route.Add(cameFrom[junction]);
        route.Reverse();
        return route;
    }

    /// <summary>The street between two neighbours.</summary>
    public Street Between(int from, int to)
    {
        foreach (Street street in _streets[from])
        {
            if (street.To == to) return street;
        }
        throw new InvalidOperationException($"No street leads from junction {from} to {to}.");
    }
}

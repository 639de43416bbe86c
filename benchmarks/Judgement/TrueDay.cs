using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>What really happened, second by second. Its geometry is its own: what is called true must not rest on what it tests.</summary>
internal sealed class TrueDay(Instant begin)
{
    private const double MetresPerDeg = 111_319.49079327358, EccentricitySquared = 6.694379990141317e-3;
    private readonly List<(GeoPoint Point, float SpeedMps)> _seconds = [];
    private readonly List<double> _alongM = [];

    public int Count => _seconds.Count;

    public void Add(GeoPoint point, double speedMps)
    {
        _alongM.Add(_seconds.Count == 0 ? 0 : _alongM[^1] + Metres(_seconds[^1].Point, point));
        _seconds.Add((point, (float)speedMps));
    }

    public Instant TimeOf(int second) => begin + TimeSpan.FromSeconds(second);

    public int SecondOf(Instant at) => (int)Math.Clamp((at - begin).TotalSeconds, 0, Count - 1);

    public GeoPoint At(Instant at) => _seconds[SecondOf(at)].Point;

    /// <summary>Metres really gone between two instants.</summary>
    public double LengthM(Instant from, Instant to) => _alongM[SecondOf(to)] - _alongM[SecondOf(from)];

    /// <summary>Stays of at least a time within 60 m of a point at which the person really stood.</summary>
    public List<Span> Stays(TimeSpan least)
    {
        List<Span> stays = [];
        for (int i = 0; i < Count;)
        {
            int standing = i;
            while (standing < Count && _seconds[standing].SpeedMps == 0 && _seconds[standing].Point == _seconds[i].Point) standing++;
            if (standing - i < 45)
            {
                i = Math.Max(standing, i + 1);
                continue;
            }
            int first = i, last = standing - 1;
            while (first > 0 && Metres(_seconds[first - 1].Point, _seconds[i].Point) <= 60) first--;
            while (last + 1 < Count && Metres(_seconds[last + 1].Point, _seconds[i].Point) <= 60) last++;
            if (stays.Count > 0 && TimeOf(first) <= stays[^1].To) stays[^1] = stays[^1] with { To = TimeOf(last) };
            else stays.Add(new(TimeOf(first), TimeOf(last)));
            i = last + 1;
        }
        stays.RemoveAll(stay => stay.To - stay.From < least);
        return stays;
    }

    /// <summary>Metres between two near points, by the radii of curvature of the ellipsoid.</summary>
    public static double Metres(GeoPoint a, GeoPoint b)
    {
        (double north, double east) = Offset(a, b);
        return Math.Sqrt((north * north) + (east * east));
    }

    /// <summary>Metres north and east from one near point to another.</summary>
    public static (double NorthM, double EastM) Offset(GeoPoint from, GeoPoint to)
    {
        (double north, double east) = Degrees(from.LatitudeDeg);
        return ((to.LatitudeDeg - from.LatitudeDeg) * north, (to.LongitudeDeg - from.LongitudeDeg) * east);
    }

    /// <summary>The point some metres from another.</summary>
    public static GeoPoint Moved(GeoPoint from, double northM, double eastM)
    {
        (double north, double east) = Degrees(from.LatitudeDeg);
        return new(from.LatitudeDeg + (northM / north), from.LongitudeDeg + (eastM / east));
    }

    private static (double NorthM, double EastM) Degrees(double latitudeDeg)
    {
        (double sin, double cos) = Math.SinCos(latitudeDeg * Math.PI / 180);
        double w = 1 - (EccentricitySquared * sin * sin), root = Math.Sqrt(w);
        return (MetresPerDeg * (1 - EccentricitySquared) / (w * root), MetresPerDeg * cos / root);
    }
}

/// <summary>A stretch of time.</summary>
internal readonly record struct Span(Instant From, Instant To)
{
    public TimeSpan Length => To - From;

    public TimeSpan Overlap(Span other)
    {
        Instant from = From > other.From ? From : other.From, to = To < other.To ? To : other.To;
        return to > from ? to - from : TimeSpan.Zero;
    }
}

using BenchmarkDotNet.Attributes;
using Tracking.Contracts;

namespace Tracking.Layers;

/// <summary>Points through geofences with enter and exit kept per rep. Target: 5 million a second on one core, 0 B but for events.</summary>
[MemoryDiagnoser]
public class GeofenceBenchmarks
{
    private readonly List<Geofence> _found = [];
    private GeofenceCity _city = null!;
    private int _next;

    /// <summary>How many fences lie in the city.</summary>
    [Params(10_000, 100_000)]
    public int Fences { get; set; }

    /// <summary>Metres per second: standing about, walking, driving.</summary>
    [Params(0.0, 1.4, 14.0)]
    public double SpeedMps { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _city = new GeofenceCity(Fences, SpeedMps);
        for (int round = 0; round < 10; round++)
        {
            _city.Plan();
            _city.Drive();
        }
    }

    [IterationSetup]
    public void Plan() => _city.Plan();

    [Benchmark(OperationsPerInvoke = GeofenceCity.Reps * GeofenceCity.Seconds)]
    public int Points_with_state() => _city.Drive();

    [Benchmark(OperationsPerInvoke = GeofenceCity.Reps * GeofenceCity.Seconds)]
    public int Points_without_state() => _city.Find(_found);

    [Benchmark]
    public void Put_one() => _city.Index.Put(_city.Geofences[_next++ % Fences]);
}

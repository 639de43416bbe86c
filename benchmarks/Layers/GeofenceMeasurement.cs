using System.Diagnostics;
using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Layers;

/// <summary>
/// The geofence figures in seconds instead of minutes, by the thread's processor time, so that a busy machine disturbs them less.
/// <c>dotnet run -c Release --project benchmarks/Layers -- geofences [fences] [rounds]</c>
/// </summary>
internal static class GeofenceMeasurement
{
    public static int Run(string[] args)
    {
        int fences = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        const double Points = GeofenceCity.Reps * GeofenceCity.Seconds;
        int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20;
        foreach (double speed in new[] { 0, 1.4, 14.0 })
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            TimeSpan began = Used();
            var city = new GeofenceCity(fences, speed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{fences} fences, {speed} m/s: set up in {(Used() - began).TotalSeconds:F1} s, {(GC.GetTotalMemory(true) - before) >> 20} MiB"));
            var found = new List<Geofence>();
            var withState = new double[rounds];
            var withoutState = new double[rounds];
            int events = 0;
            long bytes = 0;
            for (int round = 0; round < rounds; round++)
            {
                city.Plan();
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                began = Used();
                events = city.Drive();
                withState[round] = (Used() - began).TotalNanoseconds / Points;
                bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
                began = Used();
                city.Find(found);
                withoutState[round] = (Used() - began).TotalNanoseconds / Points;
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  with state {Told(withState)}, {events / Points:P2} events, {bytes / Points:F2} B; without state {Told(withoutState)}"));
        }
        return 0;
    }

    // The first rounds, in which the code is compiled and memories fill, weigh as little in a median as what disturbs.
    private static string Told(double[] ns)
    {
        Array.Sort(ns);
        double median = ns[ns.Length / 2];
        return string.Create(CultureInfo.InvariantCulture, $"{median:F0} ns ({1000 / median:F1} M/s), at best {ns[0]:F0}");
    }

    private static TimeSpan Used() => Process.GetCurrentProcess().UserProcessorTime;
}

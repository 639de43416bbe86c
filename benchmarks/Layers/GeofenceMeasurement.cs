using System.Diagnostics;
using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Layers;

/// <summary>
/// The geofence figures in seconds instead of minutes, by the thread's processor time, so that a busy machine disturbs them less.
/// <c>dotnet run -c Release --project benchmarks/Layers -- geofences [fences]</c>
/// </summary>
internal static class GeofenceMeasurement
{
    public static int Run(string[] args)
    {
        int fences = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        const double Points = GeofenceCity.Reps * GeofenceCity.Seconds;
        foreach (double speed in new[] { 0, 1.4, 14.0 })
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            TimeSpan began = Used();
            var city = new GeofenceCity(fences, speed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{fences} fences, {speed} m/s: set up in {(Used() - began).TotalSeconds:F1} s, {(GC.GetTotalMemory(true) - before) >> 20} MiB"));
            var found = new List<Geofence>();
            for (int round = 0; round < 6; round++)
            {
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                began = Used();
                int events = city.Drive();
                double perPoint = (Used() - began).TotalNanoseconds / Points;
                double bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / Points;
                began = Used();
                city.Find(found);
                double without = (Used() - began).TotalNanoseconds / Points;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  with state {perPoint:F0} ns ({1000 / perPoint:F1} M/s), {events / Points:P2} events, {bytes:F2} B; without state {without:F0} ns"));
            }
        }
        return 0;
    }

    private static TimeSpan Used() => Process.GetCurrentProcess().UserProcessorTime;
}

using System.Globalization;
using System.Net;
using System.Net.Http.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>A phone under steady load, north and south through a fence at 20 m/s; it counts only what was answered with 200.</summary>
public sealed class LapPhone(int rep, string secret, DateTimeOffset began)
{
    /// <summary>The middle of the way.</summary>
    public const double FenceLatitudeDeg = 48.2, FenceLongitudeDeg = 16.4;

    private const int LapFixes = 100, FixesAtOnce = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private int _next;

    /// <summary>The rep that carries it.</summary>
    public string RepId { get; } = $"rep-{rep}";

    /// <summary>How many fixes were acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _next);

    /// <summary>Two crossings a lap, whole laps only: <see cref="SendUntilAsync"/> ends at the end of one.</summary>
    public int Crossings => Acknowledged / LapFixes * 2;

    /// <summary>When the acknowledged fixes were taken, oldest first.</summary>
    public IEnumerable<string> Times => Enumerable.Range(0, Acknowledged).Select(TimeOf);

    /// <summary>Sends until told to stop, and then to the end of the lap.</summary>
    public async Task SendUntilAsync(Uri server, CancellationToken stop)
    {
        using HttpClient client = ServerProcess.Client(server, secret);
        while (!stop.IsCancellationRequested || _next % LapFixes != 0)
        {
            object[] fixes = [.. Enumerable.Range(_next, FixesAtOnce).Select(FixAt)];
            using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/fixes", fixes, CancellationToken.None);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"fix {_next} of {RepId} was answered with {(int)answer.StatusCode}");
            Volatile.Write(ref _next, _next + FixesAtOnce);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>When a fix was taken, as the server writes it.</summary>
    public string TimeOf(int number) => began.UtcDateTime.AddSeconds(number).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private object FixAt(int number)
    {
        int place = number % LapFixes;
        double northM = (number / LapFixes % 2 == 0 ? place : LapFixes - place) * 20.0 - LapFixes * 10.0;
        return new
        {
            fixedAt = TimeOf(number),
            latitude = FenceLatitudeDeg + northM / 111_200,
            longitude = FenceLongitudeDeg + rep * 1e-5,
            accuracyM = 5,
            speedMps = 20,
        };
    }
}

using System.Globalization;
using System.Net;
using System.Text;

namespace Tracking.Load;

/// <summary>10,000 fences of 32 vertices in a city of 50 km, the same every time.</summary>
internal static class Fences
{
    private const double CityLatitudeDeg = 48.2, CityLongitudeDeg = 16.37, CityM = 50_000, DegreeM = 111_200;
    private const int Vertices = 32;

    public static async Task ImportAsync(IPEndPoint server, string token, int count)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server}"), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var body = new StringContent(Collection(count), Encoding.UTF8, "application/geo+json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/v1/geofences:import", UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
    }

    private static string Collection(int count)
    {
        var random = new Random(7);
        var text = new StringBuilder("{\"type\":\"FeatureCollection\",\"features\":[");
        for (int fence = 0; fence < count; fence++)
        {
            text.Append(fence == 0 ? "" : ",").Append(CultureInfo.InvariantCulture,
                $"{{\"type\":\"Feature\",\"properties\":{{\"id\":\"load-{fence}\",\"name\":\"Load {fence}\"}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[");
            AppendRing(text, random);
            text.Append("]]}}");
        }
        return text.Append("]}").ToString();
    }

    private static void AppendRing(StringBuilder text, Random random)
    {
        double lat = CityLatitudeDeg + (random.NextDouble() - 0.5) * CityM / DegreeM;
        double lon = CityLongitudeDeg + (random.NextDouble() - 0.5) * CityM / (DegreeM * Math.Cos(double.DegreesToRadians(CityLatitudeDeg)));
        double radiusDeg = (50 + 100 * random.NextDouble()) / DegreeM;
        for (int vertex = 0; vertex <= Vertices; vertex++)
        {
            double angle = 2 * Math.PI * (vertex % Vertices) / Vertices;
            text.Append(vertex == 0 ? "" : ",").Append(CultureInfo.InvariantCulture,
                $"[{lon + 1.5 * radiusDeg * Math.Cos(angle):0.0000000},{lat + radiusDeg * Math.Sin(angle):0.0000000}]");
        }
    }
}

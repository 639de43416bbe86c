using System.Text;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Server.Import;

/// <summary>The files of OwnTracks Recorder: instant, kind and JSON in columns parted by tabs; kinds other than <c>*</c> hold no position.</summary>
internal static class RecFile
{
    private const double MpsPerKmh = 1 / 3.6;

    /// <summary>Reads lines.</summary>
    public static IEnumerable<ImportRow> Read(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        long line = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            string[] parts = text.Split('\t', 3);
            if (parts.Length < 3) yield return ImportRow.Bad(line, "not three columns parted by tabs");
            else if (parts[1].Trim() == "*" && Parse(line, parts[2]) is { } row) yield return row;
        }
    }

    /// <summary>Null: a message of another type, which has no position and is no mistake.</summary>
    private static ImportRow? Parse(long line, string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return ImportRow.Bad(line, "the third column is no JSON object");
            if (root.TryGetProperty("_type", out JsonElement type) && type.GetString() != "location") return null;
            double lat = Number(root, "lat"), lon = Number(root, "lon"), tst = Number(root, "tst");
            if (double.IsNaN(lat) || double.IsNaN(lon)) return ImportRow.Bad(line, "no lat or lon");
            if (double.IsNaN(tst) || Math.Abs(tst) > 1e11) return ImportRow.Bad(line, "no tst, or one out of range");
            return ImportRow.Of(line, new ImportFix(new Instant((long)(tst * 1000)), new GeoPoint(lat, lon))
            {
                AltitudeM = Number(root, "alt"),
                SpeedMps = Number(root, "vel") * MpsPerKmh,
                CourseDeg = Number(root, "cog"),
                AccuracyM = Number(root, "acc"),
                BatteryPct = Number(root, "batt"),
            });
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return ImportRow.Bad(line, $"not JSON: {wrong.Message}");
        }
    }

    private static double Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
}

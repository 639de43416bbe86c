using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>The recorded drives: real jitter, whose truth nobody knows but that it is honest.</summary>
internal static class Recorded
{
    public static void Write(StringBuilder text)
    {
        text.Append("\n## Recorded drives\n\n");
        List<string[]> rows = [];
        foreach ((string name, List<Fix> fixes) in Drives())
        {
            foreach (int every in new[] { 1, 5, 15, 30 })
            {
                List<Fix> thinned = [];
                foreach (Fix fix in fixes)
                    if (thinned.Count == 0 || fix.FixedAt - thinned[^1].FixedAt >= TimeSpan.FromSeconds(every)) thinned.Add(fix);
                var judged = new Judged(thinned, thinned[^1].ReceivedAt);
                DayReport report = judged.Report(thinned[0].FixedAt, thinned[^1].FixedAt + TimeSpan.FromSeconds(1));
                rows.Add([name, $"{every} s", $"{thinned.Count}", Figures.Number(report.AcceptedM / 1000, "0.000"), Figures.Number(report.RawM / 1000, "0.000"),
                    $"{report.Stops.Count}", $"{report.Trips.Count}", $"{judged.Of<MockSuspected>().Count()}"]);
                foreach (MockSuspected suspected in judged.Of<MockSuspected>()) Misses.Tell($"falsely suspected {name}", suspected);
            }
        }
        text.Append(Figures.Table(["drive", "one fix in", "fixes", "paid km", "plain km", "stops", "trips", "mock cases"], rows));
    }

    private static IEnumerable<(string Name, List<Fix> Fixes)> Drives()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder);
        XDocument gpx = XDocument.Load(Path.Combine(folder!, "tests", "data", "osm-vienna.gpx"));
        XNamespace ns = gpx.Root!.Name.Namespace;
        string[] names = ["motorway", "city day", "walk"];
        int drive = 0;
        foreach (XElement track in gpx.Root.Elements(ns + "trk"))
        {
            IEnumerable<Fix> fixes = track.Descendants(ns + "trkpt").Select(point => Read(point, ns));
            yield return (names[drive++], [.. fixes.Distinct().OrderBy(static f => f.FixedAt)]);
        }
    }

    private static Fix Read(XElement point, XNamespace ns)
    {
        Instant at = Instant.TryParse(point.Element(ns + "time")!.Value, out Instant parsed) ? parsed : default;
        double latitude = double.Parse(point.Attribute("lat")!.Value, CultureInfo.InvariantCulture);
        double longitude = double.Parse(point.Attribute("lon")!.Value, CultureInfo.InvariantCulture);
        return new Fix { FixedAt = at, ReceivedAt = at, Position = new GeoPoint(latitude, longitude).Quantised(), AccuracyM = 5 };
    }
}

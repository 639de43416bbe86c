using System.Text;
using Tracking.Contracts;
using Tracking.Server.Import;

namespace Tracking.Server.Tests;

public sealed class TrackFileTests
{
    [Fact]
    public void Gpx_gives_points_with_their_values_and_names_bad_ones()
    {
        List<ImportRow> rows = Read("a.gpx", """
            <?xml version="1.0"?>
            <gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
            <trkpt lat="48.2" lon="16.3"><ele>171.5</ele><time>2026-05-04T08:00:00Z</time><extensions><x:speed xmlns:x="u">3.5</x:speed></extensions></trkpt>
            <trkpt lat="95" lon="16.3"><time>2026-05-04T08:00:01Z</time></trkpt>
            <trkpt lat="48.2" lon="16.3"/>
            <trkpt lat="48.2" lon="east"><time>2026-05-04T08:00:02Z</time></trkpt>
            <trkpt lat="48.3" lon="16.4"><time>2026-05-04T10:00:03.5+02:00</time></trkpt>
            </trkseg></trk></gpx>
            """);
        Assert.Equal(5, rows.Count);
        Assert.Equal(171.5, rows[0].Fix!.Value.AltitudeM);
        Assert.Equal(3.5, rows[0].Fix!.Value.SpeedMps);
        Assert.Equal((4, "latitude out of range: 95"), (rows[1].Line, rows[1].Problem));
        Assert.Equal((5, "no time"), (rows[2].Line, rows[2].Problem));
        Assert.Contains("'east'", rows[3].Problem, StringComparison.Ordinal);
        Assert.Equal("2026-05-04T08:00:03.500Z", rows[4].Fix!.Value.FixedAt.ToString());
    }

    [Fact]
    public void Gpx_that_breaks_off_gives_what_came_before()
    {
        List<ImportRow> rows = Read("a.gpx", "<gpx><trk><trkseg>\n<trkpt lat=\"1\" lon=\"2\"><time>2026-05-04T08:00:00Z</time></trkpt>\n<trkpt lat=\"1\" lon=\"2\"><ti");
        Assert.NotNull(rows[0].Fix);
        Assert.Contains(rows, static r => r.Problem?.StartsWith("not XML", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Gpx_with_entities_is_refused()
    {
        List<ImportRow> rows = Read("a.gpx", "<!DOCTYPE gpx [<!ENTITY a \"aaaa\">]><gpx>&a;</gpx>");
        Assert.All(rows, static r => Assert.Null(r.Fix));
        Assert.NotEmpty(rows);
    }

    [Theory]
    [InlineData("time,lat,lon\n2026-05-04T08:00:00Z,48.2,16.3\n")]
    [InlineData("Latitude;Longitude;Timestamp\n48.2;16.3;1777881600\n")]
    [InlineData("lng\tlat\tother\tfixedAt\n16.3\t48.2\tx\t1777881600000\n")]
    [InlineData("note,time,lat,lon\n\"a, \"\"b\"\"\",2026-05-04T08:00:00Z,48.2,16.3\n")]
    public void Csv_is_read_whatever_its_separator_and_titles(string text)
    {
        ImportRow row = Assert.Single(Read("a.csv", text));
        Assert.Equal(new GeoPoint(48.2, 16.3), row.Fix!.Value.Position);
        Assert.Equal("2026-05-04T08:00:00.000Z", row.Fix!.Value.FixedAt.ToString());
    }

    [Fact]
    public void Csv_lines_that_cannot_be_used_are_named()
    {
        List<ImportRow> rows = Read("a.csv", "time,lat,lon\nyesterday,48,16\n2026-05-04T08:00:00Z,north,16\n2026-05-04T08:00:00Z,48\n\n2026-05-04T08:00:00Z,48,16\n");
        Assert.Equal([2, 3, 4, 6], rows.Select(static r => (int)r.Line));
        Assert.Equal(3, rows.Count(static r => r.Problem is not null));
    }

    [Fact]
    public void Csv_without_a_column_for_the_time_is_refused() =>
        Assert.Contains("time", Assert.Throws<Complaint>(() => Read("a.csv", "lat,lon\n1,2\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Rec_files_give_locations_and_pass_over_other_messages()
    {
        List<ImportRow> rows = Read("a.rec", """
            2026-05-04T08:00:00Z	*                 	{"_type":"location","lat":48.2,"lon":16.3,"tst":1777881600,"acc":12,"vel":36,"batt":80}
            2026-05-04T08:00:01Z	lwt               	{"_type":"lwt","tst":1777881601}
            2026-05-04T08:00:02Z	*                 	{"_type":"location","lat":48.2,"tst":1777881602}
            2026-05-04T08:00:03Z	*                 	{"_type":"location",
            no columns at all
            2026-05-04T08:00:04Z	*                 	{"_type":"transition","lat":48.2,"lon":16.3,"tst":1777881604}
            """);
        Assert.Equal(4, rows.Count);
        Assert.Equal(10, rows[0].Fix!.Value.SpeedMps, 6);
        Assert.Equal([3, 4, 5], rows.Where(static r => r.Problem is not null).Select(static r => (int)r.Line));
    }

    [Fact]
    public void Unknown_endings_are_refused() => Assert.Throws<Complaint>(() => Read("a.pdf", ""));

    private static List<ImportRow> Read(string name, string text) => [.. TrackFile.Read(name, new MemoryStream(Encoding.UTF8.GetBytes(text)))];
}

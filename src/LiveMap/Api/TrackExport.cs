using System.Globalization;
using System.Security;
using System.Text;
using Tracking.Contracts;

namespace Tracking.LiveMap.Api;

/// <summary>A file format of tracks; made anew for each export.</summary>
internal interface ITrackExport
{
    string ContentType { get; }

    string Extension { get; }

    void Begin(StringBuilder text, Rep rep);

    void Add(StringBuilder text, IReadOnlyList<JudgedFix> fixes);

    void End(StringBuilder text);
}

/// <summary>
/// The formats by name. CSV and GeoJSON hold every fix with its outcome; GPX and KML, which have no place for an outcome,
/// hold the track itself: what was accepted, and late fixes in their place.
/// </summary>
internal static class TrackExport
{
    /// <summary>Times without fixes that are longer begin a new segment in GPX.</summary>
    public static readonly TimeSpan SegmentGap = TimeSpan.FromMinutes(10);

    public static ITrackExport? For(string format) => format switch
    {
        "geojson" => new GeoJsonExport(),
        "gpx" => new GpxExport(),
        "kml" => new KmlExport(),
        "csv" => new CsvExport(),
        _ => null,
    };

    public static bool IsTrack(in JudgedFix judged) => judged.Outcome is FixOutcome.Accepted or FixOutcome.Late;

    /// <summary>A name as XML text; what XML cannot hold becomes a question mark.</summary>
    public static string Xml(string text)
    {
        char[] fit = text.ToCharArray();
        for (int i = 0; i < fit.Length; i++)
            if (!System.Xml.XmlConvert.IsXmlChar(fit[i])) fit[i] = '?';
        return SecurityElement.Escape(new string(fit));
    }

    public static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Text(float value) => float.IsFinite(value) ? value.ToString(CultureInfo.InvariantCulture) : "";
}

internal sealed class CsvExport : ITrackExport
{
    public string ContentType => "text/csv; charset=utf-8";

    public string Extension => "csv";

    public void Begin(StringBuilder text, Rep rep) =>
        text.Append("fixedAt,receivedAt,latitude,longitude,altitudeM,speedMps,courseDeg,accuracyM,batteryPct,mock,outcome\r\n");

    public void Add(StringBuilder text, IReadOnlyList<JudgedFix> fixes)
    {
        foreach (JudgedFix judged in fixes)
        {
            Fix fix = judged.Fix;
            text.Append(fix.FixedAt).Append(',').Append(fix.ReceivedAt).Append(',')
                .Append(TrackExport.Text(fix.Position.LatitudeDeg)).Append(',').Append(TrackExport.Text(fix.Position.LongitudeDeg)).Append(',')
                .Append(TrackExport.Text(fix.AltitudeM)).Append(',').Append(TrackExport.Text(fix.SpeedMps)).Append(',')
                .Append(TrackExport.Text(fix.CourseDeg)).Append(',').Append(TrackExport.Text(fix.AccuracyM)).Append(',')
                .Append(TrackExport.Text(fix.BatteryPct)).Append(',').Append(fix.IsMock ? "true" : "false").Append(',')
                .Append(Names.Of(judged.Outcome)).Append("\r\n");
        }
    }

    public void End(StringBuilder text) { }
}

/// <summary>A feature collection of points, so that each keeps its properties.</summary>
internal sealed class GeoJsonExport : ITrackExport
{
    private bool _isFirst = true;

    public string ContentType => "application/geo+json";

    public string Extension => "geojson";

    public void Begin(StringBuilder text, Rep rep) => text.Append("{\"type\":\"FeatureCollection\",\"features\":[");

    public void Add(StringBuilder text, IReadOnlyList<JudgedFix> fixes)
    {
        foreach (JudgedFix judged in fixes)
        {
            Fix fix = judged.Fix;
            text.Append(_isFirst ? "\n" : ",\n");
            _isFirst = false;
            text.Append("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[")
                .Append(TrackExport.Text(fix.Position.LongitudeDeg)).Append(',').Append(TrackExport.Text(fix.Position.LatitudeDeg));
            if (float.IsFinite(fix.AltitudeM)) text.Append(',').Append(TrackExport.Text(fix.AltitudeM));
            text.Append("]},\"properties\":{\"fixedAt\":\"").Append(fix.FixedAt).Append("\",\"receivedAt\":\"").Append(fix.ReceivedAt).Append('"');
            AddKnown(text, "speedMps", fix.SpeedMps);
            AddKnown(text, "courseDeg", fix.CourseDeg);
            AddKnown(text, "accuracyM", fix.AccuracyM);
            AddKnown(text, "batteryPct", fix.BatteryPct);
            if (fix.IsMock) text.Append(",\"mock\":true");
            text.Append(",\"outcome\":\"").Append(Names.Of(judged.Outcome)).Append("\"}}");
        }
    }

    public void End(StringBuilder text) => text.Append("\n]}\n");

    private static void AddKnown(StringBuilder text, string name, float value)
    {
        if (float.IsFinite(value)) text.Append(",\"").Append(name).Append("\":").Append(TrackExport.Text(value));
    }
}

/// <summary>GPX 1.1; speed and accuracy have no place in it.</summary>
internal sealed class GpxExport : ITrackExport
{
    private Instant? _last;

    public string ContentType => "application/gpx+xml";

    public string Extension => "gpx";

    public void Begin(StringBuilder text, Rep rep) =>
        text.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            .Append("<gpx version=\"1.1\" creator=\"Tracking\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n<trk><name>")
            .Append(TrackExport.Xml(rep.Name)).Append("</name>\n");

    public void Add(StringBuilder text, IReadOnlyList<JudgedFix> fixes)
    {
        foreach (JudgedFix judged in fixes)
        {
            if (!TrackExport.IsTrack(judged)) continue;
            Fix fix = judged.Fix;
            if (_last is not { } last || fix.FixedAt - last > TrackExport.SegmentGap) text.Append(_last is null ? "<trkseg>\n" : "</trkseg>\n<trkseg>\n");
            _last = fix.FixedAt;
            text.Append("<trkpt lat=\"").Append(TrackExport.Text(fix.Position.LatitudeDeg)).Append("\" lon=\"")
                .Append(TrackExport.Text(fix.Position.LongitudeDeg)).Append("\">");
            if (float.IsFinite(fix.AltitudeM)) text.Append("<ele>").Append(TrackExport.Text(fix.AltitudeM)).Append("</ele>");
            text.Append("<time>").Append(fix.FixedAt).Append("</time></trkpt>\n");
        }
    }

    public void End(StringBuilder text) => text.Append(_last is null ? "" : "</trkseg>\n").Append("</trk>\n</gpx>\n");
}

/// <summary>KML 2.2 with one <c>gx:Track</c> a page, because a track wants all its instants before its coordinates.</summary>
internal sealed class KmlExport : ITrackExport
{
    public string ContentType => "application/vnd.google-earth.kml+xml";

    public string Extension => "kml";

    public void Begin(StringBuilder text, Rep rep) =>
        text.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            .Append("<kml xmlns=\"http://www.opengis.net/kml/2.2\" xmlns:gx=\"http://www.google.com/kml/ext/2.2\">\n")
            .Append("<Document><Placemark><name>").Append(TrackExport.Xml(rep.Name)).Append("</name><gx:MultiTrack>\n");

    public void Add(StringBuilder text, IReadOnlyList<JudgedFix> fixes)
    {
        if (!fixes.Any(static judged => TrackExport.IsTrack(judged))) return;
        text.Append("<gx:Track>\n");
        foreach (JudgedFix judged in fixes)
            if (TrackExport.IsTrack(judged)) text.Append("<when>").Append(judged.Fix.FixedAt).Append("</when>\n");
        foreach (JudgedFix judged in fixes)
        {
            if (!TrackExport.IsTrack(judged)) continue;
            Fix fix = judged.Fix;
            text.Append("<gx:coord>").Append(TrackExport.Text(fix.Position.LongitudeDeg)).Append(' ')
                .Append(TrackExport.Text(fix.Position.LatitudeDeg)).Append(' ')
                .Append(float.IsFinite(fix.AltitudeM) ? TrackExport.Text(fix.AltitudeM) : "0").Append("</gx:coord>\n");
        }
        text.Append("</gx:Track>\n");
    }

    public void End(StringBuilder text) => text.Append("</gx:MultiTrack></Placemark></Document>\n</kml>\n");
}

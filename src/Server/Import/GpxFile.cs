using System.Globalization;
using System.Xml;
using Tracking.Contracts;

namespace Tracking.Server.Import;

/// <summary>Track points of GPX 1.0 and 1.1, one after the other, however large the file is.</summary>
internal static class GpxFile
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Reads points; where the XML breaks, the last row says so.</summary>
    public static IEnumerable<ImportRow> Read(Stream stream)
    {
        using XmlReader xml = XmlReader.Create(stream, Settings);
        var lines = (IXmlLineInfo)xml;
        ImportRow? broken;
        while (Next(xml, out broken))
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName is not "trkpt") continue;
            yield return ReadPoint(xml, lines.LineNumber);
        }
        if (broken is { } row) yield return row;

        static bool Next(XmlReader xml, out ImportRow? broken)
        {
            broken = null;
            try
            {
                return xml.Read();
            }
            catch (XmlException wrong)
            {
                broken = ImportRow.Bad(wrong.LineNumber, $"not XML from here on: {wrong.Message}");
                return false;
            }
        }
    }

    private static ImportRow ReadPoint(XmlReader xml, long line)
    {
        string? latitude = xml.GetAttribute("lat"), longitude = xml.GetAttribute("lon");
        Dictionary<string, string> values = [];
        if (!xml.IsEmptyElement && !TryReadValues(xml, values, out string? broken)) return ImportRow.Bad(line, broken);
        if (!Number(latitude, out double lat)) return ImportRow.Bad(line, $"lat is not a number: '{latitude}'");
        if (!Number(longitude, out double lon)) return ImportRow.Bad(line, $"lon is not a number: '{longitude}'");
        if (!values.TryGetValue("time", out string? time)) return ImportRow.Bad(line, "no time");
        if (!Instant.TryParse(time, out Instant at)) return ImportRow.Bad(line, $"time is not ISO 8601: '{time}'");
        return ImportRow.Of(line, new ImportFix(at, new GeoPoint(lat, lon))
        {
            AltitudeM = Optional(values, "ele"),
            SpeedMps = Optional(values, "speed"),
            CourseDeg = Optional(values, "course"),
        });
    }

    /// <summary>Reads a point's children, those within extensions too, by their local names.</summary>
    private static bool TryReadValues(XmlReader xml, Dictionary<string, string> values, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? broken)
    {
        int depth = xml.Depth;
        string name = "";
        broken = null;
        try
        {
            while (xml.Read() && xml.Depth > depth)
            {
                if (xml.NodeType == XmlNodeType.Element) name = xml.LocalName;
                else if (xml.NodeType == XmlNodeType.Text) values.TryAdd(name, xml.Value.Trim());
            }
            return true;
        }
        catch (XmlException wrong)
        {
            broken = $"not XML from here on: {wrong.Message}";
            return false;
        }
    }

    private static double Optional(Dictionary<string, string> values, string name) =>
        values.TryGetValue(name, out string? text) && Number(text, out double value) ? value : double.NaN;

    private static bool Number(string? text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}

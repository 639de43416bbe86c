using System.Globalization;
using System.Text;
using Tracking.Contracts;

namespace Tracking.Server.Import;

/// <summary>CSV with a heading line; comma, semicolon or tab; columns by their usual names, others are passed over.</summary>
internal static class CsvFile
{
    private static readonly (string Name, string[] Titles)[] Columns =
    [
        ("time", ["fixedAt", "time", "timestamp", "datetime", "date", "tst"]),
        ("lat", ["latitude", "lat"]),
        ("lon", ["longitude", "lon", "lng", "long"]),
        ("alt", ["altitudeM", "altitude", "ele", "elevation", "alt"]),
        ("speed", ["speedMps", "speed"]),
        ("course", ["courseDeg", "course", "bearing", "heading"]),
        ("acc", ["accuracyM", "accuracy", "acc"]),
        ("batt", ["batteryPct", "battery", "batt"]),
    ];

    /// <summary>Reads lines.</summary>
    /// <exception cref="Complaint">The heading lacks a time, a latitude or a longitude.</exception>
    public static IEnumerable<ImportRow> Read(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string heading = reader.ReadLine() ?? throw new Complaint("the file is empty; a heading line is needed.");
        char separator = heading.Contains('\t', StringComparison.Ordinal) ? '\t' : heading.Contains(';', StringComparison.Ordinal) ? ';' : ',';
        Dictionary<string, int> columns = [];
        List<string> found = Split(heading, separator);
        foreach ((string name, string[] titles) in Columns)
        {
            int column = found.FindIndex(title => titles.Contains(title.Trim(), StringComparer.OrdinalIgnoreCase));
            if (column >= 0) columns[name] = column;
        }
        foreach (string needed in (string[])["time", "lat", "lon"])
        {
            if (!columns.ContainsKey(needed)) throw new Complaint($"the heading has no column for {needed}: '{heading}'.");
        }
        long line = 1;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (!string.IsNullOrWhiteSpace(text)) yield return Parse(line, Split(text, separator), columns);
        }
    }

    /// <summary>ISO 8601, or seconds or milliseconds since 1970; null: neither.</summary>
    public static Instant? Time(string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            double ms = Math.Abs(number) < 1e11 ? number * 1000 : number;
            return Math.Abs(ms) < 1e15 ? new Instant((long)Math.Round(ms)) : null;
        }
        return Instant.TryParse(text, out Instant instant) ? instant : null;
    }

    private static ImportRow Parse(long line, List<string> cells, Dictionary<string, int> columns)
    {
        string time = Cell(cells, columns, "time"), lat = Cell(cells, columns, "lat"), lon = Cell(cells, columns, "lon");
        if (Time(time) is not { } at) return ImportRow.Bad(line, $"time is neither ISO 8601 nor a number: '{time}'");
        if (!Number(lat, out double latitude)) return ImportRow.Bad(line, $"latitude is not a number: '{lat}'");
        if (!Number(lon, out double longitude)) return ImportRow.Bad(line, $"longitude is not a number: '{lon}'");
        return ImportRow.Of(line, new ImportFix(at, new GeoPoint(latitude, longitude))
        {
            AltitudeM = Optional(cells, columns, "alt"),
            SpeedMps = Optional(cells, columns, "speed"),
            CourseDeg = Optional(cells, columns, "course"),
            AccuracyM = Optional(cells, columns, "acc"),
            BatteryPct = Optional(cells, columns, "batt"),
        });
    }

    private static string Cell(List<string> cells, Dictionary<string, int> columns, string name) =>
        columns.TryGetValue(name, out int column) && column < cells.Count ? cells[column].Trim() : "";

    private static double Optional(List<string> cells, Dictionary<string, int> columns, string name) =>
        Number(Cell(cells, columns, name), out double value) ? value : double.NaN;

    private static bool Number(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Cells of a line; in quotes a separator is text and two quotes are one (RFC 4180).</summary>
    private static List<string> Split(string line, char separator)
    {
        List<string> cells = [];
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[i++]);
            else if (c == '"') quoted = !quoted;
            else if (c != separator || quoted) cell.Append(c);
            else
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
        }
        cells.Add(cell.ToString());
        return cells;
    }
}

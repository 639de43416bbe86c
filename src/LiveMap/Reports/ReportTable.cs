using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Http;

namespace Tracking.LiveMap.Reports;

/// <summary>How the values of a rep's days become one value of its period.</summary>
internal enum Gather
{
    /// <summary>It names the rep and is the same on every day.</summary>
    Name,
    /// <summary>It names the day, and is left out of a period.</summary>
    Day,
    /// <summary>They are added.</summary>
    Sum,
    /// <summary>It says something of one day only, and is left out of a period.</summary>
    None,
}

/// <summary>A column of a report.</summary>
internal readonly record struct Column(string Name, Gather Gather);

/// <summary>A row: for each column a text, a whole number, a decimal fraction, a date, an instant, or null where nothing is known.</summary>
internal sealed record ReportRow(object?[] Cells);

/// <summary>The columns of a report, and its rows as JSON and CSV.</summary>
/// <param name="columns">In order.</param>
internal sealed class ReportTable(params Column[] columns)
{
    /// <summary>The columns of a period: those of a day without what belongs to one day only.</summary>
    public ReportTable OfPeriod { get => field ??= new ReportTable([.. columns.Where(static c => c.Gather is Gather.Name or Gather.Sum)]); }

    /// <summary>Makes one row of a rep's days.</summary>
    public ReportRow OfDays(IReadOnlyList<ReportRow> days)
    {
        var cells = new List<object?>();
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i].Gather == Gather.Name) cells.Add(days[0].Cells[i]);
            else if (columns[i].Gather == Gather.Sum) cells.Add(SumOf(days, i));
        }
        return new ReportRow([.. cells]);
    }

    /// <summary>Writes a row as an object; what is unknown is left out.</summary>
    public void Write(Utf8JsonWriter json, ReportRow row)
    {
        json.WriteStartObject();
        for (int i = 0; i < columns.Length; i++)
        {
            string name = columns[i].Name;
            switch (row.Cells[i])
            {
                case string text: json.WriteString(name, text); break;
                case int whole: json.WriteNumber(name, whole); break;
                case long whole: json.WriteNumber(name, whole); break;
                case double fraction: json.WriteNumber(name, Math.Round(fraction, 2)); break;
                case DateOnly date: json.WriteString(name, date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)); break;
                case Instant at: json.WriteString(name, at.ToString()); break;
                default: break;
            }
        }
        json.WriteEndObject();
    }

    /// <summary>Writes the names of the columns.</summary>
    public void Head(CsvText csv) => csv.Head([.. columns.Select(static c => c.Name)]);

    /// <summary>Writes a row.</summary>
    public static void Write(CsvText csv, ReportRow row)
    {
        foreach (object? cell in row.Cells)
        {
            if (cell is double fraction) csv.Metres(fraction);
            else if (cell is Instant at) csv.Cell((Instant?)at);
            else if (cell is IFormattable number) csv.Cell(number);
            else csv.Cell(cell as string);
        }
        csv.EndRow();
    }

    private static object SumOf(IReadOnlyList<ReportRow> days, int column)
    {
        if (days.Any(day => day.Cells[column] is double)) return days.Sum(day => Convert.ToDouble(day.Cells[column] ?? 0, System.Globalization.CultureInfo.InvariantCulture));
        return days.Sum(day => Convert.ToInt64(day.Cells[column] ?? 0, System.Globalization.CultureInfo.InvariantCulture));
    }
}

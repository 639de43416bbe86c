using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;

namespace Tracking.LiveMap.Http;

/// <summary>
/// A table as CSV (RFC 4180). Text that a spreadsheet would take for a formula is made harmless by an apostrophe in front
/// (OWASP, CSV injection), because names and ids come from anybody.
/// </summary>
internal sealed class CsvText
{
    private readonly StringBuilder _text = new(16 << 10);
    private bool _inRow;

    /// <summary>What is written so far.</summary>
    public StringBuilder Text => _text;

    /// <summary>Begins an answer; a byte order mark makes Excel read UTF-8 where its system speaks otherwise, as in China.</summary>
    public static void Begin(HttpContext context, string name, bool withMark)
    {
        if (context.Response.HasStarted) return;
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.csv\"";
        if (withMark) Encoding.UTF8.GetBytes("\uFEFF", context.Response.BodyWriter);
    }

    /// <summary>Ends a row of names.</summary>
    public CsvText Head(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) Cell(name);
        return EndRow();
    }

    /// <summary>A text from outside.</summary>
    public CsvText Cell(string? text)
    {
        Separate();
        text ??= "";
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        if (text.AsSpan().IndexOfAny(",\"\r\n") < 0) _text.Append(text);
        else _text.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        return this;
    }

    /// <summary>A number or a date of ours, which needs neither quotes nor an apostrophe; null: empty.</summary>
    public CsvText Cell(IFormattable? value)
    {
        Separate();
        if (value is not null) _text.Append(value.ToString(value is DateOnly ? "yyyy-MM-dd" : null, CultureInfo.InvariantCulture));
        return this;
    }

    /// <summary>Metres to a hundredth.</summary>
    public CsvText Metres(double metres) => Cell(Math.Round(metres, 2));

    /// <summary>An instant; null: empty.</summary>
    public CsvText Cell(Instant? at)
    {
        Separate();
        if (at is { } instant) _text.Append(instant.ToString());
        return this;
    }

    /// <summary>Ends the row.</summary>
    public CsvText EndRow()
    {
        _text.Append("\r\n");
        _inRow = false;
        return this;
    }

    private void Separate()
    {
        if (_inRow) _text.Append(',');
        _inRow = true;
    }
}

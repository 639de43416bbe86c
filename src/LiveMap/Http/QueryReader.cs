using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;

namespace Tracking.LiveMap.Http;

/// <summary>Reads query parameters and collects what is wrong with them.</summary>
internal sealed class QueryReader(HttpContext context)
{
    private const StringSplitOptions Separating = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
    private readonly List<FieldError> _errors = [];
    private int _status = 422;

    /// <summary>A text; null: absent or empty.</summary>
    public string? Text(string name) => context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>Texts, given repeatedly or separated by commas.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [.. context.Request.Query[name].SelectMany(static text => (text ?? "").Split(',', Separating)).Distinct()];

    /// <summary>The size of a page.</summary>
    public int Limit(int usual, int most)
    {
        if (Text("limit") is not { } text) return usual;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit)) Malformed("limit", "must be a number", text);
        else if (limit < 1 || limit > most) Wrong("limit", $"must lie between 1 and {most}", text);
        else return limit;
        return usual;
    }

    /// <summary>ISO 8601 or epoch milliseconds; null: absent.</summary>
    public Instant? Instant(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long epochMs))
        {
            // A plus that nobody escaped arrives as a space.
            string iso = text.Contains('T', StringComparison.Ordinal) ? text.Replace(' ', '+') : text;
            if (Contracts.Instant.TryParse(iso, out Instant parsed)) epochMs = parsed.EpochMs;
            else Malformed(name, "must be ISO 8601 or epoch milliseconds", text);
        }
        Instant instant = new(epochMs);
        if (!instant.IsRepresentable) Wrong(name, "lies outside of the years 1 to 9999", text);
        return instant;
    }

    /// <summary>A length of time: a whole number and m, h, d or w, such as 15m.</summary>
    public TimeSpan Duration(string name, TimeSpan usual, TimeSpan least, TimeSpan most)
    {
        if (Text(name) is not { } text) return usual;
        TimeSpan unit = text[^1] switch { 'm' => TimeSpan.FromMinutes(1), 'h' => TimeSpan.FromHours(1), 'd' => TimeSpan.FromDays(1), 'w' => TimeSpan.FromDays(7), _ => default };
        if (unit == default || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            Malformed(name, "must be a number of m, h, d or w, such as 15m", text);
        else if (count < Math.Ceiling(least / unit) || count > Math.Floor(most / unit))
            Wrong(name, $"must lie between {least} and {most}", text);
        else return count * unit;
        return usual;
    }

    /// <summary>A date; null: absent.</summary>
    public DateOnly? Date(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)) Malformed(name, "must be a date such as 2026-11-22", text);
        else if (date.Year is < 1900 or > 9000) Wrong(name, "must lie in the years 1900 to 9000", text);
        return date;
    }

    /// <summary>The days from <c>from</c> to <c>to</c>, both included and both needed.</summary>
    public (DateOnly From, DateOnly To) Days(int most)
    {
        DateOnly? from = Date("from"), to = Date("to");
        if (from is null && Text("from") is null) Wrong("from", "is needed, a date such as 2026-11-01", "");
        if (to is null && Text("to") is null) Wrong("to", "is needed, a date such as 2026-11-30", "");
        if (from is { } first && to is { } last)
        {
            if (last < first) Wrong("to", "must not lie before from", Text("to")!);
            else if (last.DayNumber - first.DayNumber >= most) Wrong("to", $"must lie within {most} days of from", Text("to")!);
        }
        return (from ?? default, to ?? default);
    }

    /// <summary>Yes or no: <c>true</c> or <c>1</c> is yes; absent: no.</summary>
    public bool Flag(string name)
    {
        string? text = Text(name);
        if (text is not (null or "true" or "1" or "false" or "0")) Wrong(name, "must be true or false", text);
        return text is "true" or "1";
    }

    /// <summary>A whole number that is not negative; null: absent.</summary>
    public long? Number(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)) Malformed(name, "must be a number", text);
        return number;
    }

    /// <summary>Notes a value that cannot be read: 400.</summary>
    public void Malformed(string name, string message, string value)
    {
        _status = 400;
        Wrong(name, message, value);
    }

    /// <summary>Notes a value that can be read and is wrong: 422.</summary>
    public void Wrong(string name, string message, string value) =>
        _errors.Add(new(name, message, value.Length > 100 ? value[..100] + "…" : value));

    /// <summary>Answers with what is wrong, if anything is.</summary>
    /// <returns>True: answered.</returns>
    public async ValueTask<bool> RefusedAsync()
    {
        if (_errors.Count == 0) return false;
        await Problem.WriteAsync(context, _status, $"The query parameter {_errors[0].Field} {_errors[0].Message}.", _errors);
        return true;
    }
}

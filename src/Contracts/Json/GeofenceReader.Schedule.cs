using System.Globalization;
using System.Text.Json;

namespace Tracking.Contracts;

internal sealed partial class GeofenceReader
{
    private const int MaxWindows = 200;
    private const int MinutesPerDay = 1440;
    private const int MinutesPerWeek = 7 * MinutesPerDay;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private WeeklySchedule? ReadSchedule(JsonElement properties, string at)
    {
        if (!TryGet(properties, "schedule", out JsonElement schedule)) return null;
        string field = Member(at, "schedule");
        if (schedule.ValueKind != JsonValueKind.Object)
        {
            Errors.Add(field, "an object with timeZone and windows is expected", Shown(schedule));
            return null;
        }
        TryGet(schedule, "timeZone", out JsonElement zone);
        string? timeZone = TextOf(zone);
        if (timeZone is null || timeZone.Length > 64 || !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
            Errors.Add(Member(field, "timeZone"), "an IANA time zone, such as Europe/Vienna, is expected", Shown(zone));
        List<WeeklyWindow> windows = ReadWindows(schedule, Member(field, "windows"));
        return timeZone is null ? null : new WeeklySchedule(timeZone, windows);
    }

    private List<WeeklyWindow> ReadWindows(JsonElement schedule, string field)
    {
        var windows = new List<WeeklyWindow>();
        if (!TryGet(schedule, "windows", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxWindows)
        {
            Errors.Add(field, $"an array of at most {MaxWindows} windows is expected", Shown(list));
            return windows;
        }
        int index = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            string at = $"{field}[{index++}]";
            if (ReadWindow(element, at) is not { } window) continue;
            foreach (WeeklyWindow other in windows)
            {
                if (!Overlap(window, other)) continue;
                Errors.Add(at, "overlaps another window", Shown(element));
                break;
            }
            windows.Add(window);
        }
        return windows;
    }

    private WeeklyWindow? ReadWindow(JsonElement window, string at)
    {
        if (window.ValueKind != JsonValueKind.Object)
        {
            Errors.Add(at, "an object with day, begin and end is expected", Shown(window));
            return null;
        }
        TryGet(window, "day", out JsonElement dayElement);
        DayOfWeek? day = null;
        string? dayText = TextOf(dayElement);
        foreach (DayOfWeek known in Enum.GetValues<DayOfWeek>())
        {
            if (string.Equals(known.ToString(), dayText, StringComparison.OrdinalIgnoreCase)) day = known;
        }
        if (day is null) Errors.Add(Member(at, "day"), "one of monday to sunday", Shown(dayElement));
        TimeOnly? begin = ReadTime(window, "begin", at), end = ReadTime(window, "end", at);
        return day is { } d && begin is { } b && end is { } e ? new WeeklyWindow(d, b, e) : null;
    }

    /// <summary>Reads a time of day; <c>24:00</c>, which people write for the end of a day, is midnight.</summary>
    private TimeOnly? ReadTime(JsonElement window, string name, string at)
    {
        TryGet(window, name, out JsonElement element);
        string? text = TextOf(element);
        if (text == "24:00") return TimeOnly.MinValue;
        if (TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], Invariant, DateTimeStyles.None, out TimeOnly time)) return time;
        Errors.Add(Member(at, name), "a time of day such as 08:00 is expected", Shown(element));
        return null;
    }

    private static bool Overlap(WeeklyWindow one, WeeklyWindow other)
    {
        double oneBegin = MinuteOfWeek(one), otherBegin = MinuteOfWeek(other);
        double behindOne = (otherBegin - oneBegin + MinutesPerWeek) % MinutesPerWeek;
        double behindOther = (oneBegin - otherBegin + MinutesPerWeek) % MinutesPerWeek;
        return behindOne < LengthMin(one) || behindOther < LengthMin(other);
    }

    private static double MinuteOfWeek(WeeklyWindow window) => ((int)window.Day * MinutesPerDay) + window.Begin.ToTimeSpan().TotalMinutes;

    private static double LengthMin(WeeklyWindow window)
    {
        double length = (window.End.ToTimeSpan() - window.Begin.ToTimeSpan()).TotalMinutes;
        return length > 0 ? length : length + MinutesPerDay;
    }

    private static string Member(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static bool TryGet(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>The text of a JSON string; null for anything else and for one that holds half a surrogate pair.</summary>
    private static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool TryGetFinite(JsonElement element, out double value)
    {
        value = double.NaN;
        return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out value) && double.IsFinite(value);
    }

    private static bool HasControl(string text)
    {
        foreach (char character in text)
        {
            if (char.IsControl(character)) return true;
        }
        return false;
    }

    /// <summary>What to show of a value in an error: its text, bounded before it is made.</summary>
    private static string? Shown(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.String => TextOf(element) ?? "(invalid text)",
        JsonValueKind.Array => $"array of {element.GetArrayLength()}",
        JsonValueKind.Object => "object",
        _ => element.GetRawText(),
    };
}

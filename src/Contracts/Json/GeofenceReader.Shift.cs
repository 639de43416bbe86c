using System.Globalization;
using System.Text.Json;

namespace Tracking.Contracts;

internal sealed partial class GeofenceReader
{
    private const int MaxExceptions = 1000;

    /// <summary>Reads a shift; null, and errors, when it is not fit.</summary>
    public Shift? ReadShift(JsonElement root, string id, long version)
    {
        try
        {
            if (root.ValueKind == JsonValueKind.Object) return ReadShiftMembers(root, id, version);
            Errors.Add("", "an object is expected", Shown(root));
        }
        catch (InvalidOperationException)
        {
            Errors.Add("", UnfitName);
        }
        return null;
    }

    private Shift ReadShiftMembers(JsonElement root, string id, long version)
    {
        new DefinitionReader(root, "", Errors).Only("id", "name", "groups", "reps", "timeZone", "windows", "exceptions", "dutyBy", "version");
        if (TryGet(root, "id", out JsonElement told) && TextOf(told) != id) Errors.Add("id", "must be the id in the address, or be left out", Shown(told));
        string name = "";
        if (TryGet(root, "name", out JsonElement nameElement))
        {
            name = TextOf(nameElement) ?? "";
            if (nameElement.ValueKind != JsonValueKind.String || name.Length > GeofenceJson.MaxNameChars || HasControl(name))
                Errors.Add("name", $"a text of at most {GeofenceJson.MaxNameChars} characters is expected", Shown(nameElement));
        }
        string? timeZone = null;
        if (TryGet(root, "timeZone", out JsonElement zone))
        {
            timeZone = TextOf(zone);
            if (timeZone is null || timeZone.Length > 64 || !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
                Errors.Add("timeZone", "an IANA time zone, such as Europe/Vienna, is expected", Shown(zone));
        }
        return new Shift
        {
            Id = id,
            Version = version,
            Name = name,
            TimeZone = timeZone,
            Groups = ReadTexts(root, "groups", "", GeofenceJson.MaxNameChars, isPath: true),
            Reps = ReadTexts(root, "reps", "", GeofenceJson.MaxIdChars, isPath: false),
            Windows = TryGet(root, "windows", out _) ? ReadWindows(root, "windows") : [],
            Exceptions = ReadExceptions(root),
            Mode = ReadMode(root),
        };
    }

    private DutyMode ReadMode(JsonElement root)
    {
        if (!TryGet(root, "dutyBy", out JsonElement element)) return DutyMode.Schedule;
        switch (TextOf(element))
        {
            case "schedule": return DutyMode.Schedule;
            case "checkIn": return DutyMode.CheckIn;
            default:
                Errors.Add("dutyBy", "must be schedule or checkIn", Shown(element));
                return DutyMode.Schedule;
        }
    }

    private List<SpecialDay> ReadExceptions(JsonElement root)
    {
        var exceptions = new List<SpecialDay>();
        if (!TryGet(root, "exceptions", out JsonElement list)) return exceptions;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxExceptions)
        {
            Errors.Add("exceptions", $"an array of at most {MaxExceptions} days is expected", Shown(list));
            return exceptions;
        }
        var dates = new HashSet<DateOnly>();
        int index = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            string at = $"exceptions[{index++}]";
            TryGet(element, "date", out JsonElement dateElement);
            if (!DateOnly.TryParseExact(TextOf(dateElement), "yyyy-MM-dd", Invariant, DateTimeStyles.None, out DateOnly date))
                Errors.Add(Member(at, "date"), "a date such as 2026-12-25 is expected", Shown(dateElement));
            else if (!dates.Add(date)) Errors.Add(Member(at, "date"), "stands there twice", Shown(dateElement));
            else exceptions.Add(new SpecialDay(date, ReadDayWindows(element, at)));
        }
        return exceptions;
    }

    private List<DayWindow> ReadDayWindows(JsonElement day, string at)
    {
        var windows = new List<DayWindow>();
        if (!TryGet(day, "windows", out JsonElement list)) return windows;
        string field = Member(at, "windows");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxWindows)
        {
            Errors.Add(field, $"an array of at most {MaxWindows} windows is expected", Shown(list));
            return windows;
        }
        int index = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            string place = $"{field}[{index++}]";
            TimeOnly? begin = ReadTime(element, "begin", place), end = ReadTime(element, "end", place);
            if (begin is not { } from || end is not { } to) continue;
            var window = new WeeklyWindow(DayOfWeek.Monday, from, to);
            if (windows.Exists(w => Overlap(window, new WeeklyWindow(DayOfWeek.Monday, w.Begin, w.End)))) Errors.Add(place, "overlaps another window", Shown(element));
            windows.Add(new DayWindow(from, to));
        }
        return windows;
    }
}

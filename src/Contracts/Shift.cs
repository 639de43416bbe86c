namespace Tracking.Contracts;

/// <summary>When some reps are on duty, as its owner defined it. Immutable.</summary>
public sealed record Shift
{
    /// <summary>Opaque, unique.</summary>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Group paths that it concerns, subtree included; with <see cref="Reps"/> also empty, it concerns everybody.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Ids of reps that it concerns.</summary>
    public IReadOnlyList<string> Reps { get; init; } = [];

    /// <summary>IANA name of the time zone of its hours; null: each rep's own.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Hours of the week; a window that ends at or before its begin runs over midnight.</summary>
    public IReadOnlyList<WeeklyWindow> Windows { get; init; } = [];

    /// <summary>Days with other hours, such as holidays; a window belongs to the day on which it begins.</summary>
    public IReadOnlyList<SpecialDay> Exceptions { get; init; } = [];

    /// <summary>Whether its hours or check-ins decide.</summary>
    public DutyMode Mode { get; init; }

    /// <summary>1 when created, one more with each change.</summary>
    public long Version { get; init; } = 1;
}

/// <summary>What puts a rep on duty and off again.</summary>
public enum DutyMode : byte
{
    /// <summary>The hours of the shift; a check-in begins earlier, ends earlier or goes on later.</summary>
    Schedule,
    /// <summary>Check-ins alone; the hours say when they are due.</summary>
    CheckIn,
}

/// <summary>The hours of one day, instead of those of the week.</summary>
/// <param name="Date">The day.</param>
/// <param name="Windows">Its hours; none: nobody works.</param>
public sealed record SpecialDay(DateOnly Date, IReadOnlyList<DayWindow> Windows);

/// <summary>Hours of a day; when the end is not after the begin, they run over midnight.</summary>
/// <param name="Begin">Local time of day.</param>
/// <param name="End">Local time of day, exclusive.</param>
public readonly record struct DayWindow(TimeOnly Begin, TimeOnly End);

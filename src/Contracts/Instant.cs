using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tracking.Contracts;

/// <summary>A moment in time, UTC, to the millisecond: the precision in which devices report and the server decides.</summary>
/// <param name="EpochMs">Milliseconds since 1970-01-01T00:00:00Z; negative before.</param>
public readonly record struct Instant(long EpochMs) : IComparable<Instant>
{
    /// <summary>The earliest instant that ISO 8601 with a four-digit year can write (year 1).</summary>
    public static readonly Instant Min = new(-62_135_596_800_000);

    /// <summary>The latest instant that ISO 8601 with a four-digit year can write (year 9999).</summary>
    public static readonly Instant Max = new(253_402_300_799_999);

    /// <summary>The instant of a clock reading; anything below a millisecond is cut off.</summary>
    public static Instant From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <summary>Reads the present from a clock.</summary>
    public static Instant Now(TimeProvider clock) => From(clock.GetUtcNow());

    /// <summary>The same moment as a <see cref="DateTimeOffset"/> with offset zero.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(EpochMs);

    /// <summary>Reads ISO 8601 with an offset or <c>Z</c>; without either the text is taken as UTC.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Instant instant)
    {
        bool parsed = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time);
        instant = parsed ? From(time) : default;
        return parsed;
    }

    /// <summary>Whether the instant can be written with a four-digit year.</summary>
    public bool IsRepresentable => this >= Min && this <= Max;

    /// <summary>ISO 8601 UTC with milliseconds: <c>2026-11-22T08:15:30.000Z</c>.</summary>
    public override string ToString() =>
        ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => EpochMs.CompareTo(other.EpochMs);

    /// <summary>Moves an instant by a duration.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The operators read as the sentence they are; no language without them uses this.")]
    public static Instant operator +(Instant instant, TimeSpan duration) => new(instant.EpochMs + (long)duration.TotalMilliseconds);

    /// <summary>Moves an instant back by a duration.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "See operator +.")]
    public static Instant operator -(Instant instant, TimeSpan duration) => new(instant.EpochMs - (long)duration.TotalMilliseconds);

    /// <summary>The duration from <paramref name="earlier"/> to <paramref name="later"/>.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "See operator +.")]
    public static TimeSpan operator -(Instant later, Instant earlier) => TimeSpan.FromMilliseconds(later.EpochMs - earlier.EpochMs);

    /// <summary>Earlier than.</summary>
    public static bool operator <(Instant left, Instant right) => left.EpochMs < right.EpochMs;

    /// <summary>Later than.</summary>
    public static bool operator >(Instant left, Instant right) => left.EpochMs > right.EpochMs;

    /// <summary>Not later than.</summary>
    public static bool operator <=(Instant left, Instant right) => left.EpochMs <= right.EpochMs;

    /// <summary>Not earlier than.</summary>
    public static bool operator >=(Instant left, Instant right) => left.EpochMs >= right.EpochMs;
}

using Tracking.Contracts;

namespace Tracking.Store.Tracks;

/// <summary>A fix as the track store holds it.</summary>
internal readonly record struct StoredFix(JudgedFix Judged, byte[]? Attributes)
{
    public long FixedMs => Judged.Fix.FixedAt.EpochMs;

    /// <summary>Sorts by <see cref="Fix.FixedAt"/>; what is equal keeps its order of arrival.</summary>
    public static void Sort(List<StoredFix> fixes)
    {
        for (int i = 1; i < fixes.Count; i++)
        {
            if (fixes[i].FixedMs >= fixes[i - 1].FixedMs) continue;
            var keys = new (long, int)[fixes.Count];
            for (int k = 0; k < keys.Length; k++) keys[k] = (fixes[k].FixedMs, k);
            StoredFix[] items = [.. fixes];
            Array.Sort(keys, items);
            fixes.Clear();
            fixes.AddRange(items);
            return;
        }
    }
}

/// <summary>
/// The number under which a chunk lies: rep, day, and its place in the day, so that a rep's track lies together in order of
/// time. 27 bits of rep, 22 of day (every day from year 1 to 9999), 14 of place.
/// </summary>
internal static class ChunkKey
{
    public const int MaxRep = (1 << 27) - 1, MaxDay = (1 << 22) - 1, MaxPlace = (1 << 14) - 1;

    private const long MsPerDay = 86_400_000, DaysBefore1970 = 719_162;

    public static long Of(int rep, long day, int place) => ((long)rep << 36) | (day << 14) | (uint)place;

    public static int RepOf(long key) => (int)(key >> 36);

    public static long DayOf(long key) => (key >> 14) & MaxDay;

    public static int PlaceOf(long key) => (int)(key & MaxPlace);

    /// <summary>The number of the UTC day of an instant.</summary>
    public static long DayAt(long ms)
    {
        long day = (ms >= 0 ? ms : ms - MsPerDay + 1) / MsPerDay;
        return Math.Clamp(day + DaysBefore1970, 0, MaxDay);
    }

    /// <summary>The first and the last millisecond of a day that <see cref="DayAt"/> counts.</summary>
    public static (long FirstMs, long LastMs) SpanOf(long day) => ((day - DaysBefore1970) * MsPerDay, ((day - DaysBefore1970 + 1) * MsPerDay) - 1);
}

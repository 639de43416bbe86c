using System.Numerics;
using Tracking.Store;

namespace Tracking.Ingest;

/// <summary>
/// Puts what came together in the order in which it was true: a device that sends its newest fix first, or datagrams that overtook
/// each other within a burst, make nothing late. What comes in a later request waits for nobody and is judged as it comes.
/// </summary>
internal static class RecordOrder
{
    private const int MostPlaces = 1024;

    private readonly record struct Newest(int RepKey, long FixedMs);

    /// <summary>Sorts the fixes between device events by their instants; equal ones stay as they came. Nothing is done where no rep's are out of order.</summary>
    public static void Sort(Span<JournalRecord> records)
    {
        if (records.Length < 2) return;
        // By rep; one that has lost its place to another is taken for one in order, and its earlier fix will be late.
        Span<Newest> newest = stackalloc Newest[(int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)records.Length * 2), MostPlaces)];
        newest.Clear();
        int first = 0;
        bool isOrdered = true;
        for (int i = 0; i <= records.Length; i++)
        {
            bool ends = i == records.Length || records[i].Kind != JournalRecordKind.Fix;
            if (!ends)
            {
                isOrdered &= IsNewest(in records[i], newest);
                continue;
            }
            if (!isOrdered) SortRun(records[first..i]);
            newest.Clear();
            (first, isOrdered) = (i + 1, true);
        }
    }

    private static bool IsNewest(in JournalRecord record, Span<Newest> newest)
    {
        ref Newest place = ref newest[(int)((uint)record.RepKey * 2_654_435_769u >> 16) & (newest.Length - 1)];
        long fixedMs = record.Fix.FixedAt.EpochMs;
        bool isNewest = place.RepKey != record.RepKey || fixedMs >= place.FixedMs;
        place = new Newest(record.RepKey, isNewest ? fixedMs : place.FixedMs);
        return isNewest;
    }

    private static void SortRun(Span<JournalRecord> run)
    {
        var keys = new (long FixedMs, int Place)[run.Length];
        for (int i = 0; i < keys.Length; i++) keys[i] = (run[i].Fix.FixedAt.EpochMs, i);
        keys.AsSpan().Sort(run);
    }
}

using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Tests;

public class RecordOrderTests
{
    [Fact]
    public void What_comes_together_is_put_in_the_order_of_its_instants_and_equal_ones_stay_as_they_came()
    {
        JournalRecord[] records = [Fix(1, 30, 1), Fix(1, 10, 2), Fix(2, 5, 3), Fix(1, 10, 4), Fix(1, 20, 5)];
        RecordOrder.Sort(records);
        Assert.Equal([3, 2, 4, 5, 1], records.Select(r => r.DeviceKey));
    }

    [Fact]
    public void Reps_that_are_each_in_order_stay_as_they_came()
    {
        JournalRecord[] records = [Fix(1, 30, 1), Fix(2, 10, 2), Fix(1, 31, 3), Fix(3, 5, 4), Fix(2, 10, 5)];
        RecordOrder.Sort(records);
        Assert.Equal([1, 2, 3, 4, 5], records.Select(r => r.DeviceKey));
    }

    [Fact]
    public void A_device_event_stays_between_the_fixes_that_came_before_and_behind_it()
    {
        JournalRecord told = new(JournalRecordKind.DeviceEvent, 1, 9, new Fix(), default);
        JournalRecord[] records = [Fix(1, 30, 1), Fix(1, 20, 2), told, Fix(1, 10, 3), Fix(1, 5, 4)];
        RecordOrder.Sort(records);
        Assert.Equal([2, 1, 9, 4, 3], records.Select(r => r.DeviceKey));
    }

    [Fact]
    public void A_thousand_reps_at_once_allocate_nothing_while_they_are_in_order()
    {
        JournalRecord[] records = [.. Enumerable.Range(0, 2000).Select(i => Fix(1 + (i % 1000), i / 1000, i))];
        RecordOrder.Sort(records);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RecordOrder.Sort(records);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(Enumerable.Range(0, 2000), records.Select(r => r.DeviceKey));
    }

    private static JournalRecord Fix(int repKey, int second, int device) =>
        new(JournalRecordKind.Fix, repKey, device, new Fix { FixedAt = new Instant(1_795_334_400_000 + (second * 1000L)) }, default);
}

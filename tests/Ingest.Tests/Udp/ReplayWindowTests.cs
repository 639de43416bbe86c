using Tracking.Ingest.Udp;

namespace Tracking.Ingest.Tests.Udp;

public sealed class ReplayWindowTests
{
    [Fact]
    public void Each_counter_is_taken_once_in_any_order_within_the_window()
    {
        var random = new Random(11);
        var window = new ReplayWindow();
        var taken = new HashSet<ulong>();
        ulong highest = 0;
        for (int i = 0; i < 200_000; i++)
        {
            ulong counter = highest + 40 - (ulong)random.Next((int)Math.Min(1400, highest + 40));
            bool expected = counter > 0 && !taken.Contains(counter) && (counter > highest || highest - counter < ReplayWindow.Size);
            Assert.Equal(expected, window.IsNew(counter));
            if (!expected) continue;
            window.Take(counter);
            taken.Add(counter);
            highest = Math.Max(highest, counter);
        }
        Assert.Equal(highest, window.Highest);
    }

    [Fact]
    public void A_jump_forgets_the_window_and_the_end_of_all_counters_is_no_trap()
    {
        var window = new ReplayWindow();
        window.Take(5);
        window.Take(1_000_000);
        Assert.False(window.IsNew(5));
        Assert.True(window.IsNew(999_999));
        Assert.True(window.IsNew(1_000_000 - ReplayWindow.Size + 1));
        Assert.False(window.IsNew(1_000_000 - ReplayWindow.Size));
        window.Take(ulong.MaxValue);
        Assert.False(window.IsNew(ulong.MaxValue));
        Assert.True(window.IsNew(ulong.MaxValue - 1));
    }

    [Fact]
    public void After_an_orderly_stop_nothing_old_is_taken_and_the_next_counter_is()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tracking-replay").FullName, "replay.bin");
        var before = new ReplayWindows(path);
        before.Take(7, 1000);
        before.Take(7, 999);
        before.Save(isClean: true);
        var after = new ReplayWindows(path);
        Assert.True(after.TryGet(7, out ReplayWindow? window));
        Assert.False(window.IsNew(1000));
        Assert.False(window.IsNew(998));
        Assert.True(window.IsNew(1001));
        Assert.False(after.TryGet(8, out _));
    }

    [Fact]
    public void After_a_kill_the_windows_begin_above_what_the_file_can_have_missed()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tracking-replay").FullName, "replay.bin");
        var before = new ReplayWindows(path);
        before.Take(7, 1000);
        before.Save(isClean: false);
        Assert.True(new ReplayWindows(path).TryGet(7, out ReplayWindow? window));
        Assert.False(window.IsNew(1000 + ReplayWindows.MarginAfterKill));
        Assert.True(window.IsNew(1001 + ReplayWindows.MarginAfterKill));
    }

    [Fact]
    public void A_clean_file_is_marked_as_soon_as_it_is_used_so_that_a_kill_is_noticed()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tracking-replay").FullName, "replay.bin");
        var first = new ReplayWindows(path);
        first.Take(7, 1000);
        first.Save(isClean: true);
        _ = new ReplayWindows(path);
        Assert.True(new ReplayWindows(path).TryGet(7, out ReplayWindow? window));
        Assert.False(window.IsNew(1001));
    }

    [Fact]
    public void A_damaged_file_is_an_empty_one()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tracking-replay").FullName, "replay.bin");
        var before = new ReplayWindows(path);
        before.Take(7, 1000);
        before.Save(isClean: true);
        byte[] bytes = File.ReadAllBytes(path);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x40;
            File.WriteAllBytes(path, bytes);
            var after = new ReplayWindows(path);
            Assert.True(after.WasDamaged);
            Assert.False(after.TryGet(7, out _));
            bytes[i] ^= 0x40;
        }
        File.WriteAllBytes(path, bytes[..5]);
        Assert.True(new ReplayWindows(path).WasDamaged);
    }
}

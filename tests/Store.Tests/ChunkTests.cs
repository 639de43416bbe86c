using System.Runtime.InteropServices;
using Tracking.Contracts;
using Tracking.Store.Tracks;

namespace Tracking.Store.Tests;

public sealed class ChunkTests
{
    private static List<StoredFix> RoundTrip(List<StoredFix> fixes)
    {
        var bytes = new ByteBuffer();
        var attributes = new ByteBuffer();
        new ChunkWriter().Write(bytes, CollectionsMarshal.AsSpan(fixes));
        ChunkWriter.WriteAttributes(attributes, CollectionsMarshal.AsSpan(fixes));
        var read = new List<StoredFix>();
        new ChunkReader().Read(bytes.Written, attributes.Written, read);
        return read;
    }

    [Fact]
    public void Any_fixes_come_back_bit_by_bit()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var fixes = new List<StoredFix>();
            for (int i = random.Next(0, 300); i > 0; i--)
            {
                Fix fix = Some.AnyFix(random);
                if (random.Next(10) == 0) fix = fix with { Traits = fix.Traits | FixTraits.NoPosition, Position = default };
                byte[]? attributes = random.Next(4) == 0 ? new byte[random.Next(1, 50)] : null;
                if (attributes is not null) random.NextBytes(attributes);
                fixes.Add(new StoredFix(new JudgedFix(fix, (FixOutcome)random.Next(6)), attributes));
            }
            List<StoredFix> read = RoundTrip(fixes);
            Assert.True(fixes.Select(f => f.Judged).SequenceEqual(read.Select(f => f.Judged)), $"seed {seed}");
            Assert.True(fixes.Select(f => Convert.ToHexString(f.Attributes ?? [])).SequenceEqual(read.Select(f => Convert.ToHexString(f.Attributes ?? []))), $"seed {seed}");
        }
    }

    [Fact]
    public void A_steady_drive_takes_less_than_twenty_bytes_a_second()
    {
        List<StoredFix> fixes = [.. Enumerable.Range(0, 128).Select(i => new StoredFix(new JudgedFix(Some.Fix(i), FixOutcome.Accepted), null))];
        var bytes = new ByteBuffer();
        new ChunkWriter().Write(bytes, CollectionsMarshal.AsSpan(fixes));
        Assert.InRange(bytes.Length, 1, 128 * 20);
    }

    [Fact]
    public void Damaged_chunks_are_refused_and_never_read_beyond()
    {
        List<StoredFix> fixes = [.. Enumerable.Range(0, 20).Select(i => new StoredFix(new JudgedFix(Some.Fix(i), FixOutcome.Accepted), null))];
        var bytes = new ByteBuffer();
        new ChunkWriter().Write(bytes, CollectionsMarshal.AsSpan(fixes));
        byte[] whole = bytes.Written.ToArray();
        for (int length = 0; length < whole.Length; length++)
        {
            Exception? e = Record.Exception(() => new ChunkReader().Read(whole.AsSpan(0, length), default, []));
            Assert.True(e is InvalidDataException or ArgumentException or IndexOutOfRangeException, $"length {length}: {e}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_795_334_400_000)]
    [InlineData(-62_135_596_800_000)]
    [InlineData(253_402_300_799_999)]
    public void Keys_take_every_instant_and_order_days(long ms)
    {
        long day = ChunkKey.DayAt(ms);
        long key = ChunkKey.Of(ChunkKey.MaxRep, day, ChunkKey.MaxPlace);
        Assert.Equal((ChunkKey.MaxRep, day, ChunkKey.MaxPlace), (ChunkKey.RepOf(key), ChunkKey.DayOf(key), ChunkKey.PlaceOf(key)));
        Assert.InRange(day, 0, ChunkKey.MaxDay - 1);
        Assert.Equal(day + 1, ChunkKey.DayAt(ms + 86_400_000));
    }
}

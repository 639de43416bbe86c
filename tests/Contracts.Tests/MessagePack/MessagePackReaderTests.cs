using System.Buffers;
using Tracking.Contracts.MessagePack;

namespace Tracking.Contracts.Tests.MessagePack;

public sealed class MessagePackReaderTests
{
    [Fact]
    public void Every_truncation_of_every_kind_is_refused_and_leaves_the_position()
    {
        foreach (string hex in (string[])["cc80", "cd0100", "ce00010000", "cf0000000100000000", "d080", "d18000", "d280000000",
            "d3ffffffff00000000", "ca3f800000", "cb3ff0000000000000", "a3616263", "d9026162", "da00026162", "db000000026162", "c4020102",
            "c500020102", "c6000000020102", "d6ff00000001", "d7ff0000000000000001", "c70cff000000000000000000000001", "93010203",
            "dc000101", "dd0000000101", "820102a16103", "de00010102", "df000000010102", "9393a0c0c381c0c2cb3ff0000000000000"])
        {
            byte[] whole = Convert.FromHexString(hex);
            var reader = new MessagePackReader(whole);
            Assert.True(reader.TrySkip(), hex);
            Assert.True(reader.AtEnd, hex);
            for (int length = 0; length < whole.Length; length++)
            {
                var cut = new MessagePackReader(whole.AsSpan(0, length));
                Assert.False(cut.TrySkip(), $"{hex} cut to {length}");
                Assert.Equal(0, cut.Position);
            }
        }
    }

    [Fact]
    public void A_count_beyond_the_bytes_left_is_refused_before_anything_is_made_of_it()
    {
        Assert.False(Array("ddffffffff", out int count));
        Assert.Equal(0, count);
        Assert.False(Array("dc00020101"[..8], out _));
        var map = new MessagePackReader(Convert.FromHexString("df7fffffff0102"));
        Assert.False(map.TryReadMapHeader(out count));
        Assert.Equal((0, 0), (count, map.Position));
        var text = new MessagePackReader(Convert.FromHexString("dbffffffff61"));
        Assert.False(text.TryReadString(out ReadOnlySpan<byte> utf8));
        Assert.True(utf8.IsEmpty);

        static bool Array(string hex, out int count) => new MessagePackReader(Convert.FromHexString(hex)).TryReadArrayHeader(out count);
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_refused_however_deep()
    {
        byte[] deep = new byte[1_000_000];
        System.Array.Fill(deep, (byte)0x91);
        deep[^1] = 0xc0;
        Assert.False(new MessagePackReader(deep).TrySkip());
        Assert.True(new MessagePackReader(deep.AsSpan(deep.Length - 33)).TrySkip());
        Assert.False(new MessagePackReader(deep.AsSpan(deep.Length - 34)).TrySkip());
        Assert.False(new MessagePackReader(deep.AsSpan(deep.Length - 2)).TrySkip(0));
    }

    [Fact]
    public void A_value_of_another_kind_or_range_is_refused_and_can_be_read_as_what_it_is()
    {
        var reader = new MessagePackReader(Convert.FromHexString("cfffffffffffffffffff"));
        Assert.False(reader.TryReadInt64(out _));
        Assert.False(reader.TryReadInt32(out _));
        Assert.False(reader.TryReadString(out _));
        Assert.False(reader.TryReadArrayHeader(out _));
        Assert.True(reader.TryReadUInt64(out ulong all));
        Assert.Equal(ulong.MaxValue, all);
        Assert.False(reader.TryReadUInt64(out _));
        Assert.True(reader.TryReadInt64(out long minusOne));
        Assert.Equal(-1, minusOne);
        Assert.Equal(MessagePackType.None, reader.Peek());
    }

    [Fact]
    public void Integers_are_taken_for_floats()
    {
        var reader = new MessagePackReader(Convert.FromHexString("05e0d18000cfffffffffffffffff"));
        foreach (double expected in (double[])[5, -32, -32768, 18446744073709551615d])
        {
            Assert.True(reader.TryReadDouble(out double value));
            Assert.Equal(expected, value);
        }
    }

    [Fact]
    public void Timestamps_outside_the_four_digit_years_or_with_too_many_nanoseconds_are_refused()
    {
        Assert.False(new MessagePackReader(Convert.FromHexString("c70cff000000007fffffffffffffff")).TryReadInstant(out _));
        Assert.False(new MessagePackReader(Convert.FromHexString("d7ffffffffff00000001")).TryReadTimestamp(out _, out _));
        Assert.False(new MessagePackReader(Convert.FromHexString("d60100000001")).TryReadTimestamp(out _, out _));
        Span<byte> room = stackalloc byte[15];
        foreach (Instant instant in (Instant[])[Instant.Min, Instant.Max, new(-1), new(0), new(1_765_432_109_876)])
        {
            var writer = new MessagePackWriter(room);
            writer.WriteInstant(instant);
            Assert.True(new MessagePackReader(room[..(int)writer.BytesWritten]).TryReadInstant(out Instant read));
            Assert.Equal(instant, read);
        }
    }

    [Fact]
    public void Random_bytes_neither_throw_nor_run_past_the_end()
    {
        var random = new Random(7);
        byte[] bytes = new byte[64];
        for (int round = 0; round < 200_000; round++)
        {
            random.NextBytes(bytes);
            var reader = new MessagePackReader(bytes.AsSpan(0, random.Next(64)));
            while (!reader.AtEnd && reader.TrySkip()) Assert.True(reader.Remaining >= 0);
        }
    }

    [Fact]
    public void A_writer_over_a_span_that_is_too_small_says_so()
    {
        Assert.Throws<InvalidOperationException>(() => new MessagePackWriter(new byte[3]).WriteUtf8("abc"u8));
        new MessagePackWriter(new byte[4]).WriteUtf8("abc"u8);
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        var output = new ArrayBufferWriter<byte>(1 << 16);
        Round(output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Round(output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Round(ArrayBufferWriter<byte> output)
        {
            output.ResetWrittenCount();
            var writer = new MessagePackWriter(output);
            writer.WriteMapHeader(2);
            writer.WriteString("Zürich");
            writer.WriteDouble(8.54);
            writer.WriteInt64(-300);
            writer.WriteInstant(new Instant(1_765_432_109_876));
            writer.Flush();
            Assert.True(new MessagePackReader(output.WrittenSpan).TrySkip());
        }
    }
}

using System.Buffers.Binary;
using Tracking.Contracts;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Tests;

public class FrameTests
{
    [Fact]
    public void A_frame_is_laid_out_as_documented()
    {
        var rows = FrameBlock.OfRows(
            [
                Row.Of(new RepLive
                {
                    RepKey = 70_000, HasPosition = true, Position = new(48.2, -16.37), FixedAt = new(1_000_000), SpeedMps = 13.89f, CourseDeg = 359.99f,
                    AccuracyM = 12.34f, BatteryPct = 55.6f, Status = SignalStatus.Lost, Motion = Motion.Stopped, MockScore = 0.9f,
                }),
                Row.Of(new RepLive { RepKey = 1, HasPosition = true, FixedAt = new(-1L << 60), AccuracyM = 1e9f }),
            ], baseTimeMs: 1_001_200);
        var frame = new LiveFrame(FrameKind.Positions, 3, 1_001_234, [FrameBlock.OfGone([9]), rows]);
        byte[] bytes = new byte[frame.Length];
        frame.CopyTo(bytes);
        ReadOnlySpan<byte> span = bytes;
        Assert.Equal(20 + 16 + 4 + 16 + 48, bytes.Length);
        Assert.Equal((1, 1, 2), (span[0], span[1], BinaryPrimitives.ReadUInt16LittleEndian(span[2..])));
        Assert.Equal((3u, 1_001_234d, 2u), (BinaryPrimitives.ReadUInt32LittleEndian(span[4..]), BinaryPrimitives.ReadDoubleLittleEndian(span[8..]), BinaryPrimitives.ReadUInt32LittleEndian(span[16..])));
        Assert.Equal((1, 9), (span[20], BinaryPrimitives.ReadInt32LittleEndian(span[36..])));
        span = span[40..];
        Assert.Equal((0, 2u, 1_001_200d), (span[0], BinaryPrimitives.ReadUInt32LittleEndian(span[4..]), BinaryPrimitives.ReadDoubleLittleEndian(span[8..])));
        span = span[16..];
        Assert.Equal(70_000, BinaryPrimitives.ReadInt32LittleEndian(span));
        Assert.Equal(482_000_000, BinaryPrimitives.ReadInt32LittleEndian(span[8..]));
        Assert.Equal(-163_700_000, BinaryPrimitives.ReadInt32LittleEndian(span[16..]));
        Assert.Equal((12, int.MaxValue), (BinaryPrimitives.ReadInt32LittleEndian(span[24..]), BinaryPrimitives.ReadInt32LittleEndian(span[28..])));
        Assert.Equal((1389, 65535), (BinaryPrimitives.ReadUInt16LittleEndian(span[32..]), BinaryPrimitives.ReadUInt16LittleEndian(span[34..])));
        Assert.Equal((35999, 65535), (BinaryPrimitives.ReadUInt16LittleEndian(span[36..]), BinaryPrimitives.ReadUInt16LittleEndian(span[38..])));
        Assert.Equal((123, 65534), (BinaryPrimitives.ReadUInt16LittleEndian(span[40..]), BinaryPrimitives.ReadUInt16LittleEndian(span[42..])));
        Assert.Equal((2 | (2 << 2) | 16, 0, 56, 255), (span[44], span[45], span[46], span[47]));
    }

    [Theory]
    [InlineData(16.3, 48.1, 16.5, 48.3)]
    [InlineData(170, -20, -170, 20)]
    [InlineData(-180, -90, 180, 90)]
    [InlineData(350, 0, 370, 10)]
    [InlineData(-540, -85, 540, 85)]
    [InlineData(179.9, 84, 180, 90)]
    public void The_cells_of_a_viewport_hold_every_point_in_it(double west, double south, double east, double north)
    {
        Assert.True(Viewport.TryRead([west, south, east, north], out Viewport viewport));
        var random = new Random(1);
        foreach (int z in new[] { 0, 3, 5, 8 })
        {
            HashSet<MapCell> cells = [.. MapCell.Covering(viewport, z, int.MaxValue)!];
            for (int i = 0; i < 2000; i++)
            {
                double longitude = west + random.NextDouble() * (east - west + (east < west ? 360 : 0));
                var point = new GeoPoint(south + random.NextDouble() * (north - south), (longitude % 360 + 540) % 360 - 180);
                if (!viewport.Contains(point)) continue;
                Assert.Contains(MapCell.Of(point.LatitudeE7, point.LongitudeE7).At(z), cells);
            }
        }
    }
}

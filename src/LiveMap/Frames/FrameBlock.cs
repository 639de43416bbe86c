using System.Buffers.Binary;
using System.Text;

namespace Tracking.LiveMap.Frames;

/// <summary>What a block of a frame holds.</summary>
internal enum BlockType : byte
{
    /// <summary>Positions.</summary>
    Rows = 0,
    /// <summary>Reps to take off the map.</summary>
    Gone = 1,
    /// <summary>Counts of one map cell.</summary>
    Counts = 2,
}

/// <summary>A part of frames that is encoded once and shared by every viewer of a map cell. Immutable.</summary>
internal sealed class FrameBlock
{
    /// <summary>Bytes before the columns.</summary>
    public const int HeaderSize = 16;

    private const int RowSize = 24;
    private string? _json;

    private FrameBlock(BlockType type, byte[] bytes, int count, int[] keys) => (Type, Bytes, Count, Keys) = (type, bytes, count, keys);

    /// <summary>What it holds.</summary>
    public BlockType Type { get; }

    /// <summary>Header and columns.</summary>
    public byte[] Bytes { get; }

    /// <summary>The length of its columns.</summary>
    public int Count { get; }

    /// <summary>Keys of the reps that it shows; empty for <see cref="BlockType.Counts"/>.</summary>
    public int[] Keys { get; }

    /// <summary>The block as a JSON object, made when the first viewer wants it.</summary>
    public string Json => _json ??= MakeJson();

    /// <summary>Encodes positions.</summary>
    public static FrameBlock OfRows(ReadOnlySpan<Row> rows, long baseTimeMs)
    {
        int n = rows.Length;
        byte[] bytes = Begin(BlockType.Rows, n, RowSize);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8), baseTimeMs);
        int[] keys = new int[n];
        Span<byte> body = bytes.AsSpan(HeaderSize);
        Span<byte> keyColumn = body, lat = body[(4 * n)..], lon = body[(8 * n)..], age = body[(12 * n)..], speed = body[(16 * n)..],
            course = body[(18 * n)..], accuracy = body[(20 * n)..], flags = body[(22 * n)..], battery = body[(23 * n)..];
        for (int i = 0; i < n; i++)
        {
            ref readonly Row row = ref rows[i];
            keys[i] = row.Key;
            BinaryPrimitives.WriteInt32LittleEndian(keyColumn[(4 * i)..], row.Key);
            BinaryPrimitives.WriteInt32LittleEndian(lat[(4 * i)..], row.LatitudeE7);
            BinaryPrimitives.WriteInt32LittleEndian(lon[(4 * i)..], row.LongitudeE7);
            BinaryPrimitives.WriteInt32LittleEndian(age[(4 * i)..], row.AgeAt(baseTimeMs));
            BinaryPrimitives.WriteUInt16LittleEndian(speed[(2 * i)..], row.Speed);
            BinaryPrimitives.WriteUInt16LittleEndian(course[(2 * i)..], row.Course);
            BinaryPrimitives.WriteUInt16LittleEndian(accuracy[(2 * i)..], row.Accuracy);
            flags[i] = row.Flags;
            battery[i] = row.Battery;
        }
        return new(BlockType.Rows, bytes, n, keys);
    }

    /// <summary>Encodes reps that have left.</summary>
    public static FrameBlock OfGone(ReadOnlySpan<int> keys)
    {
        byte[] bytes = Begin(BlockType.Gone, keys.Length, 4);
        for (int i = 0; i < keys.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(HeaderSize + 4 * i), keys[i]);
        return new(BlockType.Gone, bytes, keys.Length, []);
    }

    /// <summary>Encodes the counts of one map cell.</summary>
    public static FrameBlock OfCounts(int z, int x, int y, ReadOnlySpan<CountBin> bins)
    {
        int n = bins.Length;
        byte[] bytes = Begin(BlockType.Counts, n, RowSize);
        bytes[1] = (byte)z;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), x);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), y);
        for (int i = 0; i < n; i++)
        {
            ref readonly CountBin bin = ref bins[i];
            Span<byte> body = bytes.AsSpan(HeaderSize + 4 * i);
            BinaryPrimitives.WriteInt32LittleEndian(body, bin.LatitudeE7);
            BinaryPrimitives.WriteInt32LittleEndian(body[(4 * n)..], bin.LongitudeE7);
            BinaryPrimitives.WriteInt32LittleEndian(body[(8 * n)..], bin.Live);
            BinaryPrimitives.WriteInt32LittleEndian(body[(12 * n)..], bin.Stale);
            BinaryPrimitives.WriteInt32LittleEndian(body[(16 * n)..], bin.Lost);
            BinaryPrimitives.WriteInt32LittleEndian(body[(20 * n)..], bin.OffDuty);
        }
        return new(BlockType.Counts, bytes, n, []);
    }

    private static byte[] Begin(BlockType type, int count, int size)
    {
        byte[] bytes = new byte[HeaderSize + count * size];
        bytes[0] = (byte)type;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), count);
        return bytes;
    }

    private string MakeJson()
    {
        var text = new StringBuilder(64 + Bytes.Length * 3);
        ReadOnlySpan<byte> body = Bytes.AsSpan(HeaderSize);
        int n = Count;
        switch (Type)
        {
            case BlockType.Gone:
                text.Append("{\"type\":\"gone\"");
                Column32(text, "key", body, n);
                break;
            case BlockType.Counts:
                text.Append("{\"type\":\"counts\",\"z\":").Append((int)Bytes[1])
                    .Append(",\"x\":").Append(BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(8)))
                    .Append(",\"y\":").Append(BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(12)));
                foreach (string name in (ReadOnlySpan<string>)["latE7", "lonE7", "live", "stale", "lost", "offDuty"])
                    body = Column32(text, name, body, n);
                break;
            default:
                text.Append("{\"type\":\"rows\",\"baseTime\":").Append((long)BinaryPrimitives.ReadDoubleLittleEndian(Bytes.AsSpan(8)));
                foreach (string name in (ReadOnlySpan<string>)["key", "latE7", "lonE7", "age"]) body = Column32(text, name, body, n);
                foreach (string name in (ReadOnlySpan<string>)["speed", "course", "accuracy"]) body = Column16(text, name, body, n);
                foreach (string name in (ReadOnlySpan<string>)["flags", "battery"]) body = Column8(text, name, body, n);
                break;
        }
        return text.Append('}').ToString();
    }

    private static ReadOnlySpan<byte> Column32(StringBuilder text, string name, ReadOnlySpan<byte> body, int n)
    {
        text.Append(",\"").Append(name).Append("\":[");
        for (int i = 0; i < n; i++) text.Append(i == 0 ? "" : ",").Append(BinaryPrimitives.ReadInt32LittleEndian(body[(4 * i)..]));
        text.Append(']');
        return body[(4 * n)..];
    }

    private static ReadOnlySpan<byte> Column16(StringBuilder text, string name, ReadOnlySpan<byte> body, int n)
    {
        text.Append(",\"").Append(name).Append("\":[");
        for (int i = 0; i < n; i++) text.Append(i == 0 ? "" : ",").Append(BinaryPrimitives.ReadUInt16LittleEndian(body[(2 * i)..]));
        text.Append(']');
        return body[(2 * n)..];
    }

    private static ReadOnlySpan<byte> Column8(StringBuilder text, string name, ReadOnlySpan<byte> body, int n)
    {
        text.Append(",\"").Append(name).Append("\":[");
        for (int i = 0; i < n; i++) text.Append(i == 0 ? "" : ",").Append((int)body[i]);
        text.Append(']');
        return body[n..];
    }
}

/// <summary>The reps of one bin of a map cell.</summary>
internal readonly record struct CountBin(int LatitudeE7, int LongitudeE7, int Live, int Stale, int Lost, int OffDuty);

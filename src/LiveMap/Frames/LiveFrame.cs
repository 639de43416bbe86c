using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracking.LiveMap.Frames;

/// <summary>What a frame is.</summary>
internal enum FrameKind : byte
{
    /// <summary>Everything that is watched, as positions.</summary>
    Snapshot = 0,
    /// <summary>What has changed, as positions.</summary>
    Positions = 1,
    /// <summary>Everything that is watched, as counts.</summary>
    CountsSnapshot = 2,
    /// <summary>Map cells whose counts have changed.</summary>
    Counts = 3,
}

/// <summary>A frame for one viewer: a header of its own before blocks that many share.</summary>
internal sealed class LiveFrame(FrameKind kind, uint sequence, long atMs, IReadOnlyList<FrameBlock> blocks)
{
    /// <summary>The version of the layout.</summary>
    public const byte Version = 1;

    private const int HeaderSize = 20;

    public FrameKind Kind => kind;

    public uint Sequence => sequence;

    public long AtMs => atMs;

    public IReadOnlyList<FrameBlock> Blocks => blocks;

    /// <summary>Rows and bins in all blocks.</summary>
    public int Rows
    {
        get
        {
            int rows = 0;
            foreach (FrameBlock block in blocks)
                if (block.Type != BlockType.Gone) rows += block.Count;
            return rows;
        }
    }

    /// <summary>Bytes of the binary form.</summary>
    public int Length
    {
        get
        {
            int length = HeaderSize;
            foreach (FrameBlock block in blocks) length += block.Bytes.Length;
            return length;
        }
    }

    /// <summary>Writes the binary form.</summary>
    /// <param name="room">At least <see cref="Length"/> bytes.</param>
    public void CopyTo(Span<byte> room)
    {
        room[0] = Version;
        room[1] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(room[2..], (ushort)blocks.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(room[4..], sequence);
        BinaryPrimitives.WriteDoubleLittleEndian(room[8..], atMs);
        BinaryPrimitives.WriteUInt32LittleEndian(room[16..], (uint)Rows);
        room = room[HeaderSize..];
        foreach (FrameBlock block in blocks)
        {
            block.Bytes.CopyTo(room);
            room = room[block.Bytes.Length..];
        }
    }
}

/// <summary>The JSON form of a frame: the same columns as arrays.</summary>
internal sealed class LiveFrameConverter : JsonConverter<LiveFrame>
{
    /// <inheritdoc/>
    public override LiveFrame Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("frames are only sent");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LiveFrame value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("version"u8, LiveFrame.Version);
        writer.WriteString("kind"u8, JsonNamingPolicy.CamelCase.ConvertName(value.Kind.ToString()));
        writer.WriteNumber("sequence"u8, value.Sequence);
        writer.WriteNumber("at"u8, value.AtMs);
        writer.WriteNumber("rows"u8, value.Rows);
        writer.WriteStartArray("blocks"u8);
        foreach (FrameBlock block in value.Blocks) writer.WriteRawValue(block.Json, skipInputValidation: true);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

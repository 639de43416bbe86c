using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tracking.Contracts.MessagePack;

namespace Tracking.Contracts.Tests.MessagePack;

/// <summary>
/// The same values through our codec and through @msgpack/msgpack, both ways. A value is written down as a pair of its
/// kind and its content, see tests/node/msgpack.mjs.
/// </summary>
public sealed class AgainstNodeTests
{
    [Fact]
    public void What_we_write_the_javascript_package_reads()
    {
        JsonArray[] cases = [.. Cases()];
        var encoded = new JsonArray([.. cases.Select(c => (JsonNode)Convert.ToHexStringLower(Encode(c)))]);
        var read = (JsonArray)JsonNode.Parse(Node.Run("msgpack.mjs", "decode", encoded.ToJsonString()))!;
        for (int i = 0; i < cases.Length; i++)
            Assert.Equal(Normalised(cases[i]).ToJsonString(), Normalised((JsonArray)read[i]!).ToJsonString());
    }

    [Fact]
    public void What_the_javascript_package_writes_we_read()
    {
        JsonArray[] cases = [.. Cases()];
        string written = Node.Run("msgpack.mjs", "encode", new JsonArray([.. cases.Select(c => c.DeepClone())]).ToJsonString());
        var encoded = (JsonArray)JsonNode.Parse(written)!;
        for (int i = 0; i < cases.Length; i++)
        {
            var reader = new MessagePackReader(Convert.FromHexString((string)encoded[i]!));
            Assert.Equal(Normalised(cases[i]).ToJsonString(), Normalised(Decode(ref reader)).ToJsonString());
            Assert.True(reader.AtEnd);
        }
    }

    [Fact]
    public void Both_write_the_same_bytes_for_integers_texts_and_containers()
    {
        JsonArray[] cases = [.. Cases().Where(c => (string)c[0]! is "nil" or "bool" or "str" or "time"
            || ((string)c[0]! == "int" && decimal.Parse((string)c[1]!, CultureInfo.InvariantCulture) is > -0x8000_0000L and < 0x1_0000_0000L))];
        string written = Node.Run("msgpack.mjs", "encode", new JsonArray([.. cases.Select(c => c.DeepClone())]).ToJsonString());
        var encoded = (JsonArray)JsonNode.Parse(written)!;
        for (int i = 0; i < cases.Length; i++) Assert.Equal((string)encoded[i]!, Convert.ToHexStringLower(Encode(cases[i])));
    }

    private static IEnumerable<JsonArray> Cases()
    {
        yield return Of("nil", null);
        yield return Of("bool", true);
        yield return Of("bool", false);
        foreach (int shift in (int[])[0, 4, 5, 7, 8, 15, 16, 31, 32, 53, 62])
            for (long near = -2; near <= 2; near++)
            {
                yield return Integer((1L << shift) + near);
                yield return Integer(-(1L << shift) + near);
            }
        yield return Integer(long.MinValue);
        yield return Integer(long.MaxValue);
        yield return Of("int", ulong.MaxValue.ToString(CultureInfo.InvariantCulture));
        foreach (double value in (double[])[0.5, -0.1, 1e300, double.Epsilon, double.NaN, double.PositiveInfinity, -48.2082, 1.5f, 0.1f])
            yield return Of("float", Bits(value));
        foreach (int length in (int[])[0, 1, 31, 32, 255, 256, 65535, 65536])
        {
            yield return Of("str", new string('x', length));
            yield return Of("bin", Convert.ToHexStringLower(new byte[length]));
            yield return Of("array", new JsonArray([.. Enumerable.Range(0, Math.Min(length, 70000)).Select(i => (JsonNode)Integer(i))]));
        }
        yield return Of("str", "Zürich 北京 🚚");
        foreach ((long seconds, int nanos) in ((long, int)[])[(0, 0), (1, 999_999_999), (uint.MaxValue, 0), (1L << 32, 0), (1L << 32, 5),
            ((1L << 34) - 1, 1), (1L << 34, 0), (-1, 0), (-62_135_596_800, 1), (253_402_300_799, 999_000_000)])
            yield return Of("time", new JsonArray(seconds, nanos));
        var random = new Random(20260101);
        for (int i = 0; i < 300; i++) yield return Any(random, 4);
    }

    private static JsonArray Any(Random random, int depth) => random.Next(depth > 0 ? 8 : 6) switch
    {
        0 => Integer(random.NextInt64() >> random.Next(64)),
        1 => Integer(-(random.NextInt64() >> random.Next(64))),
        2 => Of("float", Bits((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 20)))),
        3 => Of("str", new string('é', random.Next(40))),
        4 => Of("bin", Convert.ToHexStringLower(new byte[random.Next(300)])),
        5 => Of("time", new JsonArray(random.NextInt64(-1L << 36, 1L << 36), random.Next(1_000_000_000))),
        6 => Of("array", new JsonArray([.. Enumerable.Range(0, random.Next(20)).Select(_ => (JsonNode)Any(random, depth - 1))])),
        _ => Of("map", new JsonArray([.. Enumerable.Range(0, random.Next(20))
            .Select(i => (JsonNode)new JsonArray("key" + i, Any(random, depth - 1)))])),
    };

    private static JsonArray Of(string kind, JsonNode? value) => [kind, value];

    private static JsonArray Integer(long value) => ["int", value.ToString(CultureInfo.InvariantCulture)];

    private static string Bits(double value) =>
        double.IsNaN(value) ? "nan" : BitConverter.DoubleToUInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);

    private static byte[] Encode(JsonArray value)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        Write(ref writer, value);
        writer.Flush();
        Assert.Equal(output.WrittenCount, writer.BytesWritten);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(ref MessagePackWriter writer, JsonArray value)
    {
        JsonNode? content = value[1];
        switch ((string)value[0]!)
        {
            case "nil": writer.WriteNil(); break;
            case "bool": writer.WriteBoolean((bool)content!); break;
            case "int" when long.TryParse((string)content!, CultureInfo.InvariantCulture, out long number): writer.WriteInt64(number); break;
            case "int": writer.WriteUInt64(ulong.Parse((string)content!, CultureInfo.InvariantCulture)); break;
            case "float": WriteFloat(ref writer, (string)content!); break;
            case "str": writer.WriteString((string)content!); break;
            case "bin": writer.WriteBinary(Convert.FromHexString((string)content!)); break;
            case "time": writer.WriteTimestamp((long)content![0]!, (int)content[1]!); break;
            case "array":
                writer.WriteArrayHeader(content!.AsArray().Count);
                foreach (JsonNode? item in content.AsArray()) Write(ref writer, item!.AsArray());
                break;
            default:
                writer.WriteMapHeader(content!.AsArray().Count);
                foreach (JsonNode? pair in content.AsArray())
                {
                    writer.WriteUtf8(Encoding.UTF8.GetBytes((string)pair![0]!));
                    Write(ref writer, pair[1]!.AsArray());
                }
                break;
        }
    }

    private static void WriteFloat(ref MessagePackWriter writer, string bits)
    {
        double value = bits == "nan" ? double.NaN : BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        if ((float)value == value) writer.WriteSingle((float)value);
        else writer.WriteDouble(value);
    }

    private static JsonArray Decode(ref MessagePackReader reader)
    {
        switch (reader.Peek())
        {
            case MessagePackType.Nil when reader.TryReadNil(): return Of("nil", null);
            case MessagePackType.Boolean when reader.TryReadBoolean(out bool flag): return Of("bool", flag);
            case MessagePackType.Integer when reader.TryReadInt64(out long number): return Integer(number);
            case MessagePackType.Integer when reader.TryReadUInt64(out ulong number): return Of("int", number.ToString(CultureInfo.InvariantCulture));
            case MessagePackType.Float when reader.TryReadDouble(out double value): return Of("float", Bits(value));
            case MessagePackType.String when reader.TryReadString(out ReadOnlySpan<byte> text): return Of("str", Encoding.UTF8.GetString(text));
            case MessagePackType.Binary when reader.TryReadBinary(out ReadOnlySpan<byte> bytes): return Of("bin", Convert.ToHexStringLower(bytes));
            case MessagePackType.Extension when reader.TryReadTimestamp(out long seconds, out int nanos): return Of("time", new JsonArray(seconds, nanos));
            case MessagePackType.Array when reader.TryReadArrayHeader(out int count):
                var items = new JsonArray();
                while (count-- > 0) items.Add((JsonNode)Decode(ref reader));
                return Of("array", items);
            case MessagePackType.Map when reader.TryReadMapHeader(out int pairs):
                var map = new JsonArray();
                while (pairs-- > 0)
                {
                    Assert.True(reader.TryReadString(out ReadOnlySpan<byte> key));
                    map.Add((JsonNode)new JsonArray(Encoding.UTF8.GetString(key), Decode(ref reader)));
                }
                return Of("map", map);
            default:
                throw new InvalidOperationException($"unreadable {reader.Peek()} at {reader.Position}");
        }
    }

    // JavaScript has one kind of number: integers that a double holds exactly come back as floats.
    private static JsonArray Normalised(JsonArray value) => (string)value[0]! switch
    {
        "int" when decimal.Parse((string)value[1]!, CultureInfo.InvariantCulture) is var number && Math.Abs(number) <= 1L << 53 => Of("float", Bits((double)number)),
        "array" => Of("array", new JsonArray([.. value[1]!.AsArray().Select(item => (JsonNode)Normalised(item!.AsArray()))])),
        "map" => Of("map", new JsonArray([.. value[1]!.AsArray()
            .Select(pair => (JsonNode)new JsonArray((string)pair![0]!, Normalised(pair[1]!.AsArray())))])),
        _ => (JsonArray)value.DeepClone(),
    };
}

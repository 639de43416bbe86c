using System.Text.Json;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Tests.Decoding;

public sealed class CorpusTests
{
    public static TheoryData<string> Protocols => [.. Corpus.Protocols];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Every_case_decodes_to_what_stands_beside_it(string protocol)
    {
        var batch = new DecodedBatch();
        List<string> wrong = [];
        foreach ((string name, byte[] input, string expected) in Corpus.Of(protocol))
        {
            Corpus.Decode(protocol, input, batch);
            string actual = Corpus.Describe(batch);
            if (actual != expected) wrong.Add($"{name}\n  expected {expected}\n  actual   {actual}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Every_truncation_is_classified_and_leaves_the_batch_usable(string protocol)
    {
        var batch = new DecodedBatch();
        foreach ((string _, byte[] input, string expected) in Corpus.Of(protocol))
        {
            for (int length = 0; length < input.Length; length++)
            {
                Corpus.Decode(protocol, input.AsSpan(0, length), batch);
                AssertClassified(batch, input);
            }
            Corpus.Decode(protocol, input, batch);
            Assert.Equal(expected, Corpus.Describe(batch));
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_hundred_thousand_mutations_are_classified_and_throw_nothing(string protocol)
    {
        byte[][] inputs = [.. Corpus.Of(protocol).Select(c => c.Input).Where(i => i.Length > 0)];
        var random = new Random(20261122);
        var batch = new DecodedBatch();
        for (int round = 0; round < 100_000; round++)
        {
            byte[] mutated = Mutated(inputs[random.Next(inputs.Length)], inputs, random);
            Corpus.Decode(protocol, mutated, batch);
            AssertClassified(batch, mutated);
        }
    }

    private static byte[] Mutated(byte[] input, byte[][] inputs, Random random)
    {
        byte[] bytes = [.. input];
        for (int times = random.Next(1, 5); times > 0; times--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 9))..], (byte)random.Next(256)]; break;
                case 3: bytes = [.. bytes[..at], .. "0123456789-.eE{}[]\",:tfn"u8.Slice(random.Next(20), 4), .. bytes[at..]]; break;
                default:
                    byte[] other = inputs[random.Next(inputs.Length)];
                    bytes = [.. bytes[..at], .. other[random.Next(other.Length)..]];
                    break;
            }
            if (bytes.Length > 4096) bytes = bytes[..4096];
        }
        return bytes;
    }

    private static void AssertClassified(DecodedBatch batch, byte[] input)
    {
        if (batch.IsMalformed)
        {
            Assert.NotEmpty(batch.Flaw.Reason);
            Assert.NotEmpty(batch.Flaw.Describe(batch));
            return;
        }
        for (int i = 0; i < batch.Count; i++)
        {
            ref DecodedItem item = ref batch[i];
            Assert.InRange(item.Raw.Start + item.Raw.Length, 0, input.Length);
            if (item.Kind == DecodedKind.Unusable)
            {
                Assert.NotEqual(FlawKind.None, item.Flaw.Kind);
                Assert.NotEmpty(item.Flaw.Describe(batch));
            }
            else if (item.Kind == DecodedKind.Fix)
            {
                Assert.True(item.Fix.FixedAt.IsRepresentable);
                Assert.True(!item.Fix.HasPosition || item.Fix.Position.IsValid);
                Assert.False(item.Fix.SpeedMps < 0 || item.Fix.CourseDeg is < 0 or >= 360 || item.Fix.BatteryPct is < 0 or > 100 || item.Fix.AccuracyM < 0);
            }
            if (item.Payload.Length > 0 && item.Kind == DecodedKind.Fix)
            {
                Assert.InRange(item.Payload.Length, 2, AttributeBuffer.MaxBytes);
                using var attributes = JsonDocument.Parse(batch.MemoryOf(item.Payload));
                Assert.Equal(JsonValueKind.Object, attributes.RootElement.ValueKind);
            }
        }
    }
}

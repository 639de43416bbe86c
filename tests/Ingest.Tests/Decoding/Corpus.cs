using System.Globalization;
using System.Text;
using Tracking.Contracts;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Tests.Decoding;

/// <summary>The captured and made-up inputs of corpus/: one line a case, <c>name | input | expected</c>.</summary>
internal static class Corpus
{
    public static readonly Instant ReceivedAt = new(1_795_334_400_000);

    public static readonly string[] Protocols = ["json", "msgpack", "osmand", "osmand-json", "owntracks", "overland", "device-events"];

    public static IEnumerable<(string Name, byte[] Input, string Expected)> Of(string protocol)
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "corpus", protocol + ".txt")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string[] parts = line.Split(" | ");
            Assert.True(parts.Length == 3, $"{protocol}: a line must be 'name | input | expected': {line}");
            byte[] input = protocol == "msgpack" ? Convert.FromHexString(parts[1]) : Encoding.UTF8.GetBytes(parts[1].Replace("\\n\\", "\n", StringComparison.Ordinal));
            yield return (parts[0], input, parts[2]);
        }
    }

    public static void Decode(string protocol, ReadOnlySpan<byte> input, DecodedBatch batch)
    {
        batch.Clear();
        var context = new DecodeContext(Protocol.Json, ReceivedAt);
        switch (protocol)
        {
            case "json": FixJsonDecoder.Decode(input, context, batch); break;
            case "msgpack": FixMessagePackDecoder.Decode(input, context, batch); break;
            case "osmand": OsmAndDecoder.Decode(input, context, batch); break;
            case "osmand-json": OsmAndDecoder.DecodeJson(input, context, batch); break;
            case "device-events": DeviceEventDecoder.Decode(input, context, batch); break;
            case "owntracks": OwnTracksDecoder.Decode(input, context, batch); break;
            default: OverlandDecoder.Decode(input, context, batch); break;
        }
    }

    /// <summary>Everything that a decoder said, in words.</summary>
    public static string Describe(DecodedBatch batch)
    {
        if (batch.IsMalformed) return $"{batch.Flaw.Reason}: {batch.Flaw.Describe(batch)}";
        var text = new StringBuilder();
        for (int i = 0; i < batch.Count; i++)
        {
            ref DecodedItem item = ref batch[i];
            if (i > 0) text.Append("; ");
            switch (item.Kind)
            {
                case DecodedKind.Fix: Describe(text, item, batch); break;
                case DecodedKind.Unusable: text.Append(item.Flaw.Reason).Append(": ").Append(item.Flaw.Describe(batch)); break;
                default: text.Append(item.Kind).Append(' ').Append(batch.TextOf(item.Payload)); break;
            }
        }
        return batch.Count == 0 ? "nothing" : text.ToString().TrimEnd();
    }

    private static void Describe(StringBuilder text, in DecodedItem item, DecodedBatch batch)
    {
        Fix fix = item.Fix;
        text.Append(fix.FixedAt);
        if (fix.HasPosition) text.Append(CultureInfo.InvariantCulture, $" {fix.Position.LatitudeDeg:R},{fix.Position.LongitudeDeg:R}");
        Number("alt", fix.AltitudeM);
        Number("speed", fix.SpeedMps);
        Number("course", fix.CourseDeg);
        Number("acc", fix.AccuracyM);
        Number("batt", fix.BatteryPct);
        if (fix.Satellites >= 0) text.Append(CultureInfo.InvariantCulture, $" sat={fix.Satellites}");
        if (fix.Activity != Activity.Unknown) text.Append(CultureInfo.InvariantCulture, $" {fix.Activity}");
        if (fix.Provider != LocationProvider.Unknown) text.Append(CultureInfo.InvariantCulture, $" {fix.Provider}");
        if (fix.Alarm != DeviceAlarm.None) text.Append(CultureInfo.InvariantCulture, $" alarm={fix.Alarm}");
        if (fix.Traits != FixTraits.None) text.Append(CultureInfo.InvariantCulture, $" [{fix.Traits}]");
        if (fix.IdempotencyHash != 0) text.Append(" keyed");
        if (item.HasCrs) text.Append(CultureInfo.InvariantCulture, $" {item.Crs}");
        if (item.DeviceId.Length > 0) text.Append(" from ").Append(batch.TextOf(item.DeviceId));
        if (item.Payload.Length > 0) text.Append(' ').Append(batch.TextOf(item.Payload));

        void Number(string name, float value)
        {
            if (!float.IsNaN(value)) text.Append(CultureInfo.InvariantCulture, $" {name}={value:R}");
        }
    }
}

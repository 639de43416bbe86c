using Tracking.Contracts.MessagePack;

namespace Tracking.Ingest.Decoding;

/// <summary>
/// Our own MessagePack: a map, an array of maps, or the compact form, in which a fix is an array of values by position
/// (docs/api-fixes.md). Never throws.
/// </summary>
internal static class FixMessagePackDecoder
{
    private const int MaxDepth = 16;
    private const int AttributesPosition = 11;

    // The fields of the compact form by position; flags (8) and attributes (11) are read apart.
    private static readonly FixField[] Positions =
    [
        FixField.FixedAt, FixField.Latitude, FixField.Longitude, FixField.AccuracyM, FixField.SpeedMps, FixField.CourseDeg,
        FixField.AltitudeM, FixField.BatteryPct, FixField.Unknown, FixField.Id, FixField.DeviceId, FixField.Unknown,
    ];

    public static void Decode(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch)
    {
        var reader = new MessagePackReader(body);
        bool complete;
        switch (reader.Peek())
        {
            case MessagePackType.Map:
                complete = TryReadFix(ref reader, context, batch);
                break;
            case MessagePackType.Array:
                complete = TryReadArray(ref reader, context, batch);
                break;
            default:
                bool scalar = reader.TrySkip(0) && reader.AtEnd;
                batch.Fail(new Flaw { Kind = scalar ? FlawKind.NotAFix : FlawKind.Malformed, Field = "$", Number = double.NaN });
                return;
        }
        if (batch.IsMalformed || (complete && reader.AtEnd)) return;
        batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = string.IsNullOrEmpty(batch.Field) ? "$" : batch.Field, Number = reader.Position });
    }

    private static bool TryReadArray(ref MessagePackReader reader, in DecodeContext context, DecodedBatch batch)
    {
        MessagePackReader ahead = reader;
        if (!ahead.TryReadArrayHeader(out int count)) return false;
        bool isOneFix = count > 0 && ahead.Peek() is not (MessagePackType.Map or MessagePackType.Array);
        if (isOneFix) return TryReadFix(ref reader, context, batch);
        reader = ahead;
        while (count-- > 0)
            if (!TryReadFix(ref reader, context, batch)) return false;
        return true;
    }

    private static bool TryReadFix(ref MessagePackReader reader, in DecodeContext context, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = reader.Position;
        var draft = new FixDraft();
        batch.Attributes.Clear();
        bool complete;
        switch (reader.Peek())
        {
            case MessagePackType.Map:
                complete = TryReadMap(ref reader, ref draft, batch);
                break;
            case MessagePackType.Array:
                complete = TryReadCompact(ref reader, ref draft, batch);
                break;
            default:
                draft.Complain(FlawKind.NotAFix, "$");
                complete = reader.TrySkip(MaxDepth);
                break;
        }
        if (!complete) return false;
        batch.Field = null;
        ref DecodedItem item = ref batch[index];
        item.Raw = new TextSlice(start, reader.Position - start);
        draft.Finish(ref item, context, batch);
        return true;
    }

    private static bool TryReadMap(ref MessagePackReader reader, ref FixDraft draft, DecodedBatch batch)
    {
        if (!reader.TryReadMapHeader(out int pairs)) return false;
        while (pairs-- > 0)
        {
            if (!reader.TryReadString(out ReadOnlySpan<byte> key))
            {
                // A key of another kind names nothing; the pair is skipped as a whole.
                if (!reader.TrySkip(MaxDepth) || !reader.TrySkip(MaxDepth)) return false;
                continue;
            }
            FixField field = FixFields.Find(key);
            batch.Field = FixFields.NameOf(field);
            MessagePackReader before = reader;
            bool told = false;
            if (field == FixField.Unknown)
            {
                if (!reader.TrySkip(MaxDepth)) return false;
            }
            else if (!TrySet(ref reader, ref draft, field, batch, out told))
            {
                return false;
            }
            if (!told) MessagePackJson.AddPair(batch.Attributes, key, before);
        }
        return true;
    }

    private static bool TryReadCompact(ref MessagePackReader reader, ref FixDraft draft, DecodedBatch batch)
    {
        if (!reader.TryReadArrayHeader(out int count)) return false;
        for (int position = 0; position < count; position++)
        {
            if (position == 8)
            {
                if (!TryReadFlags(ref reader, ref draft)) return false;
            }
            else if (position == AttributesPosition && reader.Peek() == MessagePackType.Map)
            {
                if (!TryReadMap(ref reader, ref draft, batch)) return false;
            }
            else if (position >= Positions.Length || Positions[position] == FixField.Unknown)
            {
                if (!reader.TrySkip(MaxDepth)) return false;
            }
            else
            {
                batch.Field = FixFields.NameOf(Positions[position]);
                if (!TrySet(ref reader, ref draft, Positions[position], batch, out _)) return false;
            }
        }
        return true;
    }

    private static bool TryReadFlags(ref MessagePackReader reader, ref FixDraft draft)
    {
        if (reader.TryReadNil()) return true;
        MessagePackReader before = reader;
        if (!reader.TryReadUInt64(out ulong flags))
        {
            draft.Complain(FlawKind.WrongType, "flags");
            reader = before;
            return reader.TrySkip(MaxDepth);
        }
        if ((flags & 1) != 0) draft.SetTrait(Contracts.FixTraits.Mock, true);
        if ((flags & 2) != 0) draft.SetCharging((flags & 4) != 0);
        if ((flags & 8) != 0) draft.SetTrait(Contracts.FixTraits.Buffered, true);
        return true;
    }

    private static bool TrySet(ref MessagePackReader reader, ref FixDraft draft, FixField field, DecodedBatch batch, out bool told)
    {
        told = true;
        FieldValue value;
        switch (reader.Peek())
        {
            case MessagePackType.Integer or MessagePackType.Float when reader.TryReadDouble(out double number):
                value = new FieldValue { Kind = ValueKind.Number, Number = number };
                break;
            case MessagePackType.String when reader.TryReadString(out ReadOnlySpan<byte> text):
                value = new FieldValue { Kind = ValueKind.Text, Text = text };
                break;
            case MessagePackType.Boolean when reader.TryReadBoolean(out bool flag):
                value = new FieldValue { Kind = ValueKind.Boolean, Boolean = flag };
                break;
            case MessagePackType.Nil when reader.TryReadNil():
                return true;
            case MessagePackType.Extension when reader.TryReadInstant(out Contracts.Instant instant):
                value = new FieldValue { Kind = ValueKind.Instant, Instant = instant };
                break;
            default:
                if (!reader.TrySkip(MaxDepth)) return false;
                value = new FieldValue { Kind = ValueKind.Other };
                break;
        }
        told = FixFields.Set(ref draft, field, value, batch);
        return true;
    }
}

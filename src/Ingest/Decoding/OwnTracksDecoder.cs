using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>OwnTracks in HTTP mode: one message or an array. Messages that are no positions are events or ignored.</summary>
internal static class OwnTracksDecoder
{
    private static readonly JsonReading Reading = ReadAll;

    /// <summary>Reads a body; an empty one is legal and holds nothing.</summary>
    public static void Decode(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch)
    {
        if (!body.IsEmpty) JsonInput.Read(body, context, batch, Reading);
    }

    private static void ReadAll(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                if (!TryReadMessage(ref reader, context, body, batch)) return;
                continue;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                if (!TryReadMessage(ref reader, context, body, batch)) return;
        }
    }

    private static bool TryReadMessage(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = (int)reader.TokenStartIndex;
        batch.Attributes.Clear();
        ref DecodedItem item = ref batch[index];
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            item.Kind = DecodedKind.Unusable;
            item.Flaw = new Flaw { Kind = FlawKind.NotAFix, Field = "$", Number = double.NaN };
            item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
            return true;
        }
        MessageType type = TypeOf(reader);
        if (type == MessageType.Location)
        {
            ReadLocation(ref reader, context, body, ref item, batch);
        }
        else
        {
            ReadOnlySpan<byte> whole = JsonInput.Skip(ref reader, body);
            FinishOther(type, whole, context, ref item, batch);
        }
        item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
        return true;
    }

    private static void FinishOther(MessageType type, ReadOnlySpan<byte> whole, in DecodeContext context, ref DecodedItem item, DecodedBatch batch)
    {
        switch (type)
        {
            case MessageType.LastWill when whole.Length <= 8 * AttributeBuffer.MaxBytes:
                // Its tst is when the app connected; the connection has ended now.
                var ended = new DeviceEvent { Kind = DeviceEventKind.ConnectionLost, At = context.ReceivedAt, Protocol = context.Protocol, Data = whole.ToArray() };
                DeviceEventDraft.Put(ref item, ended, context, batch);
                break;
            case MessageType.Transition when whole.Length <= 8 * AttributeBuffer.MaxBytes:
                DeviceEventDraft.Put(ref item, TransitionOf(whole, context), context, batch);
                break;
            case MessageType.Encrypted:
                item.Kind = DecodedKind.Unusable;
                item.Flaw = new Flaw { Kind = FlawKind.Encrypted, Field = "_type", Number = double.NaN };
                break;
            case MessageType.None:
                item.Kind = DecodedKind.Unusable;
                item.Flaw = new Flaw { Kind = FlawKind.Malformed, Field = "_type", Number = double.NaN, Text = batch.Keep("missing"u8) };
                break;
            default:
                item.Kind = DecodedKind.Ignored;
                break;
        }
    }

    private static DeviceEvent TransitionOf(ReadOnlySpan<byte> whole, in DecodeContext context)
    {
        Instant at = context.ReceivedAt;
        string what = "", region = "";
        var reader = new Utf8JsonReader(whole);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isTime = reader.ValueTextEquals("tst"u8), isEvent = reader.ValueTextEquals("event"u8), isRegion = reader.ValueTextEquals("desc"u8);
            reader.Read();
            if (isTime && JsonInput.TryNumber(ref reader, out double seconds) && seconds * 1000 >= Instant.Min.EpochMs && seconds * 1000 <= Instant.Max.EpochMs)
                at = new Instant((long)(seconds * 1000));
            else if (isEvent && reader.TokenType == JsonTokenType.String) what = reader.GetString()!;
            else if (isRegion && reader.TokenType == JsonTokenType.String) region = reader.GetString()!;
            reader.Skip();
        }
        // The name tells apart what happens at several regions in the same second.
        string name = $"transition {what} {region}".Trim();
        if (name.Length > 64) name = name[..(char.IsHighSurrogate(name[63]) ? 63 : 64)];
        return new DeviceEvent { Kind = DeviceEventKind.Other, Name = name, At = at, Protocol = context.Protocol, Data = whole.ToArray() };
    }

    private static void ReadLocation(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, ref DecodedItem item, DecodedBatch batch)
    {
        var draft = new FixDraft();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int start = (int)reader.TokenStartIndex;
            ReadOnlySpan<byte> name = reader.ValueSpan;
            reader.Read();
            bool told = Set(ref reader, name, ref draft, batch);
            reader.Skip();
            if (!told) batch.Attributes.AddRaw(body[start..(int)reader.BytesConsumed]);
        }
        if (!draft.HasLatitude) draft.Complain(FlawKind.Missing, "latitude");
        if (!draft.HasLongitude) draft.Complain(FlawKind.Missing, "longitude");
        draft.Finish(ref item, context, batch);
    }

    private static bool Set(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref FixDraft draft, DecodedBatch batch)
    {
        if (name.SequenceEqual("lat"u8)) draft.SetLatitude(Required(ref reader, ref draft, "latitude", batch));
        else if (name.SequenceEqual("lon"u8)) draft.SetLongitude(Required(ref reader, ref draft, "longitude", batch));
        else if (name.SequenceEqual("tst"u8)) SetTime(ref draft, Required(ref reader, ref draft, "tst", batch));
        else if (name.SequenceEqual("acc"u8)) draft.AccuracyM = JsonInput.NotNegative(ref reader);
        else if (name.SequenceEqual("alt"u8)) draft.AltitudeM = JsonInput.TryNumber(ref reader, out double altitude) ? altitude : double.NaN;
        else if (name.SequenceEqual("vel"u8)) draft.SpeedMps = JsonInput.NotNegative(ref reader) / 3.6;
        else if (name.SequenceEqual("cog"u8)) draft.CourseDeg = JsonInput.NotNegative(ref reader);
        else if (name.SequenceEqual("batt"u8)) draft.BatteryPct = JsonInput.NotNegative(ref reader);
        else if (name.SequenceEqual("bs"u8)) SetBatteryState(ref draft, JsonInput.NotNegative(ref reader));
        else if (name.SequenceEqual("_id"u8) && reader.TokenType == JsonTokenType.String) draft.IdempotencyHash = Hashing.Of(reader.ValueSpan);
        else if (name.SequenceEqual("crs"u8) && reader.TokenType == JsonTokenType.String) draft.SetCrs(reader.ValueSpan, batch);
        else return name.SequenceEqual("_type"u8) || SetHint(ref reader, name, ref draft);
        return true;
    }

    // The connection and the activities say more than the fix can hold, so they stay among the attributes as well.
    private static bool SetHint(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref FixDraft draft)
    {
        if (name.SequenceEqual("conn"u8) && reader.TokenType == JsonTokenType.String)
            draft.SetTrait(FixTraits.Buffered, reader.ValueSpan.SequenceEqual("o"u8));
        else if (name.SequenceEqual("motionactivities"u8) && reader.TokenType == JsonTokenType.StartArray)
            draft.Activity = FirstActivity(reader);
        return false;
    }

    /// <summary>The first known activity of an array of words; the reader is a copy.</summary>
    internal static Activity FirstActivity(Utf8JsonReader array)
    {
        while (array.Read() && array.TokenType == JsonTokenType.String)
            if (Words.Activity(array.ValueSpan) is var activity && activity != Activity.Unknown) return activity;
        return Activity.Unknown;
    }

    private static void SetTime(ref FixDraft draft, double seconds)
    {
        if (!double.IsNaN(seconds)) draft.SetFixedAt(seconds * 1000);
    }

    private static void SetBatteryState(ref FixDraft draft, double state)
    {
        if (state is 1 or 2 or 3) draft.SetCharging(state is not 1);
    }

    private static double Required(ref Utf8JsonReader reader, ref FixDraft draft, string field, DecodedBatch batch)
    {
        if (JsonInput.TryNumber(ref reader, out double number)) return number;
        draft.Complain(FlawKind.WrongType, field, reader.HasValueSequence ? default : reader.ValueSpan, batch);
        return double.NaN;
    }

    private enum MessageType
    {
        None,
        Location,
        Transition,
        LastWill,
        Encrypted,
        Other,
    }

    // The type may stand behind the fields that it decides about, so it is looked for first, with a copy of the reader.
    private static MessageType TypeOf(Utf8JsonReader ahead)
    {
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = ahead.ValueTextEquals("_type"u8);
            ahead.Read();
            if (isType && ahead.TokenType == JsonTokenType.String) return TypeNamed(ahead.ValueSpan);
            ahead.Skip();
        }
        return MessageType.None;
    }

    private static MessageType TypeNamed(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("location"u8) ? MessageType.Location
        : name.SequenceEqual("transition"u8) ? MessageType.Transition
        : name.SequenceEqual("lwt"u8) ? MessageType.LastWill
        : name.SequenceEqual("encrypted"u8) ? MessageType.Encrypted
        : MessageType.Other;
}

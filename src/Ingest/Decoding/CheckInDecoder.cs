using System.Text;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>Check-ins in our own JSON: an object, an array of objects, or one after the other (NDJSON).</summary>
internal static class CheckInDecoder
{
    private const int MaxNoteBytes = 1000, MaxIdBytes = 128;
    private static readonly JsonReading Reading = ReadAll;

    public static void Decode(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch) => JsonInput.Read(body, context, batch, Reading);

    private static void ReadAll(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        bool any = false;
        while (reader.Read())
        {
            any = true;
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                if (!TryReadOne(ref reader, context, body, batch)) return;
                continue;
            }
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                batch.Fail(new Flaw { Kind = FlawKind.NotACheckIn, Field = "$", Number = double.NaN });
                return;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                if (!TryReadOne(ref reader, context, body, batch)) return;
        }
        if (!any) batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = "$", Number = double.NaN, Text = batch.Keep("empty"u8) });
    }

    private static bool TryReadOne(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = (int)reader.TokenStartIndex;
        ref DecodedItem item = ref batch[index];
        var draft = new Draft();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadMember(ref reader, body, ref draft, ref item, batch);
        }
        else
        {
            Complain(ref item, FlawKind.NotACheckIn, "$", default, batch);
            reader.Skip();
        }
        batch.Field = null;
        item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
        Finish(draft, ref item, context, batch);
        return true;
    }

    private struct Draft
    {
        public CheckInAction? Action;
        public Instant? At;
        public string? Note;
    }

    private static void ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Draft draft, ref DecodedItem item, DecodedBatch batch)
    {
        ReadOnlySpan<byte> name = JsonInput.Text(ref reader, batch.Scratch);
        string? field = name.SequenceEqual("action"u8) ? "action" : name.SequenceEqual("at"u8) ? "at" : name.SequenceEqual("note"u8) ? "note"
            : name.SequenceEqual("geofenceId"u8) ? "geofenceId" : name.SequenceEqual("deviceId"u8) ? "deviceId" : null;
        batch.Field = field;
        reader.Read();
        if (field is null)
        {
            reader.Skip();
            return;
        }
        FieldValue value = JsonInput.Value(ref reader, body, batch.Scratch);
        if (value.Kind == ValueKind.Null) return;
        if (!Set(field, value, ref draft, ref item, batch)) Complain(ref item, FlawKind.WrongType, field, value.Text, batch);
    }

    private static bool Set(string field, in FieldValue value, ref Draft draft, ref DecodedItem item, DecodedBatch batch)
    {
        if (field == "at") return (draft.At = DeviceEventDecoder.TryInstant(value, out Instant at) ? at : null) is not null;
        if (value.Kind != ValueKind.Text && !(field == "deviceId" && value.Kind == ValueKind.Number)) return false;
        if (value.Text.Length > (field == "note" ? MaxNoteBytes : MaxIdBytes)) return false;
        if (field == "action")
        {
            bool isKnown = CheckInJson.TryAction(Encoding.UTF8.GetString(value.Text), out CheckInAction action);
            if (isKnown) draft.Action = action;
            return isKnown;
        }
        if (field == "note") draft.Note = Encoding.UTF8.GetString(value.Text);
        else if (field == "geofenceId") item.Place = batch.Keep(value.Text);
        else item.DeviceId = batch.Keep(value.Text);
        return true;
    }

    private static void Finish(in Draft draft, ref DecodedItem item, in DecodeContext context, DecodedBatch batch)
    {
        bool isAtCustomer = draft.Action is CheckInAction.In or CheckInAction.Out;
        if (draft.Action is null) Complain(ref item, FlawKind.Missing, "action", default, batch);
        if (draft.At is null) Complain(ref item, FlawKind.Missing, "at", default, batch);
        if (isAtCustomer && item.Place.Length == 0) Complain(ref item, FlawKind.Missing, "geofenceId", default, batch);
        if (draft.At < context.Oldest) Complain(ref item, FlawKind.Retention, "at", default, batch);
        item.Kind = DecodedKind.Unusable;
        if (item.Flaw.Kind != FlawKind.None) return;
        if (!isAtCustomer) item.Place = default;
        item.Kind = DecodedKind.CheckIn;
        item.Payload = batch.Keep(CheckInJson.ToUtf8(new CheckIn { Action = draft.Action!.Value, At = draft.At!.Value, Note = draft.Note ?? "" }));
        item.Fix = new Fix { ReceivedAt = context.ReceivedAt, FixedAt = draft.At.Value, Protocol = context.Protocol };
    }

    private static void Complain(ref DecodedItem item, FlawKind kind, string field, ReadOnlySpan<byte> value, DecodedBatch batch)
    {
        if (item.Flaw.Kind != FlawKind.None) return;
        TextSlice kept = value.IsEmpty ? default : batch.Keep(value[..Math.Min(value.Length, 64)]);
        item.Flaw = new Flaw { Kind = kind, Field = field, Number = double.NaN, Text = kept };
    }
}

using System.Text.Json;

namespace Tracking.Ingest.Decoding;

/// <summary>Overland: GeoJSON features in <c>locations</c>.</summary>
internal static class OverlandDecoder
{
    private static readonly JsonReading Reading = ReadMessage;

    public static void Decode(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch) =>
        JsonInput.Read(body, context, batch, Reading);

    private static void ReadMessage(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        bool any = false;
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isLocations = reader.ValueTextEquals("locations"u8);
                reader.Read();
                if (!isLocations || reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }
                any = true;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    if (!TryReadFeature(ref reader, context, body, batch)) return;
            }
            while (reader.Read()) reader.Skip();
        }
        if (!any) batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = "locations", Number = double.NaN, Text = batch.Keep("missing"u8) });
    }

    private static bool TryReadFeature(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = (int)reader.TokenStartIndex;
        var draft = new FixDraft();
        batch.Attributes.Clear();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadMember(ref reader, body, ref draft, batch);
        }
        else
        {
            draft.Complain(FlawKind.NotAFix, "locations");
            reader.Skip();
        }
        if (!draft.HasLatitude) draft.Complain(FlawKind.Missing, "latitude");
        ref DecodedItem item = ref batch[index];
        item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
        draft.Finish(ref item, context, batch);
        return true;
    }

    private static void ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref FixDraft draft, DecodedBatch batch)
    {
        bool isGeometry = reader.ValueTextEquals("geometry"u8), isProperties = reader.ValueTextEquals("properties"u8);
        reader.Read();
        if (isGeometry && reader.TokenType == JsonTokenType.StartObject) ReadGeometry(ref reader, ref draft, batch);
        else if (isProperties && reader.TokenType == JsonTokenType.StartObject) ReadProperties(ref reader, body, ref draft, batch);
        else reader.Skip();
    }

    private static void ReadGeometry(ref Utf8JsonReader reader, ref FixDraft draft, DecodedBatch batch)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isCoordinates = reader.ValueTextEquals("coordinates"u8);
            reader.Read();
            if (isCoordinates && reader.TokenType == JsonTokenType.StartArray) ReadCoordinates(ref reader, ref draft, batch);
            else reader.Skip();
        }
    }

    private static void ReadCoordinates(ref Utf8JsonReader reader, ref FixDraft draft, DecodedBatch batch)
    {
        for (int position = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; position++)
        {
            bool isNumber = JsonInput.TryNumber(ref reader, out double number);
            if (!isNumber && position < 2)
                draft.Complain(FlawKind.WrongType, position == 0 ? "longitude" : "latitude", reader.ValueSpan, batch);
            else if (position == 0) draft.SetLongitude(number);
            else if (position == 1) draft.SetLatitude(number);
            reader.Skip();
        }
    }

    private static void ReadProperties(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref FixDraft draft, DecodedBatch batch)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int start = (int)reader.TokenStartIndex;
            ReadOnlySpan<byte> name = reader.ValueSpan;
            reader.Read();
            bool told = reader.TokenType == JsonTokenType.Null || Set(ref reader, name, ref draft, batch);
            reader.Skip();
            if (!told) batch.Attributes.AddRaw(body[start..(int)reader.BytesConsumed]);
        }
    }

    private static bool Set(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref FixDraft draft, DecodedBatch batch)
    {
        bool isText = reader.TokenType == JsonTokenType.String;
        if (name.SequenceEqual("timestamp"u8) && isText) draft.SetFixedAt(JsonInput.Text(ref reader, batch.Scratch), batch);
        else if (name.SequenceEqual("timestamp"u8)) draft.Complain(FlawKind.WrongType, "timestamp", reader.ValueSpan, batch);
        else if (name.SequenceEqual("speed"u8)) draft.SpeedMps = JsonInput.NotNegative(ref reader);
        else if (name.SequenceEqual("course"u8)) draft.CourseDeg = JsonInput.NotNegative(ref reader);
        else if (name.SequenceEqual("altitude"u8)) draft.AltitudeM = JsonInput.TryNumber(ref reader, out double altitude) ? altitude : double.NaN;
        else if (name.SequenceEqual("horizontal_accuracy"u8)) draft.AccuracyM = JsonInput.NotNegative(ref reader);
        else if (name.SequenceEqual("battery_level"u8)) draft.BatteryPct = JsonInput.NotNegative(ref reader) * 100;
        else if (name.SequenceEqual("device_id"u8) && isText && reader.ValueSpan.Length <= 128)
            draft.DeviceId = batch.Keep(JsonInput.Text(ref reader, batch.Scratch));
        else if (name.SequenceEqual("crs"u8) && isText) draft.SetCrs(reader.ValueSpan, batch);
        else return SetHint(ref reader, name, isText, ref draft);
        return true;
    }

    // What these say beyond the fix stays among the attributes.
    private static bool SetHint(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, bool isText, ref FixDraft draft)
    {
        if (name.SequenceEqual("battery_state"u8) && isText)
        {
            ReadOnlySpan<byte> state = reader.ValueSpan;
            if (state.SequenceEqual("charging"u8) || state.SequenceEqual("full"u8)) draft.SetCharging(true);
            else if (state.SequenceEqual("unplugged"u8)) draft.SetCharging(false);
        }
        else if (name.SequenceEqual("motion"u8) && reader.TokenType == JsonTokenType.StartArray)
        {
            draft.Activity = OwnTracksDecoder.FirstActivity(reader);
        }
        return false;
    }
}

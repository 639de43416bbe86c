using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>The JSON form that Traccar Client 9 and the Transistor SDK send: one location or an array, and the device's id.</summary>
internal static partial class OsmAndDecoder
{
    private static readonly JsonReading ReadingJson = ReadMessage;

    public static void DecodeJson(ReadOnlySpan<byte> body, in DecodeContext context, DecodedBatch batch) =>
        JsonInput.Read(body, context, batch, ReadingJson);

    private static void ReadMessage(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        TextSlice deviceId = default;
        bool any = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            batch.Fail(new Flaw { Kind = FlawKind.NotAFix, Field = "$", Number = double.NaN });
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isLocation = reader.ValueTextEquals("location"u8), isDevice = reader.ValueTextEquals("device_id"u8) || reader.ValueTextEquals("id"u8);
            reader.Read();
            if (isLocation)
            {
                any = true;
                if (!TryReadLocations(ref reader, context, body, batch)) return;
            }
            else if (isDevice && reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            {
                ReadOnlySpan<byte> id = JsonInput.Text(ref reader, batch.Scratch);
                if (id.Length <= 128) deviceId = batch.Keep(id);
            }
            else
            {
                reader.Skip();
            }
        }
        while (reader.Read()) reader.Skip();
        if (!any) batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = "location", Number = double.NaN, Text = batch.Keep("missing"u8) });
        for (int i = 0; i < batch.Count; i++) batch[i].DeviceId = deviceId;
    }

    private static bool TryReadLocations(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return TryReadLocation(ref reader, context, body, batch);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (!TryReadLocation(ref reader, context, body, batch)) return false;
        return true;
    }

    private static bool TryReadLocation(ref Utf8JsonReader reader, in DecodeContext context, ReadOnlySpan<byte> body, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return false;
        int start = (int)reader.TokenStartIndex;
        var draft = new FixDraft();
        var told = new DeviceState();
        batch.Attributes.Clear();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadProperty(ref reader, body, ref draft, ref told, batch);
        }
        else
        {
            draft.Complain(FlawKind.NotAFix, "location");
            reader.Skip();
        }
        if (!draft.HasFixedAt && draft.Flaw.Kind == FlawKind.None) draft.SetFixedAt(context.ReceivedAt);
        batch.Field = null;
        ref DecodedItem item = ref batch[index];
        item.Raw = new TextSlice(start, (int)reader.BytesConsumed - start);
        draft.Finish(ref item, context, batch);
        return told.TryAdd(index, context, batch);
    }

    private static void ReadProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref FixDraft draft, ref DeviceState told, DecodedBatch batch)
    {
        int start = (int)reader.TokenStartIndex;
        ReadOnlySpan<byte> name = reader.ValueSpan;
        reader.Read();
        bool isObject = reader.TokenType == JsonTokenType.StartObject, isText = reader.TokenType == JsonTokenType.String;
        if (isObject && name.SequenceEqual("coords"u8)) ReadCoords(ref reader, ref draft, batch);
        else if (isObject && name.SequenceEqual("battery"u8)) ReadBattery(ref reader, ref draft);
        else if (isObject && name.SequenceEqual("activity"u8)) ReadActivity(ref reader, ref draft);
        else if (isText && name.SequenceEqual("timestamp"u8)) SetTime(ref draft, JsonInput.Text(ref reader, batch.Scratch), batch);
        else if (name.SequenceEqual("timestamp"u8) && reader.TokenType == JsonTokenType.Number) SetTime(ref draft, reader.ValueSpan, batch);
        else if (isText && name.SequenceEqual("uuid"u8)) draft.IdempotencyHash = Hashing.Of(reader.ValueSpan);
        else if (isText && name.SequenceEqual("crs"u8)) draft.SetCrs(reader.ValueSpan, batch);
        else if (name.SequenceEqual("mock"u8) && reader.TokenType is JsonTokenType.True or JsonTokenType.False)
            draft.SetTrait(FixTraits.Mock, reader.TokenType == JsonTokenType.True);
        else
        {
            bool isAlarm = isText && name.SequenceEqual("alarm"u8);
            if (isAlarm) draft.Alarm = Words.Alarm(reader.ValueSpan);
            told.Hear(reader, name, isAlarm);
            reader.Skip();
            if (!isAlarm || draft.Alarm == DeviceAlarm.Other) batch.Attributes.AddRaw(body[start..(int)reader.BytesConsumed]);
        }
    }

    private static void ReadCoords(ref Utf8JsonReader reader, ref FixDraft draft, DecodedBatch batch)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<byte> name = reader.ValueSpan;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) continue;
            if (name.SequenceEqual("latitude"u8)) draft.SetLatitude(JsonCoordinate(ref reader, ref draft, "latitude", batch));
            else if (name.SequenceEqual("longitude"u8)) draft.SetLongitude(JsonCoordinate(ref reader, ref draft, "longitude", batch));
            else if (name.SequenceEqual("accuracy"u8)) draft.AccuracyM = JsonInput.NotNegative(ref reader);
            else if (name.SequenceEqual("speed"u8)) draft.SpeedMps = JsonInput.NotNegative(ref reader);
            else if (name.SequenceEqual("heading"u8)) draft.CourseDeg = JsonInput.NotNegative(ref reader);
            else if (name.SequenceEqual("altitude"u8) && JsonInput.TryNumber(ref reader, out double altitude)) draft.AltitudeM = altitude;
            reader.Skip();
        }
    }

    private static void ReadBattery(ref Utf8JsonReader reader, ref FixDraft draft)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isLevel = reader.ValueTextEquals("level"u8), isCharging = reader.ValueTextEquals("is_charging"u8);
            reader.Read();
            if (isLevel) draft.BatteryPct = JsonInput.NotNegative(ref reader) * 100;
            else if (isCharging && reader.TokenType is JsonTokenType.True or JsonTokenType.False)
                draft.SetCharging(reader.TokenType == JsonTokenType.True);
            reader.Skip();
        }
    }

    private static void ReadActivity(ref Utf8JsonReader reader, ref FixDraft draft)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String) draft.Activity = Words.Activity(reader.ValueSpan);
            reader.Skip();
        }
    }

    private static double JsonCoordinate(ref Utf8JsonReader reader, ref FixDraft draft, string field, DecodedBatch batch)
    {
        if (JsonInput.TryNumber(ref reader, out double degrees)) return degrees;
        draft.Complain(FlawKind.WrongType, field, reader.ValueSpan, batch);
        return double.NaN;
    }
}

/// <summary>
/// What a message of the Transistor SDK says of the device itself: an alarm, the app's end, and with a change of the provider
/// whether location is on, allowed (authorization 2: denied, 3: always, 4: in use) and the radio on.
/// </summary>
internal struct DeviceState
{
    private DeviceEventKind? _told, _permission, _service, _radio;
    private bool _isProviderChange;

    /// <summary>Takes a member at whose value the reader, a copy, stands.</summary>
    public void Hear(Utf8JsonReader reader, ReadOnlySpan<byte> name, bool isAlarm)
    {
        if (isAlarm) _told = Words.AlarmEvent(reader.ValueSpan);
        else if (name.SequenceEqual("event"u8) && reader.TokenType == JsonTokenType.String)
        {
            _isProviderChange = reader.ValueTextEquals("providerchange"u8);
            if (reader.ValueTextEquals("terminate"u8)) _told = DeviceEventKind.AppStopped;
            else if (reader.ValueTextEquals("boot"u8)) _told = DeviceEventKind.Boot;
        }
        else if (name.SequenceEqual("provider"u8) && reader.TokenType == JsonTokenType.StartObject) HearProvider(ref reader);
    }

    /// <summary>Adds what was told behind the fix of an item; false: the batch is full.</summary>
    public readonly bool TryAdd(int index, in DecodeContext context, DecodedBatch batch)
    {
        if (_told is { } told && !DeviceEventDraft.TryAddBeside(index, told, context, batch)) return false;
        if (!_isProviderChange) return true;
        if (_permission is { } permission && !DeviceEventDraft.TryAddBeside(index, permission, context, batch)) return false;
        if (_radio is { } radio && !DeviceEventDraft.TryAddBeside(index, radio, context, batch)) return false;
        return _service is not { } service || DeviceEventDraft.TryAddBeside(index, service, context, batch);
    }

    private void HearProvider(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isEnabled = reader.ValueTextEquals("enabled"u8), isStatus = reader.ValueTextEquals("status"u8), isRadio = reader.ValueTextEquals("airplane"u8);
            reader.Read();
            bool isYes = reader.TokenType == JsonTokenType.True;
            if (isYes || reader.TokenType == JsonTokenType.False)
            {
                if (isEnabled) _service = isYes ? DeviceEventKind.LocationServiceOn : DeviceEventKind.LocationServiceOff;
                else if (isRadio) _radio = isYes ? DeviceEventKind.AeroplaneModeOn : DeviceEventKind.AeroplaneModeOff;
            }
            else if (isStatus && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int status))
            {
                _permission = status switch { 2 => DeviceEventKind.PermissionDenied, 3 or 4 => DeviceEventKind.PermissionGranted, _ => null };
            }
            reader.Skip();
        }
    }
}

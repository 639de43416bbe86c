using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>The keys of our own form.</summary>
internal enum FixField : byte
{
    Unknown,
    Id,
    DeviceId,
    FixedAt,
    Latitude,
    Longitude,
    AltitudeM,
    SpeedMps,
    CourseDeg,
    AccuracyM,
    BatteryPct,
    Charging,
    Mock,
    Provider,
    Satellites,
    Activity,
    Alarm,
    Crs,
}

/// <summary>The kind of a value in our own form, in JSON as in MessagePack.</summary>
internal enum ValueKind : byte
{
    Null,
    Number,
    Boolean,
    Text,
    Instant,
    Other,
}

/// <summary>A value of our own form, whatever the notation that it came in.</summary>
internal readonly ref struct FieldValue
{
    public ValueKind Kind { get; init; }

    public double Number { get; init; }

    public bool Boolean { get; init; }

    public Instant Instant { get; init; }

    /// <summary>The text without escapes; for numbers and others what stood there, as far as it is text.</summary>
    public ReadOnlySpan<byte> Text { get; init; }
}

/// <summary>What the keys of our own form mean: one place for JSON and MessagePack.</summary>
internal static class FixFields
{
    private const int MaxIdBytes = 128;

    /// <summary>The field with a name.</summary>
    public static FixField Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => FixField.Id,
        3 when name.SequenceEqual("crs"u8) => FixField.Crs,
        4 when name.SequenceEqual("mock"u8) => FixField.Mock,
        5 when name.SequenceEqual("alarm"u8) => FixField.Alarm,
        7 when name.SequenceEqual("fixedAt"u8) => FixField.FixedAt,
        8 => name[0] switch
        {
            (byte)'l' when name.SequenceEqual("latitude"u8) => FixField.Latitude,
            (byte)'s' when name.SequenceEqual("speedMps"u8) => FixField.SpeedMps,
            (byte)'d' when name.SequenceEqual("deviceId"u8) => FixField.DeviceId,
            (byte)'c' when name.SequenceEqual("charging"u8) => FixField.Charging,
            (byte)'p' when name.SequenceEqual("provider"u8) => FixField.Provider,
            (byte)'a' when name.SequenceEqual("activity"u8) => FixField.Activity,
            _ => FixField.Unknown,
        },
        9 => name[0] switch
        {
            (byte)'l' when name.SequenceEqual("longitude"u8) => FixField.Longitude,
            (byte)'c' when name.SequenceEqual("courseDeg"u8) => FixField.CourseDeg,
            (byte)'a' when name.SequenceEqual("accuracyM"u8) => FixField.AccuracyM,
            (byte)'a' when name.SequenceEqual("altitudeM"u8) => FixField.AltitudeM,
            _ => FixField.Unknown,
        },
        10 when name.SequenceEqual("batteryPct"u8) => FixField.BatteryPct,
        10 when name.SequenceEqual("satellites"u8) => FixField.Satellites,
        _ => FixField.Unknown,
    };

    /// <summary>The name of a field.</summary>
    public static string NameOf(FixField field) => Names[(int)field];

    private static readonly string[] Names =
    [
        "", "id", "deviceId", "fixedAt", "latitude", "longitude", "altitudeM", "speedMps", "courseDeg", "accuracyM", "batteryPct",
        "charging", "mock", "provider", "satellites", "activity", "alarm", "crs",
    ];

    /// <summary>Puts a value into a draft. False: the value says more than the fix can hold, so it belongs among the attributes too.</summary>
    public static bool Set(ref FixDraft draft, FixField field, in FieldValue value, DecodedBatch batch)
    {
        if (value.Kind == ValueKind.Null) return true;
        switch (field)
        {
            case FixField.FixedAt:
                SetFixedAt(ref draft, value, batch);
                return true;
            case FixField.Charging or FixField.Mock:
                SetFlag(ref draft, field, value, batch);
                return true;
            case FixField.Id or FixField.DeviceId or FixField.Crs or FixField.Provider or FixField.Activity or FixField.Alarm:
                return SetText(ref draft, field, value, batch);
            default:
                SetNumber(ref draft, field, value, batch);
                return true;
        }
    }

    private static void SetFixedAt(ref FixDraft draft, in FieldValue value, DecodedBatch batch)
    {
        switch (value.Kind)
        {
            case ValueKind.Number:
                draft.SetFixedAt(value.Number);
                break;
            case ValueKind.Instant:
                draft.SetFixedAt(value.Instant);
                break;
            case ValueKind.Text:
                draft.SetFixedAt(value.Text, batch);
                break;
            default:
                WrongType(ref draft, FixField.FixedAt, value, batch);
                break;
        }
    }

    private static void SetFlag(ref FixDraft draft, FixField field, in FieldValue value, DecodedBatch batch)
    {
        if (value.Kind != ValueKind.Boolean) WrongType(ref draft, field, value, batch);
        else if (field == FixField.Mock) draft.SetTrait(FixTraits.Mock, value.Boolean);
        else draft.SetCharging(value.Boolean);
    }

    private static void SetNumber(ref FixDraft draft, FixField field, in FieldValue value, DecodedBatch batch)
    {
        if (value.Kind != ValueKind.Number)
        {
            WrongType(ref draft, field, value, batch);
            return;
        }
        double number = value.Number;
        switch (field)
        {
            case FixField.Latitude: draft.SetLatitude(number); break;
            case FixField.Longitude: draft.SetLongitude(number); break;
            case FixField.AltitudeM: draft.AltitudeM = number; break;
            case FixField.SpeedMps: draft.SpeedMps = number; break;
            case FixField.CourseDeg: draft.CourseDeg = number; break;
            case FixField.AccuracyM: draft.AccuracyM = number; break;
            case FixField.BatteryPct: draft.BatteryPct = number; break;
            default: draft.Satellites = number; break;
        }
    }

    private static bool SetText(ref FixDraft draft, FixField field, in FieldValue value, DecodedBatch batch)
    {
        ReadOnlySpan<byte> text = value.Text;
        if (field is FixField.Id or FixField.DeviceId)
        {
            Span<byte> digits = stackalloc byte[32];
            if (value.Kind == ValueKind.Number && Math.Abs(value.Number) < 1e15 && value.Number == Math.Floor(value.Number)
                && ((long)value.Number).TryFormat(digits, out int written, default, CultureInfo.InvariantCulture))
                SetId(ref draft, field, digits[..written], batch);
            else if (value.Kind == ValueKind.Text) SetId(ref draft, field, text, batch);
            else WrongType(ref draft, field, value, batch);
            return true;
        }
        if (value.Kind != ValueKind.Text)
        {
            WrongType(ref draft, field, value, batch);
            return true;
        }
        switch (field)
        {
            case FixField.Crs:
                draft.SetCrs(text, batch);
                return true;
            case FixField.Provider:
                draft.Provider = Words.Provider(text);
                return draft.Provider is not (LocationProvider.Other or LocationProvider.Unknown);
            case FixField.Activity:
                draft.Activity = Words.Activity(text);
                return draft.Activity != Activity.Unknown;
            default:
                draft.Alarm = Words.Alarm(text);
                return draft.Alarm != DeviceAlarm.Other;
        }
    }

    private static void SetId(ref FixDraft draft, FixField field, ReadOnlySpan<byte> id, DecodedBatch batch)
    {
        if (id.Length > MaxIdBytes) draft.Complain(FlawKind.TooLong, NameOf(field));
        else if (field == FixField.DeviceId) draft.DeviceId = batch.Keep(id);
        else if (id.Length > 0) draft.IdempotencyHash = Hashing.Of(id);
    }

    private static void WrongType(ref FixDraft draft, FixField field, in FieldValue value, DecodedBatch batch)
    {
        if (value.Kind == ValueKind.Number) draft.Complain(FlawKind.WrongType, NameOf(field), value.Number);
        else draft.Complain(FlawKind.WrongType, NameOf(field), value.Kind == ValueKind.Boolean ? value.Boolean ? "true"u8 : "false"u8 : value.Text, batch);
    }
}

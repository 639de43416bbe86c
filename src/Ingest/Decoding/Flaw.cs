using System.Globalization;

namespace Tracking.Ingest.Decoding;

/// <summary>What makes an input unusable.</summary>
internal enum FlawKind : byte
{
    None,
    Missing,
    OutOfRange,
    WrongType,
    NullIsland,
    Retention,
    TooLong,
    UnknownDevice,
    NotAFix,
    NotAnEvent,
    NotACheckIn,
    UnknownGeofence,
    Encrypted,
    Malformed,
    TooMany,
}

/// <summary>
/// What is wrong with an input, kept without making text of it: under a flood most flaws are only counted. The words for
/// people are made when somebody is told.
/// </summary>
internal readonly struct Flaw
{
    public FlawKind Kind { get; init; }

    /// <summary>The field as the protocol calls it.</summary>
    public string Field { get; init; }

    /// <summary>The value when it is a number; NaN when it is text, or no number.</summary>
    public double Number { get; init; }

    /// <summary>The value as text in the batch's text buffer; empty: there is no text.</summary>
    public TextSlice Text { get; init; }

    /// <summary>The fixed word for the metric's label.</summary>
    public string Reason => Kind switch
    {
        FlawKind.Missing => Field switch { "latitude" or "longitude" => "positionMissing", "deviceId" => "deviceMissing", "kind" => "kindMissing", "action" => "actionMissing", "geofenceId" => "geofenceMissing", _ => "timeMissing" },
        FlawKind.OutOfRange => Field switch { "latitude" => "latitudeRange", "longitude" => "longitudeRange", _ => "timeRange" },
        FlawKind.WrongType => "wrongType",
        FlawKind.NullIsland => "nullIsland",
        FlawKind.Retention => "retention",
        FlawKind.TooLong => "tooLong",
        FlawKind.UnknownDevice => "unknownDevice",
        FlawKind.NotAFix => "notAFix",
        FlawKind.NotAnEvent => "notAnEvent",
        FlawKind.NotACheckIn => "notACheckIn",
        FlawKind.UnknownGeofence => "unknownGeofence",
        FlawKind.Encrypted => "encrypted",
        FlawKind.TooMany => "tooMany",
        _ => "malformed",
    };

    /// <summary>What is wrong, naming the field and the value.</summary>
    public string Describe(DecodedBatch batch)
    {
        string value = Text.Length > 0 ? batch.TextOf(Text)
            : double.IsNaN(Number) && Kind != FlawKind.OutOfRange ? ""
            : Number.ToString("R", CultureInfo.InvariantCulture);
        return Kind switch
        {
            FlawKind.Missing => $"{Field} is missing",
            FlawKind.OutOfRange => $"{Field} out of range: {value}",
            FlawKind.WrongType => value.Length == 0 ? $"{Field} has the wrong type or form" : $"{Field} has the wrong type or form: {value}",
            FlawKind.NullIsland => "latitude and longitude are both 0",
            FlawKind.Retention => $"{Field} is older than the retention: {value}",
            FlawKind.TooLong => $"{Field} is too long",
            FlawKind.UnknownDevice => $"{Field} is not known here: {value}",
            FlawKind.NotAFix => "a fix is expected to be an object",
            FlawKind.NotAnEvent => "an event is expected to be an object",
            FlawKind.NotACheckIn => "a check-in is expected to be an object",
            FlawKind.UnknownGeofence => $"{Field} is not known here: {value}",
            FlawKind.Encrypted => "the payload is encrypted",
            FlawKind.TooMany => "too many items in one request",
            _ when value.Length == 0 => $"{Field} is malformed",
            _ => double.IsNaN(Number) ? $"{Field} is malformed: {value}" : $"{Field} is malformed: byte {value}",
        };
    }
}

/// <summary>A part of a batch's text buffer.</summary>
internal readonly record struct TextSlice(int Start, int Length);

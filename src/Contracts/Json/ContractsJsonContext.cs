using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracking.Contracts;

/// <summary>
/// The JSON forms of what crosses a boundary, generated at build time: camelCase names, enums as camelCase words,
/// instants as ISO 8601, members that are null left out.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(InstantJsonConverter), typeof(GeoPointJsonConverter), typeof(GeofenceJsonConverter), typeof(GeofenceChangeJsonConverter),
        typeof(CamelCaseEnumConverter<FixOutcome>), typeof(CamelCaseEnumConverter<SignalStatus>), typeof(CamelCaseEnumConverter<Motion>),
        typeof(CamelCaseEnumConverter<GeofencePurpose>), typeof(CamelCaseEnumConverter<GeofenceReason>), typeof(CamelCaseEnumConverter<Protocol>),
        typeof(CamelCaseEnumConverter<Role>), typeof(CamelCaseEnumConverter<Activity>), typeof(CamelCaseEnumConverter<LocationProvider>),
        typeof(CamelCaseEnumConverter<DeviceAlarm>), typeof(CamelCaseEnumConverter<Crs>), typeof(CamelCaseEnumConverter<DayOfWeek>),
    ])]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(IReadOnlyList<Alert>))]
[JsonSerializable(typeof(DayReport))]
[JsonSerializable(typeof(Geofence))]
[JsonSerializable(typeof(GeofenceChange))]
[JsonSerializable(typeof(Evidence))]
[JsonSerializable(typeof(IReadOnlyList<Evidence>))]
[JsonSerializable(typeof(LocalText))]
[JsonSerializable(typeof(FieldError))]
[JsonSerializable(typeof(IReadOnlyList<FieldError>))]
[JsonSerializable(typeof(Rep))]
[JsonSerializable(typeof(Device))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class ContractsJsonContext : JsonSerializerContext;

/// <summary>Writes an enum's names in camelCase and reads them in any case; numbers are refused.</summary>
/// <typeparam name="TEnum">The enum.</typeparam>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;

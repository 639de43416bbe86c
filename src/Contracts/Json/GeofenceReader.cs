using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>Reads the features of one document; counts its vertices and collects its errors.</summary>
internal sealed partial class GeofenceReader
{
    private const int MaxMembers = 1000;
    private int _vertices;

    public FieldErrors Errors { get; } = new();

    public Geofence? ReadOne(JsonElement feature)
    {
        try
        {
            return ReadFeature(feature, "");
        }
        catch (InvalidOperationException)
        {
            Errors.Add("", UnfitName);
            return null;
        }
    }

    public List<Geofence> ReadAll(JsonElement root)
    {
        try
        {
            return ReadFeatureOrCollection(root);
        }
        catch (InvalidOperationException)
        {
            Errors.Add("", UnfitName);
            return [];
        }
    }

    /// <summary>A lookup by name throws when another member's name holds an escaped half of a surrogate pair.</summary>
    private const string UnfitName = "a member's name is no valid text";

    private List<Geofence> ReadFeatureOrCollection(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("type"u8, out JsonElement type)
            && type.ValueKind == JsonValueKind.String && type.ValueEquals("FeatureCollection"u8))
            return ReadCollection(root);
        return ReadFeature(root, "") is { } only ? [only] : [];
    }

    /// <summary>Reads a feature; null, and errors, when it is not fit.</summary>
    private Geofence? ReadFeature(JsonElement feature, string path)
    {
        int errorsBefore = Errors.Count;
        if (feature.ValueKind != JsonValueKind.Object)
        {
            Errors.Add(path, "a GeoJSON Feature is expected", Shown(feature));
            return null;
        }
        if (!feature.TryGetProperty("type"u8, out JsonElement type) || TextOf(type) != "Feature")
            Errors.Add(Member(path, "type"), "must be Feature", Shown(type));
        JsonElement properties = PropertiesOf(feature, path);
        string at = Member(path, "properties");
        string id = ReadId(feature, path, properties, at);
        GeoShape? shape = ReadGeometry(feature, path, properties, at);
        var geofence = new Geofence
        {
            Id = id,
            Name = ReadName(properties, at) ?? id,
            Purpose = ReadPurpose(properties, at),
            Class = ReadClass(properties, at),
            Shape = shape ?? Nowhere,
            Groups = ReadTexts(properties, "groups", at, GeofenceJson.MaxNameChars, isPath: true),
            Reps = ReadTexts(properties, "reps", at, GeofenceJson.MaxIdChars, isPath: false),
            Schedule = ReadSchedule(properties, at),
            DwellS = ReadNumber(properties, "dwellS", at, 0, MaxDwellS),
            SpeedLimitMps = ReadNumber(properties, "speedLimitMps", at, MinSpeedLimitMps, MaxSpeedLimitMps),
            Version = ReadVersion(properties, at),
        };
        return shape is not null && Errors.Count == errorsBefore ? geofence : null;
    }

    private const int MaxClassChars = 64;
    private const double MaxDwellS = 366 * 86_400.0;
    private const double MinSpeedLimitMps = 0.1;
    private const double MaxSpeedLimitMps = 1000;
    private static readonly GeoShape Nowhere = new CircleShape(default, 1);

    private List<Geofence> ReadCollection(JsonElement root)
    {
        var read = new List<Geofence>();
        if (!root.TryGetProperty("features"u8, out JsonElement features) || features.ValueKind != JsonValueKind.Array)
        {
            Errors.Add("features", "an array of features is expected", Shown(features));
            return read;
        }
        if (features.GetArrayLength() > GeofenceJson.MaxFeatures)
        {
            Errors.Add("features", $"at most {GeofenceJson.MaxFeatures} features", features.GetArrayLength().ToString(Invariant));
            return read;
        }
        var ids = new HashSet<string>(StringComparer.Ordinal);
        int index = 0;
        foreach (JsonElement feature in features.EnumerateArray())
        {
            string path = $"features[{index++}]";
            if (ReadFeature(feature, path) is not { } geofence)
            {
                if (Errors.IsFull) break;
                continue;
            }
            if (geofence.Id.Length > 0 && !ids.Add(geofence.Id)) Errors.Add($"{path}.properties.id", "twice in this document", geofence.Id);
            read.Add(geofence);
        }
        return read;
    }

    private JsonElement PropertiesOf(JsonElement feature, string path)
    {
        if (!feature.TryGetProperty("properties"u8, out JsonElement properties) || properties.ValueKind == JsonValueKind.Null) return default;
        if (properties.ValueKind == JsonValueKind.Object) return properties;
        Errors.Add(Member(path, "properties"), "an object is expected", Shown(properties));
        return default;
    }

    private string ReadId(JsonElement feature, string path, JsonElement properties, string at)
    {
        string field = Member(at, "id");
        if (!TryGet(properties, "id", out JsonElement id))
        {
            if (!TryGet(feature, "id", out id)) return "";
            field = Member(path, "id");
        }
        string? text = id.ValueKind == JsonValueKind.Number ? id.GetRawText() : TextOf(id);
        if (text is { Length: >= 1 and <= GeofenceJson.MaxIdChars } && !HasControl(text)) return text;
        Errors.Add(field, $"1 to {GeofenceJson.MaxIdChars} characters, none of them a control character", Shown(id));
        return "";
    }

    private string? ReadName(JsonElement properties, string at)
    {
        if (!TryGet(properties, "name", out JsonElement name)) return null;
        string? text = TextOf(name)?.Trim();
        if (text is { Length: <= GeofenceJson.MaxNameChars } && !HasControl(text)) return text.Length == 0 ? null : text;
        Errors.Add(Member(at, "name"), $"a text of at most {GeofenceJson.MaxNameChars} characters", Shown(name));
        return null;
    }

    private GeofencePurpose ReadPurpose(JsonElement properties, string at)
    {
        if (!TryGet(properties, "purpose", out JsonElement purpose)) return GeofencePurpose.Other;
        string? text = TextOf(purpose);
        foreach (GeofencePurpose known in Enum.GetValues<GeofencePurpose>())
        {
            if (string.Equals(known.ToString(), text, StringComparison.OrdinalIgnoreCase)) return known;
        }
        Errors.Add(Member(at, "purpose"), "one of customer, office, workArea, forbidden, home, route, other", Shown(purpose));
        return GeofencePurpose.Other;
    }

    private string? ReadClass(JsonElement properties, string at)
    {
        if (!TryGet(properties, "class", out JsonElement name)) return null;
        string? text = TextOf(name)?.Trim();
        if (text is { Length: >= 1 and <= MaxClassChars } && !HasControl(text)) return text;
        Errors.Add(Member(at, "class"), $"a text of 1 to {MaxClassChars} characters", Shown(name));
        return null;
    }

    private List<string> ReadTexts(JsonElement properties, string name, string at, int maxChars, bool isPath)
    {
        var texts = new List<string>();
        if (!TryGet(properties, name, out JsonElement list)) return texts;
        string field = Member(at, name);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxMembers)
        {
            Errors.Add(field, $"an array of at most {MaxMembers} texts is expected", Shown(list));
            return texts;
        }
        int index = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            string? text = TextOf(element);
            if (isPath) text = text?.Trim('/');
            if (text is not { Length: >= 1 } || text.Length > maxChars || HasControl(text))
                Errors.Add($"{field}[{index}]", $"a text of 1 to {maxChars} characters", Shown(element));
            else if (!texts.Contains(text)) texts.Add(text);
            index++;
        }
        return texts;
    }

    private double? ReadNumber(JsonElement properties, string name, string at, double min, double max)
    {
        if (!TryGet(properties, name, out JsonElement number)) return null;
        if (TryGetFinite(number, out double value) && value >= min && value <= max) return value;
        Errors.Add(Member(at, name), string.Create(Invariant, $"a number from {min} to {max}"), Shown(number));
        return null;
    }

    private long ReadVersion(JsonElement properties, string at)
    {
        if (!TryGet(properties, "version", out JsonElement version)) return 1;
        if (version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out long value) && value >= 0) return value;
        Errors.Add(Member(at, "version"), "a whole number, 0 or more", Shown(version));
        return 1;
    }
}

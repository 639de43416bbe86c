using System.Globalization;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>Reads the members of a JSON object that somebody defined, and collects by field what is wrong.</summary>
/// <param name="json">The object.</param>
/// <param name="path">Where it stands in the document; empty: it is the document.</param>
/// <param name="errors">Takes what is wrong.</param>
internal readonly struct DefinitionReader(JsonElement json, string path, FieldErrors errors)
{
    private const int MaxItems = 10_000;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>The object's members other than these are errors, so that a misspelt one is not passed over.</summary>
    public void Only(params ReadOnlySpan<string> names)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(path, "an object is expected", Shown(json));
            return;
        }
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (!names.Contains(property.Name)) errors.Add(Member(property.Name.Length > 64 ? property.Name[..64] : property.Name), "is not known here");
        }
    }

    public bool Has(string name) => TryGet(name, out _);

    /// <summary>A text of 1 to so many characters; null: absent or wrong.</summary>
    public string? Text(string name, int maxChars, bool needed = false)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (needed) errors.Add(Member(name), "is needed");
            return null;
        }
        if (TextOf(value)?.Trim() is { Length: >= 1 } text && text.Length <= maxChars && !text.Any(char.IsControl)) return text;
        errors.Add(Member(name), $"a text of 1 to {maxChars} characters is expected", Shown(value));
        return null;
    }

    /// <summary>One of the names of an enum, in any case.</summary>
    public TEnum Choice<TEnum>(string name, TEnum usual) where TEnum : struct, Enum
    {
        if (!TryGet(name, out JsonElement value)) return usual;
        string? text = TextOf(value);
        foreach (TEnum known in Enum.GetValues<TEnum>())
            if (known.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) return known;
        errors.Add(Member(name), "must be one of " + string.Join(", ", Enum.GetNames<TEnum>().Select(JsonNamingPolicy.CamelCase.ConvertName)), Shown(value));
        return usual;
    }

    public DateOnly? Date(string name, bool needed = false)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (needed) errors.Add(Member(name), "is needed");
            return null;
        }
        if (DateOnly.TryParseExact(TextOf(value), "yyyy-MM-dd", Invariant, DateTimeStyles.None, out DateOnly date) && date.Year is >= 1900 and <= 9000) return date;
        errors.Add(Member(name), "a date such as 2026-04-06 is expected", Shown(value));
        return null;
    }

    public long? Whole(string name, long min, long max)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= min && number <= max) return number;
        errors.Add(Member(name), string.Create(Invariant, $"a whole number from {min} to {max} is expected"), Shown(value));
        return null;
    }

    /// <summary>A decimal as a number or as text, with no digit lost.</summary>
    public decimal? Decimal(string name, decimal min, decimal max, int maxDecimals)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        string? text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : TextOf(value);
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, Invariant, out decimal number)
            && number >= min && number <= max && decimal.Round(number, maxDecimals) == number) return number;
        errors.Add(Member(name), string.Create(Invariant, $"a number from {min} to {max} with at most {maxDecimals} decimals is expected"), Shown(value));
        return null;
    }

    public IReadOnlyList<string> Texts(string name, int maxChars, bool isPath = false)
    {
        var texts = new List<string>();
        foreach ((JsonElement item, string at) in Items(name))
        {
            string? text = TextOf(item);
            if (isPath) text = text?.Trim('/');
            if (text is not { Length: >= 1 } || text.Length > maxChars || text.Any(char.IsControl)) errors.Add(at, $"a text of 1 to {maxChars} characters is expected", Shown(item));
            else if (!texts.Contains(text)) texts.Add(text);
        }
        return texts;
    }

    /// <summary>The objects of an array.</summary>
    public IEnumerable<DefinitionReader> Objects(string name)
    {
        foreach ((JsonElement item, string at) in Items(name)) yield return new DefinitionReader(item, at, errors);
    }

    public void Wrong(string name, string message, string? value = null) => errors.Add(Member(name), message, value);

    private List<(JsonElement Item, string At)> Items(string name)
    {
        List<(JsonElement, string)> items = [];
        if (!TryGet(name, out JsonElement list)) return items;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxItems)
        {
            errors.Add(Member(name), $"an array of at most {MaxItems} is expected", Shown(list));
            return items;
        }
        foreach (JsonElement item in list.EnumerateArray()) items.Add((item, string.Create(Invariant, $"{Member(name)}[{items.Count}]")));
        return items;
    }

    private string Member(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Shown(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.String => TextOf(element) ?? "(invalid text)",
        JsonValueKind.Array => $"array of {element.GetArrayLength()}",
        JsonValueKind.Object => "object",
        _ => element.GetRawText(),
    };
}

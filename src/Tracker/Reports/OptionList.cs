using System.Globalization;
using System.Reflection;

namespace Tracking.Tracker;

/// <summary>The parameters that a day's mileage depends on, by name, as text; whatever is added to them is among them.</summary>
internal static class OptionList
{
    /// <summary>Names such as <c>Stops:StopRadiusM</c> with their values, in order.</summary>
    public static IEnumerable<(string Name, string Value)> Of(TrackerOptions options)
    {
        foreach ((string section, object part) in Parts(options))
            foreach (PropertyInfo property in PropertiesOf(part))
                yield return ($"{section}:{property.Name}", ValueText(property.GetValue(part)));
    }

    /// <summary>The defaults with values that <see cref="Of"/> wrote.</summary>
    /// <exception cref="FormatException">A name is unknown or a value does not fit it.</exception>
    public static TrackerOptions Read(IReadOnlyList<(string Name, string Value)> list)
    {
        var options = new TrackerOptions { Admission = new(), Stops = new(), Distance = new() };
        foreach ((string name, string value) in list)
        {
            (string section, object part) = Parts(options).FirstOrDefault(p => name.StartsWith(p.Section + ":", StringComparison.Ordinal));
            PropertyInfo property = (part is null ? null : PropertiesOf(part).FirstOrDefault(p => p.Name == name[(section.Length + 1)..]))
                ?? throw new FormatException($"There is no option {name}.");
            property.SetValue(part, ValueOf(property.PropertyType, value));
        }
        return options;
    }

    private static (string Section, object Part)[] Parts(TrackerOptions options) =>
        [("Admission", options.Admission), ("Distance", options.Distance), ("Stops", options.Stops)];

    private static IEnumerable<PropertyInfo> PropertiesOf(object part) => part.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(static p => p.CanWrite).OrderBy(static p => p.Name, StringComparer.Ordinal);

    private static string ValueText(object? value) => value is null ? "-" : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static object? ValueOf(Type type, string value)
    {
        if (value == "-") return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(TimeSpan) ? TimeSpan.Parse(value, CultureInfo.InvariantCulture)
            : type.IsEnum ? Enum.Parse(type, value) : Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
    }
}

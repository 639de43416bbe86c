using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>A city to be made: where it lies and what its parts are called. Its streets are invented.</summary>
/// <param name="Key">Names it on the command line.</param>
/// <param name="Name">For people.</param>
/// <param name="Center">Its middle.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Crs">What phones there report.</param>
/// <param name="RadiusM">Metres from the middle to the edge of the dense part.</param>
/// <param name="Districts">Names of eight districts: the centre, then the others clockwise.</param>
/// <param name="Chinese">Whether its people have Chinese names.</param>
public sealed record CitySpec(
    string Key, string Name, GeoPoint Center, string TimeZone, Crs Crs, double RadiusM, IReadOnlyList<string> Districts, bool Chinese = false)
{
    /// <summary>Vienna.</summary>
    public static readonly CitySpec Vienna = new("vienna", "Wien", new(48.2082, 16.3738), "Europe/Vienna", Crs.Wgs84, 4500,
        ["Innere Stadt", "Brigittenau", "Leopoldstadt", "Landstraße", "Favoriten", "Meidling", "Ottakring", "Döbling"]);

    /// <summary>Shenzhen; phones there report GCJ-02.</summary>
    public static readonly CitySpec Shenzhen = new("shenzhen", "深圳", new(22.5431, 114.0579), "Asia/Shanghai", Crs.Gcj02, 4200,
        ["福田", "龙华", "罗湖", "盐田", "蛇口", "南山", "宝安", "梅林"], Chinese: true);

    /// <summary>Berlin.</summary>
    public static readonly CitySpec Berlin = new("berlin", "Berlin", new(52.5200, 13.4050), "Europe/Berlin", Crs.Wgs84, 5000,
        ["Mitte", "Wedding", "Prenzlauer Berg", "Friedrichshain", "Kreuzberg", "Schöneberg", "Charlottenburg", "Moabit"]);

    /// <summary>Every city that is known by its key.</summary>
    public static readonly IReadOnlyList<CitySpec> All = [Vienna, Shenzhen, Berlin];

    /// <summary>The city with a key; null: none.</summary>
    public static CitySpec? Find(string key) => All.FirstOrDefault(city => city.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
}

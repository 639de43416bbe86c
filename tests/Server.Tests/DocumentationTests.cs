using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Tracking.Server.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_setting_that_is_documented_exists_and_has_the_default_that_is_told()
    {
        var checkedKeys = 0;
        foreach (Match row in Row().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md"))))
        {
            string[] path = row.Groups[1].Value.Split(':');
            object? value = path[1] switch
            {
                "Ingest" => new Ingest.IngestOptions(),
                "Tracker" => Tracker.TrackerOptions.Default,
                "Silo" => new Silo.SiloOptions(),
                "LiveMap" => new LiveMap.LiveMapOptions(),
                "RedisLink" => new LiveMap.Redis.RedisOptions(),
                "Webhooks" => new LiveMap.Webhooks.WebhookOptions(),
                "Embedded" => new Store.StoreOptions { DataFolder = "" },
                _ => null,
            };
            if (value is null) continue;
            foreach (string name in path.Skip(2))
            {
                PropertyInfo property = value!.GetType().GetProperty(name) ?? throw new InvalidOperationException($"{row.Groups[1].Value} does not exist");
                value = property.GetValue(value);
            }
            checkedKeys++;
            string told = row.Groups[2].Value;
            if (told.StartsWith('`')) Assert.Equal(Parse(told.Trim('`'), value!), value);
        }
        Assert.True(checkedKeys > 35);
    }

    private static object Parse(string told, object like) => like is TimeSpan
        ? TimeSpan.Parse(told, CultureInfo.InvariantCulture)
        : Convert.ChangeType(told, like.GetType(), CultureInfo.InvariantCulture);

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"^\| `(Tracking:[A-Za-z:]+)` \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}

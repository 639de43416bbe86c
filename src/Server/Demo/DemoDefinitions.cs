using Tracking.Contracts;
using Tracking.Simulator;
using Tracking.Tracker;

namespace Tracking.Server.Demo;

/// <summary>What the demo's company has defined: how often customers are visited, and what a kilometre is worth.</summary>
internal static class DemoDefinitions
{
    /// <summary>The class of a customer: one in three is visited more often.</summary>
    public static string ClassOf(int customer) => customer % 3 == 0 ? "A" : "B";

    /// <summary>The addresses of the definitions with their documents.</summary>
    /// <param name="world">Whose cities.</param>
    /// <param name="now">Plans begin with the week, so that nobody has missed anything before the demo began.</param>
    public static IEnumerable<(string Path, string Json)> Of(World world, Instant now)
    {
        foreach (City city in world.Cities)
        {
            CitySpec spec = city.Spec;
            DateOnly today = LocalDay.DateAt(now, spec.TimeZone);
            string year = FormattableString.Invariant($"{today.Year}-01-01"), week = FormattableString.Invariant($"{today.AddDays(-(((int)today.DayOfWeek + 6) % 7)):yyyy-MM-dd}");
            (string name, string currency, string first, string beyond) = spec.Chinese ? ("车补", "CNY", "1.5", "1.0") : ("Kilometergeld", "EUR", "0.50", "0.30");
            yield return ($"v1/rates/{spec.Key}-car", $$"""
                {"name":"{{name}}","vehicle":"car","currency":"{{currency}}","period":"month","validFrom":"{{year}}","groups":["{{spec.Key}}"],
                 "tiers":[{"upTo":1000,"rate":{{first}}},{"rate":{{beyond}}}]}
                """);
            yield return ($"v1/plans/{spec.Key}", $$"""
                {"name":"{{(spec.Chinese ? "客户拜访计划" : "Kundenbesuche")}}","validFrom":"{{week}}","groups":["{{spec.Key}}"],
                 "frequencies":[{"class":"A","visits":2,"per":"week"},{"class":"B","visits":1,"per":"fortnight"}],
                 "routes":[{{string.Join(',', RoutesOf(world, city, today))}}]}
                """);
        }
    }

    // Everybody has a few customers on each of the days that somebody may look at.
    private static IEnumerable<string> RoutesOf(World world, City city, DateOnly today)
    {
        Person[] people = [.. world.People.Where(person => person.City == city)];
        for (int i = 0; i < people.Length; i++)
        {
            for (int ahead = 0; ahead < 2; ahead++)
            {
                string customers = string.Join(',', Enumerable.Range(0, 4).Select(stop => $"\"{city.Customers[((i * 5) + (stop * 7) + ahead) % city.Customers.Count].Id}\"").Distinct());
                yield return $$"""{"rep":"{{people[i].Spec.Id}}","weekday":"{{today.AddDays(ahead).DayOfWeek}}","customers":[{{customers}}]}""";
            }
        }
    }
}

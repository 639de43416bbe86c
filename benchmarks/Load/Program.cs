using Tracking.Load;

// load SCENARIO|all [--program path/to/tracking.dll] [--seconds 10]
string Option(string name, string otherwise)
{
    int place = Array.IndexOf(args, name);
    return place >= 0 && place + 1 < args.Length ? args[place + 1] : otherwise;
}

string? scenario = args.FirstOrDefault();
if (scenario is null || !(scenario == "all" || Scenarios.All.ContainsKey(scenario)))
{
    Console.Error.WriteLine($"usage: load all|{string.Join('|', Scenarios.All.Keys)} [--program tracking.dll] [--seconds 10]");
    return 2;
}
string program = Path.GetFullPath(Option("--program", "src/Server/bin/Release/net10.0/tracking.dll"));
var duration = TimeSpan.FromSeconds(double.Parse(Option("--seconds", "10"), System.Globalization.CultureInfo.InvariantCulture));
foreach ((string name, Func<string, TimeSpan, Task> run) in Scenarios.All)
{
    if (scenario != "all" && scenario != name) continue;
    Console.WriteLine($"## {name}");
    await run(program, duration);
}
return 0;

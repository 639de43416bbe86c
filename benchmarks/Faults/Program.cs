using System.Globalization;
using Tracking.Faults;

// faults [--minutes 10] [--seed N] [--reps 24] [--rate 800] [--program path/to/tracking.dll] [--quiet]
string Option(string name, string otherwise)
{
    int place = Array.IndexOf(args, name);
    return place >= 0 && place + 1 < args.Length ? args[place + 1] : otherwise;
}

double Number(string name, double otherwise) =>
    double.TryParse(Option(name, ""), NumberStyles.Float, CultureInfo.InvariantCulture, out double given) ? given : otherwise;

string program = Option("--program", Path.Combine(Shell.Root, "src/Server/bin/Release/net10.0/tracking.dll"));
if (!File.Exists(program))
{
    Console.Error.WriteLine($"There is no {program}: build it with dotnet build -c Release, or name it with --program.");
    return 2;
}
var run = new Run
{
    Program = program,
    Seed = (int)Number("--seed", Environment.TickCount & 0xffff),
    Length = TimeSpan.FromMinutes(Number("--minutes", 10)),
    Reps = (int)Number("--reps", 24),
    FixesPerSecond = Number("--rate", 800),
    IsQuiet = args.Contains("--quiet"),
};
return await run.ExecuteAsync() ? 0 : 1;

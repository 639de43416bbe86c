using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tracking.Judgement;

// Tracking.Judgement [PART ...] [--quick] [--misses]: judges the rules, prints the figures and, when every part ran in full, keeps them in JUDGEMENT.md.
bool quick = args.Contains("--quick");
string[] parts = [.. args.Where(static a => !a.StartsWith('-'))];
var text = new StringBuilder("""
    # Judgement

    What the rules make of simulated days whose truth is known, and of recorded drives. Repeat it with
    `dotnet run -c Release --project benchmarks/Judgement`; the seeds are fixed, so the same rules give the same page
    (about ten minutes on two cores). The simulator and the rules share no code and no constants. All seeds of days, cheats and silences
    were changed after the first version; rules are tuned with the even ones only, and of the odd ones, held back, not even the misses
    are told.

    """);
var clock = Stopwatch.StartNew();
int scale = quick ? 1 : 10;
Part("honest", () => new HonestDays(8 * scale).Write(text));
Part("fences", () => new Fences(5 * scale).Write(text));
Part("cheats", () => new Cheats(6 * scale).Write(text));
Part("silences", () => new Silences(10 * scale).Write(text));
Part("recorded", () => Recorded.Write(text));
Console.WriteLine(text);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:0} s"));
if (quick || parts.Length > 0) return;
string? folder = AppContext.BaseDirectory;
while (folder is not null && !File.Exists(Path.Combine(folder, "Tracking.sln"))) folder = Path.GetDirectoryName(folder);
File.WriteAllText(Path.Combine(folder!, "benchmarks", "JUDGEMENT.md"), text.ToString());

void Part(string name, Action run)
{
    if (parts.Length > 0 && !parts.Contains(name)) return;
    TimeSpan began = clock.Elapsed;
    run();
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {(clock.Elapsed - began).TotalSeconds:0.0} s"));
}

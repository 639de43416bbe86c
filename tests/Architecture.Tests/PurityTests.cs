using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Tracking.Architecture.Tests;

/// <summary>The tracker is a function: it reads no clock, does no I/O, starts nothing, throws no dice.</summary>
public class PurityTests
{
    private static readonly string[] MustBeBanned =
    [
        "P:System.DateTime.Now", "P:System.DateTime.UtcNow", "P:System.DateTimeOffset.Now", "P:System.DateTimeOffset.UtcNow",
        "T:System.TimeProvider", "T:System.Diagnostics.Stopwatch", "P:System.Environment.TickCount64",
        "T:System.IO.File", "T:System.IO.FileStream", "T:System.IO.Directory", "T:System.Net.Sockets.Socket", "T:System.Net.Http.HttpClient",
        "T:System.Threading.Thread", "T:System.Threading.Tasks.Task", "T:System.Threading.Tasks.Task`1", "T:System.Threading.Tasks.ValueTask",
        "T:System.Threading.Timer", "P:System.Random.Shared", "M:System.Random.#ctor", "M:System.Guid.NewGuid", "T:System.Console",
    ];

    private static readonly HashSet<string> BannedAccesses = new(StringComparer.Ordinal)
    {
        "DateTime.Now", "DateTime.UtcNow", "DateTime.Today", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Environment.TickCount",
        "Environment.TickCount64", "Random.Shared", "Guid.NewGuid", "Guid.CreateVersion7", "RandomNumberGenerator.Fill",
        "RandomNumberGenerator.GetInt32", "Environment.GetEnvironmentVariable",
    };

    private static readonly HashSet<string> BannedTypes = new(StringComparer.Ordinal)
    {
        "TimeProvider", "Stopwatch", "FileStream", "StreamReader", "StreamWriter", "Socket", "HttpClient", "Thread", "ThreadPool",
        "TaskCompletionSource", "Console", "Process", "Parallel", "ThreadLocal", "ThreadStaticAttribute", "ThreadStatic",
    };

    [Fact]
    public void The_list_of_banned_APIs_is_whole()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "src", "Tracker", "BannedSymbols.txt"));
        Assert.Empty(MustBeBanned.Except(lines.Select(l => l.Split(';')[0].Trim()), StringComparer.Ordinal));
    }

    [Fact]
    public void The_analyser_reads_the_list_and_its_finding_is_an_error()
    {
        XDocument project = XDocument.Load(Path.Combine(Repository.Root, "src", "Tracker", "Tracker.csproj"));
        string[] packages = [.. project.Descendants("PackageReference").Select(e => e.Attribute("Include")!.Value)];
        string[] lists = [.. project.Descendants("AdditionalFiles").Select(e => e.Attribute("Include")!.Value)];
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", packages);
        Assert.Contains("BannedSymbols.txt", lists);
        XDocument all = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Equal("true", all.Descendants("TreatWarningsAsErrors").Single().Value);
        Assert.DoesNotContain(project.Descendants(), e => e.Name.LocalName is "NoWarn" or "WarningsNotAsErrors" && e.Value.Contains("RS0030", StringComparison.Ordinal));
        Assert.DoesNotContain("RS0030", File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig")), StringComparison.Ordinal);
    }

    [Fact]
    public void No_source_of_the_tracker_reads_a_clock_or_does_input_or_output()
    {
        var found = new List<string>();
        foreach (string file in Repository.SourcesOf("Tracker"))
        {
            string text = File.ReadAllText(file);
            found.AddRange(Impurities(Sources.Parse(text)).Select(i => $"{Repository.Shown(file)}:{i}"));
            if (text.Contains("RS0030", StringComparison.Ordinal)) found.Add($"{Repository.Shown(file)}: switches the analyser off");
        }
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("class C { long M() => System.DateTime.UtcNow.Ticks; }", "1: DateTime.UtcNow")]
    [InlineData("class C {\n int M() => Random.Shared.Next(); }", "2: Random.Shared")]
    [InlineData("class C { void M() { var s = new Stopwatch(); } }", "1: Stopwatch")]
    [InlineData("class C { async void M() { await default(object); } }", "1: async")]
    [InlineData("class C { object M() => new Random(); }", "1: Random without a seed")]
    public void An_impure_source_is_found(string source, string expected) => Assert.Contains(expected, Impurities(Sources.Parse(source)));

    private static IEnumerable<string> Impurities(SyntaxNode root)
    {
        foreach ((string access, int line) in Sources.AccessesIn(root))
        {
            if (BannedAccesses.Contains(access) || access.StartsWith("File.", StringComparison.Ordinal)
                || access.StartsWith("Directory.", StringComparison.Ordinal) || access.StartsWith("Task.", StringComparison.Ordinal))
                yield return $"{line}: {access}";
        }
        foreach ((string name, int line) in Sources.IdentifiersIn(root))
        {
            if (BannedTypes.Contains(name)) yield return $"{line}: {name}";
        }
        foreach (var made in root.DescendantNodes().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.ObjectCreationExpressionSyntax>())
        {
            if (made.Type.ToString() == "Random" && made.ArgumentList?.Arguments.Count is null or 0)
                yield return $"{made.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: Random without a seed";
        }
        foreach (SyntaxToken token in root.DescendantTokens())
        {
            if (token.Text is "async" or "await") yield return $"{token.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {token.Text}";
        }
    }
}

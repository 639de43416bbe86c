using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Tracking.Architecture.Tests;

/// <summary>What holds for every source file: methods short enough to read, nothing left undone, comments in the present tense.</summary>
public partial class SourceTests
{
    private const int MaxMethodLines = 70;

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_method_is_longer_than_70_lines(string project)
    {
        var found = new List<string>();
        int methods = 0;
        foreach (string file in Repository.SourcesOf(project))
        {
            SyntaxNode root = Sources.Parse(File.ReadAllText(file));
            methods += Sources.MethodsIn(root).Count();
            found.AddRange(TooLong(root).Select(m => $"{Repository.Shown(file)}:{m}"));
            found.AddRange(Sources.HiddenMethodsIn(root).Select(h => $"{Repository.Shown(file)}: not understood: {h.Trim().Split('\n')[0]}"));
        }
        Assert.Empty(found);
        Assert.True(methods > 0, $"no method was found in {project}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Nothing_is_left_undone(string project)
    {
        var found = new List<string>();
        foreach (string file in Repository.SourcesOf(project))
            found.AddRange(Undone(Sources.Parse(File.ReadAllText(file))).Select(u => $"{Repository.Shown(file)}:{u}"));
        Assert.Empty(found);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_are_file_scoped_and_begin_with_the_project(string project)
    {
        var found = new List<string>();
        foreach (string file in Repository.SourcesOf(project))
        {
            MatchCollection named = NamespaceLine().Matches(File.ReadAllText(file));
            if (named.Count > 0 && (named.Count > 1 || !IsOf(project, named[0]))) found.Add(Repository.Shown(file));
        }
        Assert.Empty(found);
    }

    [Fact]
    public void A_method_that_is_too_long_is_found()
    {
        string body = string.Concat(Enumerable.Repeat("        x++;\n", MaxMethodLines - 3));
        Assert.Empty(TooLong(Sources.Parse($"class C\n{{\n    void M()\n    {{\n{body}    }}\n}}\n")));
        Assert.Equal(["3: M has 71 lines"], TooLong(Sources.Parse($"class C\n{{\n    void M()\n    {{\n{body}        x++;\n    }}\n}}\n")));
    }

    [Theory]
    [InlineData("class C { void M() => throw new NotImplementedException(); }", "1: NotImplementedException")]
    [InlineData("class C {\n // TODO: later\n }", "2: TODO")]
    [InlineData("class C { /* FIXME */ }", "1: FIXME")]
    [InlineData("class C { void M() => Thread.Sleep(1); }", "1: Thread.Sleep")]
    public void What_is_undone_is_found(string source, string expected) => Assert.Contains(expected, Undone(Sources.Parse(source)));

    [Fact]
    public void New_syntax_does_not_hide_methods()
    {
        const string text = """
            namespace N;
            public static class E
            {
                extension(string s) { public int Twice => s.Length * 2; }
                public static void Behind() { int[] a = [1, .. new[] { 2 }]; }
            }
            public class P(int x) { public int X { get => field; set => field = value; } public void After() { M(x); } }
            public partial class Q { public partial int Y { get; } public void Last(params ReadOnlySpan<int> z) { a?.B = 3; } }
            """;
        SyntaxNode root = Sources.Parse(text);
        Assert.Superset(new HashSet<string> { "Behind", "After", "Last" }, Sources.MethodsIn(root).Select(m => m.Name).ToHashSet());
    }

    private static IEnumerable<string> TooLong(SyntaxNode root) =>
        Sources.MethodsIn(root).Where(m => m.Lines > MaxMethodLines).Select(m => $"{m.Line}: {m.Name} has {m.Lines} lines");

    private static IEnumerable<string> Undone(SyntaxNode root)
    {
        foreach ((string name, int line) in Sources.IdentifiersIn(root))
        {
            if (name == "NotImplementedException") yield return $"{line}: {name}";
        }
        foreach ((string access, int line) in Sources.AccessesIn(root))
        {
            if (access == "Thread.Sleep") yield return $"{line}: {access}";
        }
        foreach ((string text, int line) in Sources.CommentsIn(root))
        {
            foreach (Match word in UndoneWord().Matches(text)) yield return $"{line}: {word.Value}";
        }
    }

    private static bool IsOf(string project, Match named) =>
        named.Groups["end"].Value == ";" && (named.Groups["name"].Value + ".").StartsWith($"Tracking.{project}.", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex UndoneWord();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)\s*(?<end>;?)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}

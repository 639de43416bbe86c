using System.Runtime.CompilerServices;

namespace Tracking.Architecture.Tests;

/// <summary>The files of the repository that these tests look at.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    /// <summary>The names of the source projects.</summary>
    public static readonly string[] Projects = [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    /// <summary>The C# sources of a project, without what a build made.</summary>
    public static IEnumerable<string> SourcesOf(string project)
    {
        string folder = Path.Combine(Root, "src", project);
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"))
            .Order(StringComparer.Ordinal);
    }

    public static string Shown(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string FindRoot([CallerFilePath] string? here = null)
    {
        // The place of the build comes first: with deterministic paths the compiler does not know the place of the source.
        foreach (string? start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here), Environment.CurrentDirectory })
        {
            for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Tracking.sln"))) return folder;
            }
        }
        throw new InvalidOperationException("Tracking.sln is in no folder above the tests.");
    }
}

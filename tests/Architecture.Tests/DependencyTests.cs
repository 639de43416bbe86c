using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Tracking.Architecture.Tests;

/// <summary>Who may know whom: the direction in which a fix travels, as DESIGN.md's table has it.</summary>
public class DependencyTests
{
    private static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["Contracts"] = [],
        ["Tracker"] = ["Contracts"],
        ["Store"] = ["Contracts"],
        ["Ingest"] = ["Contracts", "Store"],
        ["Silo"] = ["Contracts", "Tracker", "Store"],
        ["LiveMap"] = ["Contracts", "Tracker", "Store"],
        ["Simulator"] = ["Contracts"],
        ["Server"] = ["Contracts", "Tracker", "Store", "Ingest", "Silo", "LiveMap", "Simulator"],
    };

    private static readonly Dictionary<string, string[]> MayUsePackages = new(StringComparer.Ordinal)
    {
        ["Contracts"] = [],
        ["Tracker"] = ["NetTopologySuite", "Microsoft.CodeAnalysis.BannedApiAnalyzers"],
    };

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Fact]
    public void Every_project_has_its_place_in_the_table() => Assert.Equal(MayReference.Keys.Order(StringComparer.Ordinal), Repository.Projects);

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_file_references_only_what_its_place_allows(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Repository.Root, "src", project, $"{project}.csproj"));
        Assert.Empty(Forbidden(project, References(file, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')))));
        if (MayUsePackages.TryGetValue(project, out string[]? packages))
            Assert.Empty(References(file, "PackageReference").Except(packages, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_source_file_names_only_namespaces_that_its_place_allows(string project)
    {
        var found = new List<string>();
        foreach (string source in Repository.SourcesOf(project))
        {
            IEnumerable<string> named = Sources.ProjectsNamedIn(Sources.Parse(File.ReadAllText(source))).Where(MayReference.ContainsKey);
            found.AddRange(Forbidden(project, named.Where(n => n != project)).Select(n => $"{Repository.Shown(source)}: Tracking.{n}"));
        }
        Assert.Empty(found);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_built_assembly_references_only_what_its_place_allows(string project)
    {
        string folder = Path.Combine(Repository.Root, "src", project, "bin");
        string name = project == "Server" ? "tracking.dll" : $"Tracking.{project}.dll";
        string[] built = Directory.Exists(folder) ? Directory.GetFiles(folder, name, SearchOption.AllDirectories) : [];
        foreach (string assembly in built.Where(f => !f.Contains($"{Path.DirectorySeparatorChar}ref{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
            Assert.Empty(Forbidden(project, AssembliesNamedIn(assembly)));
    }

    [Fact]
    public void A_reference_against_the_direction_is_found()
    {
        XDocument bad = XDocument.Parse("""<Project><ItemGroup><ProjectReference Include="..\Silo\Silo.csproj" /></ItemGroup></Project>""");
        string reference = Assert.Single(References(bad, "ProjectReference"));
        Assert.Equal(["Silo"], Forbidden("Tracker", [Path.GetFileNameWithoutExtension(reference.Replace('\\', '/'))]));
        Assert.Equal(["Store"], Sources.ProjectsNamedIn(Sources.Parse("using Tracking.Store;\nclass C;")));
        Assert.Equal(["LiveMap"], Sources.ProjectsNamedIn(Sources.Parse("class C { object M() => new Tracking.LiveMap.Board(); }")));
    }

    private static IEnumerable<string> Forbidden(string project, IEnumerable<string> referenced) =>
        referenced.Except(MayReference[project], StringComparer.Ordinal);

    private static IEnumerable<string> References(XDocument file, string kind) =>
        file.Descendants().Where(e => e.Name.LocalName == kind).Select(e => e.Attribute("Include")?.Value ?? "");

    private static IEnumerable<string> AssembliesNamedIn(string path)
    {
        using var stream = File.OpenRead(path);
        using var image = new PEReader(stream);
        MetadataReader metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(name => name.StartsWith("Tracking.", StringComparison.Ordinal))
            .Select(name => name["Tracking.".Length..])];
    }
}

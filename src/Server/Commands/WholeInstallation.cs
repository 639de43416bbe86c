using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tracking.Store.Archives;

namespace Tracking.Server.Commands;

/// <summary><c>--all</c> of <c>tracking export</c> and <c>tracking import</c>: everything that an installation keeps, in one file.</summary>
internal static class WholeInstallation
{
    /// <summary><c>--all</c>.</summary>
    public static Option<string?> AllOption(string description) => new("--all") { Description = description, HelpName = "FILE" };

    /// <summary>Where an installation is, as options, environment and the folder's settings tell.</summary>
    public static InstallationPlace PlaceOf(string folder, string? store)
    {
        List<KeyValuePair<string, string?>> given = [new("Tracking:Data", folder)];
        if (!string.IsNullOrEmpty(store)) given.Add(new("Tracking:Store", store));
        return new InstallationPlace(Path.GetFullPath(folder), StoreSettings.Read(ServerConfiguration.Build(given)));
    }

    /// <summary>Takes an installation into a file.</summary>
    public static Task<int> ExportAsync(InstallationPlace place, string file) =>
        RunAsync($"Export to {Path.GetFileName(file)}", "exported", (progress, cancel) => InstallationArchive.ExportAsync(place, file, progress, TimeProvider.System, cancel));

    /// <summary>Brings a file into an empty place.</summary>
    public static Task<int> ImportAsync(InstallationPlace place, string file)
    {
        if (!File.Exists(file)) throw new Complaint($"'{file}' is not a file.");
        TrackingServer.PrepareFolder(place.DataFolder);
        return RunAsync($"Import of {Path.GetFileName(file)}", "imported and compared", (progress, cancel) => InstallationArchive.ImportAsync(place, file, progress, TimeProvider.System, cancel));
    }

    private static async Task<int> RunAsync(string label, string done, Func<Action<double>?, CancellationToken, Task<ArchiveReport>> work)
    {
        using Interruption interruption = Terminal.OnInterrupt();
        long began = Stopwatch.GetTimestamp();
        ArchiveReport? report = null;
        try
        {
            await Terminal.WithProgressAsync(label, async progress => report = await work(progress, interruption.Token));
        }
        catch (ArchiveException unusable)
        {
            throw new Complaint(unusable.Message);
        }
        string rows = string.Join(", ", report!.Rows.Where(static r => r.Key != "counters" && r.Value > 0).Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Value} {r.Key}")));
        string tail = report.JournalRecords > 0 ? string.Create(CultureInfo.InvariantCulture, $", {report.JournalRecords} records of the journal") : "";
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{done}: {(rows.Length > 0 ? rows : "nothing")}{tail}, in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s"));
        return 0;
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tracking.Store.Archives;
using Tracking.Store.Backups;

namespace Tracking.Server.Commands;

/// <summary><c>tracking backup</c> and <c>tracking restore</c>: a data folder's copy, made while the server works.</summary>
internal static class BackupCommand
{
    /// <summary><c>tracking backup</c>.</summary>
    public static Command BuildBackup()
    {
        var to = new Argument<string>("DIR") { Description = "Where to; empty or not there" };
        var run = new Argument<string[]>("COMMAND") { Description = "Runs while the journal is kept, after --: a dump of the database", Arity = ArgumentArity.ZeroOrMore };
        Option<string> data = DataFolder.DataOption();
        var command = new Command("backup", "Copies a data folder while the server works on it") { to, run, data };
        command.SetAction(async (parsed, _) =>
        {
            using Interruption interruption = Terminal.OnInterrupt();
            string[] dump = parsed.GetValue(run) ?? [];
            Func<CancellationToken, Task>? meanwhile = dump.Length == 0 ? null : cancel => RunAsync(dump, cancel);
            BackupManifest made = await GuardedAsync($"Backup to {parsed.GetValue(to)}",
                progress => FolderBackup.RunAsync(Path.GetFullPath(parsed.GetValue(data)!), Path.GetFullPath(parsed.GetValue(to)!), meanwhile, progress, TimeProvider.System, interruption.Token));
            await Console.Out.WriteLineAsync(Line("backed up", made));
            return 0;
        });
        return command;
    }

    /// <summary><c>tracking restore</c>.</summary>
    public static Command BuildRestore()
    {
        var from = new Argument<string>("DIR") { Description = "A backup" };
        Option<string> data = DataFolder.DataOption();
        var command = new Command("restore", "Brings a backup into an empty data folder") { from, data };
        command.SetAction(async (parsed, _) =>
        {
            using Interruption interruption = Terminal.OnInterrupt();
            string folder = Path.GetFullPath(parsed.GetValue(data)!);
            TrackingServer.PrepareFolder(folder);
            BackupManifest made = await GuardedAsync($"Restore of {parsed.GetValue(from)}",
                progress => Task.Run(() => FolderBackup.Restore(Path.GetFullPath(parsed.GetValue(from)!), folder, progress, interruption.Token)));
            await Console.Out.WriteLineAsync(Line("restored", made));
            return 0;
        });
        return command;
    }

    private static string Line(string done, BackupManifest manifest) => string.Create(CultureInfo.InvariantCulture,
        $"{done}: {manifest.Files.Count} files, {manifest.Files.Sum(static f => f.Bytes) / 1048576.0:F1} MiB, as of {manifest.At:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}, journal record {manifest.JournalRecord}");

    private static async Task<BackupManifest> GuardedAsync(string label, Func<Action<double>?, Task<BackupManifest>> work)
    {
        BackupManifest? made = null;
        try
        {
            await Terminal.WithProgressAsync(label, async progress => made = await work(progress));
            return made!;
        }
        catch (ArchiveException unusable)
        {
            throw new Complaint(unusable.Message);
        }
    }

    private static async Task RunAsync(string[] command, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false };
        foreach (string argument in command.Skip(1)) start.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(start)!;
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode != 0) throw new Complaint($"{command[0]} ended with exit code {process.ExitCode}: there is no backup.");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new Complaint($"{command[0]} cannot be run: {missing.Message}");
        }
    }
}

using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tracking.Store.Archives;
using Tracking.Store.Sqlite;

namespace Tracking.Store.Backups;

/// <summary>What a backup holds; its last file, <c>backup.json</c>.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="Version">The form of the backup.</param>
/// <param name="At">Its moment: everything that was acknowledged until then is in it.</param>
/// <param name="JournalRecord">The last journal record in it.</param>
/// <param name="Files">Every other file.</param>
public sealed record BackupManifest(string Format, int Version, DateTimeOffset At, long JournalRecord, IReadOnlyList<BackupFile> Files)
{
    internal const string FileName = "backup.json", FormatName = "tracking-backup";

    internal const int NewestVersion = 1;
}

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its digest; hexadecimal.</param>
public sealed record BackupFile(string Name, long Bytes, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;

/// <summary>
/// Copies a data folder while a server works on it, so that the copies fit together: the journal is kept from being cut, the tracks are
/// copied, cursors of subscribers before the alerts that they point into, then the journal, and the registry, which knows the
/// devices of every record, at the end.
/// </summary>
public static class FolderBackup
{
    private const string JournalName = NodeFolder.JournalFileName;

    // In this order; what depends on the database is not there.
    private static readonly string[] Meanwhile = [ArchiveTable.TrackFile, ArchiveTable.SubscriptionFile, ArchiveTable.AlertFile, ArchiveTable.QuarantineFile];
    private static readonly string[] AtTheEnd = [NodeFolder.ReplayPart, "appsettings.json"];

    /// <summary>Makes a backup.</summary>
    /// <param name="dataFolder">The folder, whether a server works on it or not.</param>
    /// <param name="to">A folder that is empty or not there.</param>
    /// <param name="meanwhile">Runs while the journal is kept, such as the dump of a database; null: nothing.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="clock">Tells when.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ArchiveException">A folder cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">A file cannot be read or written.</exception>
    public static async Task<BackupManifest> RunAsync(
        string dataFolder, string to, Func<CancellationToken, Task>? meanwhile, Action<double>? progress, TimeProvider clock, CancellationToken cancel)
    {
        if (!File.Exists(Path.Combine(dataFolder, JournalName))) throw new ArchiveException($"{dataFolder} holds no installation: there is no {JournalName}.");
        try
        {
            Prepare(to);
            return await CopyAsync(dataFolder, to, meanwhile, progress, clock, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArchiveException($"{to} cannot be written: {e.Message}", e);
        }
    }

    private static void Prepare(string to)
    {
        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any()) throw new ArchiveException($"{to} is not empty.");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(to);
        else Directory.CreateDirectory(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static async Task<BackupManifest> CopyAsync(
        string dataFolder, string to, Func<CancellationToken, Task>? meanwhile, Action<double>? progress, TimeProvider clock, CancellationToken cancel)
    {
        await using var pin = new JournalPin(Path.Combine(dataFolder, JournalName), clock);
        string[] files = [.. Meanwhile.Where(name => File.Exists(Path.Combine(dataFolder, name)))];
        for (int i = 0; i < files.Length; i++)
        {
            int before = i;
            await Task.Run(() => CopyFile(dataFolder, to, files[before], share => progress?.Invoke((before + share) / (files.Length + 1)), cancel), cancel);
        }
        if (meanwhile is not null) await meanwhile(cancel);
        DateTimeOffset at = clock.GetUtcNow();
        await Task.Run(() => CopyFile(dataFolder, to, JournalName, null, cancel), cancel);
        long last = pin.Check(Path.Combine(to, JournalName));
        Unpin(Path.Combine(to, JournalName));
        if (File.Exists(Path.Combine(dataFolder, ArchiveTable.RegistryFile))) CopyFile(dataFolder, to, ArchiveTable.RegistryFile, null, cancel);
        foreach (string name in AtTheEnd)
        {
            if (File.Exists(Path.Combine(dataFolder, name))) File.Copy(Path.Combine(dataFolder, name), Path.Combine(to, name));
        }
        return Seal(to, at, last);
    }

    // The copy holds the pin too.
    private static void Unpin(string copy)
    {
        using SqliteFile file = SqliteFile.Open(copy, JournalFile.PageBytes, giveSpaceBack: true);
        file.Execute("DELETE FROM pin");
        file.EmptyLog();
    }

    private static void CopyFile(string from, string to, string name, Action<double>? progress, CancellationToken cancel)
    {
        using SqliteFile file = SqliteFile.OpenForReading(Path.Combine(from, name));
        file.CopyTo(Path.Combine(to, name), progress, cancel);
    }

    private static BackupManifest Seal(string to, DateTimeOffset at, long last)
    {
        BackupFile[] files = [.. Directory.EnumerateFiles(to).Order(StringComparer.Ordinal).Select(static path => Describe(path))];
        var manifest = new BackupManifest(BackupManifest.FormatName, BackupManifest.NewestVersion, at, last, files);
        string part = Path.Combine(to, BackupManifest.FileName + ".part");
        using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, manifest, BackupJson.Default.BackupManifest);
            stream.Flush(flushToDisk: true);
        }
        File.Move(part, Path.Combine(to, BackupManifest.FileName));
        return manifest;
    }

    private static BackupFile Describe(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return new BackupFile(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>Brings a backup into a folder that is empty but for settings; a folder that is not whole carries a mark with which no server starts.</summary>
    /// <param name="from">The backup.</param>
    /// <param name="dataFolder">Where to.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ArchiveException">The backup is not whole or was changed.</exception>
    /// <exception cref="StoreUnavailableException">The folder cannot be used, or is not empty.</exception>
    public static BackupManifest Restore(string from, string dataFolder, Action<double>? progress, CancellationToken cancel)
    {
        BackupManifest manifest = Read(from);
        using DataFolder folder = DataFolder.HoldForImport(dataFolder);
        folder.Begin();
        try
        {
            long bytes = 0, all = Math.Max(1, manifest.Files.Sum(static f => f.Bytes));
            foreach (BackupFile file in manifest.Files)
            {
                cancel.ThrowIfCancellationRequested();
                string target = Path.Combine(folder.Path, file.Name);
                // Settings that are there are this place's own; a dump is its database's.
                if (file.Name == "appsettings.json" && File.Exists(target) || Path.GetExtension(file.Name) == ".dump") continue;
                File.Copy(Path.Combine(from, file.Name), target);
                if (Describe(target) != file) throw new ArchiveException($"{file.Name} in {from} is not what was written at {manifest.At:u}.");
                if (file.Name.EndsWith(".db", StringComparison.Ordinal) && StoreFileCheck.Run(target) is { } broken) throw new ArchiveException($"{file.Name} in {from} is damaged: {broken}");
                progress?.Invoke((double)(bytes += file.Bytes) / all);
            }
        }
        catch (Exception e)
        {
            folder.Abandon();
            if (e is IOException or UnauthorizedAccessException) throw new ArchiveException($"The backup cannot be copied: {e.Message}", e);
            throw;
        }
        folder.Finish();
        return manifest;
    }

    private static BackupManifest Read(string from)
    {
        string path = Path.Combine(from, BackupManifest.FileName);
        try
        {
            using FileStream stream = File.OpenRead(path);
            BackupManifest? manifest = JsonSerializer.Deserialize(stream, BackupJson.Default.BackupManifest);
            if (manifest is not { Format: BackupManifest.FormatName, Files: not null }) throw new ArchiveException($"{path} is no backup.");
            if (manifest.Version != BackupManifest.NewestVersion) throw new ArchiveException($"{path} has version {manifest.Version}, which this program does not know.");
            if (manifest.Files.FirstOrDefault(static f => Path.GetFileName(f.Name) != f.Name) is { } strange) throw new ArchiveException($"{path} names a file outside: {strange.Name}");
            return manifest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ArchiveException($"{from} holds no whole backup: {e.Message}", e);
        }
    }
}

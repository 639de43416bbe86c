namespace Tracking.Store;

/// <summary>
/// The folder with the store's files, held by one server at a time. The lock is the operating system's, so it ends with the
/// process however that ends. The command line opens the registry only and needs no lock.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const string UnfinishedMark = "import.unfinished";

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Creates the folder when there is none, and takes hold of it.</summary>
    /// <exception cref="StoreUnavailableException">Another server holds it, or it cannot be written.</exception>
    public static DataFolder Hold(string path)
    {
        DataFolder folder = Take(path);
        if (!folder.IsUnfinished) return folder;
        folder.Dispose();
        throw Unfinished(folder.Path);
    }

    /// <summary>Takes hold of a folder that is empty, or in which an import has not finished; settings may be there.</summary>
    /// <exception cref="StoreUnavailableException">Another server holds it, it cannot be written, or it holds something.</exception>
    internal static DataFolder HoldForImport(string path)
    {
        DataFolder folder = Take(path);
        if (folder.IsUnfinished || !folder.StoreFiles().Any()) return folder;
        folder.Dispose();
        throw new StoreUnavailableException($"The data folder {folder.Path} is not empty: it has {System.IO.Path.GetFileName(folder.StoreFiles().First())}. Give another one with --data.");
    }

    /// <summary>Whether something was begun here that must be whole before anybody uses it.</summary>
    internal bool IsUnfinished => File.Exists(FileOf(UnfinishedMark));

    private IEnumerable<string> StoreFiles() => Directory.EnumerateFiles(Path, "*.db*").Concat(Directory.EnumerateFiles(Path, "replay.bin")).Order(StringComparer.Ordinal);

    /// <summary>Marks the folder, and deletes what an earlier attempt left.</summary>
    internal void Begin()
    {
        using (var mark = new FileStream(FileOf(UnfinishedMark), FileMode.Create, FileAccess.Write)) mark.Flush(flushToDisk: true);
        DeleteFiles();
    }

    /// <summary>Leaves the folder as empty as it was.</summary>
    internal void Abandon()
    {
        DeleteFiles();
        Finish();
    }

    private void DeleteFiles()
    {
        foreach (string file in StoreFiles().ToArray()) File.Delete(file);
    }

    /// <summary>Takes the mark away.</summary>
    internal void Finish() => File.Delete(FileOf(UnfinishedMark));

    private static StoreUnavailableException Unfinished(string path) =>
        new($"An import or a restore into the data folder {path} has not finished. Repeat it, or delete the folder.");

    private static DataFolder Take(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(full);
            else Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new DataFolder(full, new FileStream(FileOf(full, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnavailableException($"The data folder {full} may not be written: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(
                $"The data folder {full} is in use by another server, or cannot be created. Stop that server, or give this one another folder with --data. ({e.Message})", e);
        }
    }

    /// <summary>The path of the registry in a data folder; the command line opens this file alone.</summary>
    /// <exception cref="StoreUnavailableException">An import into the folder has not finished.</exception>
    public static string RegistryPath(string folder) =>
        File.Exists(FileOf(folder, UnfinishedMark)) ? throw Unfinished(folder) : FileOf(folder, "tracking.db");

    internal string FileOf(string name) => FileOf(Path, name);

    private static string FileOf(string folder, string name) => System.IO.Path.Combine(folder, name);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}

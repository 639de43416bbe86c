namespace Tracking.Store;

/// <summary>
/// The folder with the store's files, held by one server at a time. The lock is the operating system's, so it ends with the
/// process however that ends. The command line opens the registry only and needs no lock.
/// </summary>
public sealed class DataFolder : IDisposable
{
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
    public static string RegistryPath(string folder) => FileOf(folder, "tracking.db");

    internal string FileOf(string name) => FileOf(Path, name);

    private static string FileOf(string folder, string name) => System.IO.Path.Combine(folder, name);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}

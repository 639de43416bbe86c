using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>Looks whether a file of the embedded store is whole; may be asked while a server runs on it.</summary>
public static class StoreFileCheck
{
    /// <summary>Has SQLite look through the file's structure.</summary>
    /// <returns>Null: it is whole; otherwise what is wrong with it.</returns>
    public static string? Run(string path)
    {
        try
        {
            using SqliteFile file = SqliteFile.OpenForReading(path);
            using SqliteStatement statement = file.Prepare("PRAGMA quick_check(1)");
            string found = statement.Step() ? statement.Text(0) : "no answer";
            return found == "ok" ? null : found;
        }
        catch (StoreUnavailableException broken)
        {
            return broken.Message;
        }
    }
}

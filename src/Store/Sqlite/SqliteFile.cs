using System.Globalization;
using SQLitePCL;

namespace Tracking.Store.Sqlite;

/// <summary>
/// One connection to an SQLite file, used by one thread at a time. Goes to SQLite's C interface directly, because blobs
/// pass as spans there and a group commit makes no garbage.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly sqlite3 _db;
    private readonly SqliteStatement _begin, _commit, _rollback;

    static SqliteFile() => Batteries_V2.Init();

    private SqliteFile(string path, sqlite3 db)
    {
        Path = path;
        _db = db;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
    }

    public string Path { get; }

    /// <summary>How many rows the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_db);

    /// <summary>Opens a file for writing, or creates it, in WAL mode with a commit that survives a power failure.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened, or is no such file.</exception>
    public static SqliteFile Open(string path, int pageSizeBytes = 4096, int cacheKiB = 8192, bool giveSpaceBack = false)
    {
        KeepFromOthers(path);
        SqliteFile file = OpenWith(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX);
        try
        {
            file.Execute($"PRAGMA page_size={pageSizeBytes}");
            if (giveSpaceBack) file.Execute("PRAGMA auto_vacuum=INCREMENTAL");
            file.SwitchToWal();
            file.Execute("PRAGMA synchronous=FULL");
            file.Execute($"PRAGMA cache_size=-{cacheKiB}");
            file.Execute("PRAGMA temp_store=MEMORY");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Tracks and keys are nobody else's business; SQLite gives the files beside it the same rights.
    private static void KeepFromOthers(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path)) return;
        try
        {
            using (new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite)) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process was first, or the folder cannot be written: opening says so.
        }
    }

    /// <summary>Opens an existing file for reading only; never waits for the writer.</summary>
    public static SqliteFile OpenForReading(string path, int cacheKiB = 2048)
    {
        SqliteFile file = OpenWith(path, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX);
        file.Execute($"PRAGMA cache_size=-{cacheKiB}");
        return file;
    }

    private static SqliteFile OpenWith(string path, int flags)
    {
        int code = raw.sqlite3_open_v2(path, out sqlite3 db, flags, null);
        if (code != raw.SQLITE_OK)
        {
            string reason = raw.sqlite3_errstr(code).utf8_to_string();
            db?.Dispose();
            throw new StoreUnavailableException($"Cannot open {path}: {reason}. Check that the folder exists and may be written.");
        }
        raw.sqlite3_extended_result_codes(db, 1);
        raw.sqlite3_busy_timeout(db, 10_000);
        return new SqliteFile(path, db);
    }

    // Two processes that open a new file at once both want the exclusive lock of the switch, and SQLite answers one of them
    // "busy" without waiting.
    private void SwitchToWal()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Execute("PRAGMA journal_mode=WAL");
                return;
            }
            catch (StoreUnavailableException) when (attempt < 100)
            {
                using var pause = new ManualResetEventSlim();
                pause.Wait(20);
            }
        }
    }

    /// <summary>Brings the schema to the newest version; each text is one version. Safe when two processes do it at once.</summary>
    public void Migrate(params ReadOnlySpan<string> versions)
    {
        if (ReadLong("PRAGMA user_version") == versions.Length) return;
        Begin();
        try
        {
            long version = ReadLong("PRAGMA user_version");
            if (version > versions.Length)
                throw new StoreUnavailableException($"{Path} was written by a newer version of the program (schema {version}, this one knows {versions.Length}).");
            for (; version < versions.Length; version++) Execute(versions[(int)version]);
            Execute($"PRAGMA user_version={versions.Length}");
            Commit();
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    public SqliteStatement Prepare(string sql)
    {
        int code = raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement);
        return code == raw.SQLITE_OK ? new SqliteStatement(this, statement) : throw Failure(code);
    }

    /// <summary>Runs one or more statements without parameters.</summary>
    public void Execute(string sql)
    {
        int code = raw.sqlite3_exec(_db, sql);
        if (code != raw.SQLITE_OK) throw Failure(code);
    }

    /// <summary>Runs a query and returns the first column of its first row; 0: none.</summary>
    public long ReadLong(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>Copies the file as it is at one instant into a new one, while others write; a part at a time, so that it can be told how far it is.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be read, or the copy not be written.</exception>
    public void CopyTo(string path, Action<double>? progress, CancellationToken cancel)
    {
        const int pagesAtOnce = 2048;
        KeepFromOthers(path);
        using SqliteFile target = OpenWith(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX);
        // A view that is held from the first page to the last: otherwise each write of somebody else would begin the copy anew.
        Execute("BEGIN");
        try
        {
            ReadLong("SELECT count(*) FROM sqlite_master");
            using sqlite3_backup copy = raw.sqlite3_backup_init(target._db, "main", _db, "main");
            int code;
            do
            {
                cancel.ThrowIfCancellationRequested();
                code = raw.sqlite3_backup_step(copy, pagesAtOnce);
                progress?.Invoke(1 - ((double)raw.sqlite3_backup_remaining(copy) / Math.Max(1, raw.sqlite3_backup_pagecount(copy))));
            }
            while (code == raw.SQLITE_OK);
            if (code != raw.SQLITE_DONE) throw target.Failure(code);
        }
        finally
        {
            Rollback();
        }
    }

    /// <summary>
    /// Writes a file anew without what was deleted from it, and empties its write-ahead log: nothing of that is left in either. Takes
    /// as much room again meanwhile.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Somebody reads or writes it now.</exception>
    public static void Scrub(string path)
    {
        using SqliteFile file = OpenWith(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX);
        file.Execute("VACUUM");
        using SqliteStatement empty = file.Prepare("PRAGMA wal_checkpoint(TRUNCATE)");
        if (empty.Step() && empty.Int32(0) != 0) throw new StoreUnavailableException($"{path} is being read; it is cleaned later.");
    }

    /// <summary>Begins a transaction that writes, waiting for another process to end its own.</summary>
    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    /// <summary>Takes a transaction back, if one is still open: SQLite itself ends it after some errors.</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(_db) == 0) _rollback.Run();
    }

    /// <summary>From now on a commit leaves the write-ahead log alone; <see cref="EmptyLog"/> does that when nobody waits for it.</summary>
    public void EmptyLogMyself() => Execute("PRAGMA wal_autocheckpoint=0");

    /// <summary>Moves the pages of the write-ahead log into the file, as far as no reader needs them.</summary>
    public void EmptyLog() => Execute("PRAGMA wal_checkpoint(PASSIVE)");

    /// <summary>Gives a part of the free pages back to the file system, when there are very many.</summary>
    public void Shrink(long keepBytes, long atMostBytes)
    {
        long pageBytes = ReadLong("PRAGMA page_size"), freeBytes = ReadLong("PRAGMA freelist_count") * pageBytes;
        if (freeBytes > keepBytes) Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA incremental_vacuum({Math.Min(freeBytes - keepBytes, atMostBytes) / pageBytes})"));
    }

    /// <summary>The exception for a result code, with SQLite's own words.</summary>
    public StoreUnavailableException Failure(int code)
    {
        string text = raw.sqlite3_errmsg(_db).utf8_to_string();
        string advice = (code & 0xff) switch
        {
            raw.SQLITE_FULL => " The disk is full.",
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => " The file is damaged: move it away, or restore it from a backup.",
            raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => " Check the rights of the file and its folder.",
            _ => "",
        };
        return new StoreUnavailableException($"{Path}: {text} (SQLite error {code}).{advice}");
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        _rollback.Dispose();
        raw.sqlite3_close_v2(_db);
        _db.Dispose();
    }
}

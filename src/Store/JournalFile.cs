using System.Buffers;
using System.Globalization;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>What a journal is kept in: rows of one group each, written by one thread. A simulation has a disk of its own.</summary>
internal interface IJournalFile : IDisposable
{
    /// <summary>Bytes in use.</summary>
    long UsedBytes { get; }

    /// <summary>Begins a transaction; it and all within it throw <see cref="StoreUnavailableException"/> while the disk fails.</summary>
    void Begin();

    /// <summary>Makes the transaction durable.</summary>
    void Commit();

    /// <summary>Undoes the transaction, if there is one.</summary>
    void Rollback();

    /// <summary>Adds a group.</summary>
    void Insert(long firstSequence, int count, ReadOnlySpan<byte> bytes);

    /// <summary>Remembers a sequence number, so that none up to it is given again.</summary>
    void KeepHighest(long sequence);

    /// <summary>Deletes some of the blocks that end at or before a sequence number; true: there may be more.</summary>
    bool DeleteSome(long sequence);

    /// <summary>Whether somebody needs what would be cut.</summary>
    bool IsPinned(Contracts.Instant now);

    /// <summary>Gives a part of the free room back, when there is very much.</summary>
    void Shrink();

    /// <summary>
    /// Finds the last sequence number that was given. A damaged block at the end is moved aside first; one that lies further
    /// back is found when it is read.
    /// </summary>
    /// <param name="report">Told about every damaged block.</param>
    long RecoverTail(Action<string> report);

    /// <summary>Opens a reader, for one thread at a time.</summary>
    IJournalReader OpenReader();
}

/// <summary>Reads older blocks for consumers that are behind.</summary>
internal interface IJournalReader : IDisposable
{
    /// <summary>
    /// The next records behind a sequence number; small blocks that follow each other come as one. Null: there are none.
    /// </summary>
    /// <param name="after">The sequence number.</param>
    /// <param name="report">Told about a damaged block, which is left out.</param>
    JournalBlock? Read(long after, Action<string> report);
}

/// <summary>The journal in SQLite, each row with a checksum.</summary>
internal sealed class JournalFile : IJournalFile
{
    public const int PageBytes = 8192;
    private const int RowsDeletedAtOnce = 256;
    private const long FreeBytesKept = 256 << 20, ShrinkBytes = 8 << 20;

    public static readonly string[] Schema =
    [
        """
        CREATE TABLE block(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, checksum INTEGER NOT NULL, bytes BLOB NOT NULL);
        CREATE TABLE highest(sequence INTEGER NOT NULL);
        INSERT INTO highest VALUES(0);
        """,
        // Who is making a backup and needs what would be cut, until when.
        "CREATE TABLE pin(holder TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
    ];

    private readonly string _path;
    private readonly SqliteFile _file;
    private readonly SqliteStatement _insert, _delete, _setHighest, _pages, _freePages, _pinned;

    private JournalFile(string path, SqliteFile file)
    {
        _path = path;
        _file = file;
        _insert = file.Prepare("INSERT INTO block(first, count, checksum, bytes) VALUES(?, ?, ?, ?)");
        _delete = file.Prepare(
            $"DELETE FROM block WHERE first IN (SELECT first FROM block WHERE first <= ?1 AND first + count - 1 <= ?1 ORDER BY first LIMIT {RowsDeletedAtOnce})");
        _setHighest = file.Prepare("UPDATE highest SET sequence = max(sequence, ?)");
        _pages = file.Prepare("PRAGMA page_count");
        _freePages = file.Prepare("PRAGMA freelist_count");
        _pinned = file.Prepare("SELECT 1 FROM pin WHERE until > ?");
    }

    public static JournalFile Open(string path)
    {
        SqliteFile file = SqliteFile.Open(path, PageBytes, giveSpaceBack: true);
        try
        {
            file.Migrate(Schema);
            return new JournalFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the pages in use. Free pages are used again before the file grows.</summary>
    public long UsedBytes => (ReadOne(_pages) - ReadOne(_freePages)) * PageBytes;

    public void Begin() => _file.Begin();

    public void Commit() => _file.Commit();

    public void Rollback() => _file.Rollback();

    public void Insert(long firstSequence, int count, ReadOnlySpan<byte> bytes) =>
        _insert.Bind(1, firstSequence).Bind(2, count).Bind(3, JournalCodec.Checksum(firstSequence, count, bytes)).BindBlob(4, bytes).Run();

    public void KeepHighest(long sequence) => _setHighest.Bind(1, sequence).Run();

    public bool DeleteSome(long sequence)
    {
        _delete.Bind(1, sequence).Run();
        return _file.Changes == RowsDeletedAtOnce;
    }

    public bool IsPinned(Contracts.Instant now)
    {
        _pinned.Bind(1, now.EpochMs);
        bool isPinned = _pinned.Step();
        _pinned.Reset();
        return isPinned;
    }

    public void Shrink() => _file.Shrink(FreeBytesKept, ShrinkBytes);

    private static long ReadOne(SqliteStatement statement)
    {
        statement.Step();
        long value = statement.Int64(0);
        statement.Reset();
        return value;
    }

    public long RecoverTail(Action<string> report)
    {
        using SqliteStatement tail = _file.Prepare("SELECT first, count, checksum, bytes FROM block ORDER BY first DESC LIMIT 1");
        long last = _file.ReadLong("SELECT sequence FROM highest");
        while (tail.Step())
        {
            long first = tail.Int64(0);
            int count = tail.Int32(1);
            last = Math.Max(last, first + count - 1);
            ReadOnlySpan<byte> bytes = tail.Blob(3);
            bool sound = count > 0 && tail.Int64(2) == JournalCodec.Checksum(first, count, bytes);
            if (!sound) report(SetAside(_path, first, count, bytes));
            tail.Reset();
            if (sound) break;
            _file.Begin();
            KeepHighest(last);
            using (SqliteStatement cut = _file.Prepare("DELETE FROM block WHERE first = ?")) cut.Bind(1, first).Run();
            _file.Commit();
        }
        return last;
    }

    public IJournalReader OpenReader() => new JournalReader(_path);

    internal static string SetAside(string path, long first, int count, ReadOnlySpan<byte> bytes)
    {
        string aside = string.Create(CultureInfo.InvariantCulture, $"{path}.damaged-{first}-{count}");
        File.WriteAllBytes(aside, bytes);
        return $"{path}: the records {first} to {first + count - 1} are damaged; they were cut off and their {bytes.Length} bytes kept in {aside}.";
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in (SqliteStatement[])[_insert, _delete, _setHighest, _pages, _freePages, _pinned]) statement.Dispose();
        _file.Dispose();
    }
}

/// <summary>Reads older blocks on a connection of its own.</summary>
internal sealed class JournalReader : IJournalReader
{
    private const int JoinedBytes = 256 << 10;

    private readonly string _path;
    private readonly SqliteFile _file;
    private readonly SqliteStatement _select;

    public JournalReader(string path)
    {
        _path = path;
        _file = SqliteFile.OpenForReading(path);
        // The block that holds the record may begin before it.
        _select = _file.Prepare(
            """
            SELECT first, count, checksum, bytes FROM block
            WHERE first >= coalesce((SELECT max(first) FROM block WHERE first <= ?1 + 1), ?1 + 1) AND first + count - 1 > ?1 ORDER BY first
            """);
    }

    public JournalBlock? Read(long after, Action<string> report)
    {
        byte[] joined = ArrayPool<byte>.Shared.Rent(JoinedBytes);
        int length = 0, count = 0;
        long start = 0;
        SqliteStatement row = _select.Bind(1, after);
        while (row.Step())
        {
            long first = row.Int64(0);
            int rowCount = row.Int32(1);
            ReadOnlySpan<byte> bytes = row.Blob(3);
            if (count > 0 && (first != start + count || length + bytes.Length > joined.Length)) break;
            if (rowCount <= 0 || row.Int64(2) != JournalCodec.Checksum(first, rowCount, bytes))
            {
                if (count > 0) break;
                report(JournalFile.SetAside(_path, first, rowCount, bytes));
                continue;
            }
            if (bytes.Length > joined.Length)
            {
                ArrayPool<byte>.Shared.Return(joined);
                joined = ArrayPool<byte>.Shared.Rent(bytes.Length);
            }
            if (count == 0) start = first;
            bytes.CopyTo(joined.AsSpan(length));
            length += bytes.Length;
            count += rowCount;
        }
        row.Reset();
        using JournalBlock whole = JournalBlock.Take(start, count, joined, length);
        return count == 0 ? null : whole.ShareAfter(after);
    }

    public void Dispose()
    {
        _select.Dispose();
        _file.Dispose();
    }
}

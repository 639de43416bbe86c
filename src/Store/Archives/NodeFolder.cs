using System.Buffers.Binary;
using Tracking.Store.Sqlite;

namespace Tracking.Store.Archives;

/// <summary>What a node keeps in its data folder whatever the store: its journal, its quarantine and what it knows of replayed datagrams.</summary>
internal sealed class NodeFolder : IDisposable
{
    public const string JournalPart = "journal.bin", ReplayPart = "replay.bin", JournalFileName = "journal.db";

    private const int HeadBytes = 16;

    private readonly DataFolder _folder;
    private readonly SqliteFile _quarantine;
    private readonly JournalFile _journal;

    private NodeFolder(DataFolder folder, SqliteFile quarantine, JournalFile journal)
    {
        (_folder, _quarantine, _journal) = (folder, quarantine, journal);
        Newest = journal.RecoverTail(static _ => { });
    }

    /// <summary>The last record that was given a number.</summary>
    public long Newest { get; }

    /// <summary>Opens the files of a folder that the caller holds, or creates them.</summary>
    /// <exception cref="StoreUnavailableException">A file cannot be used.</exception>
    public static NodeFolder Open(DataFolder folder)
    {
        SqliteFile quarantine = SqliteFile.Open(folder.FileOf(ArchiveTable.QuarantineFile));
        try
        {
            quarantine.Migrate(Store.Quarantine.Schema);
            return new NodeFolder(folder, quarantine, JournalFile.Open(folder.FileOf(JournalFileName)));
        }
        catch
        {
            quarantine.Dispose();
            throw;
        }
    }

    public long CountQuarantine() => SqliteRows.Count(_quarantine, ArchiveTable.Quarantine);

    public void ReadQuarantine(Action<object?[]> take) => SqliteRows.Read(_quarantine, ArchiveTable.Quarantine, take);

    public void WriteQuarantine(IEnumerable<object?[]> rows) => SqliteRows.Write(_quarantine, ArchiveTable.Quarantine, rows);

    /// <summary>
    /// Writes the groups of records that hold more than the tracks do: for each, the number of its first record (8 bytes), how many
    /// there are and their length in bytes (4 each, all little endian), and the bytes.
    /// </summary>
    /// <returns>How many records.</returns>
    /// <exception cref="ArchiveException">A group is damaged.</exception>
    public long WriteJournal(Stream to, long after)
    {
        using SqliteFile file = SqliteFile.OpenForReading(_folder.FileOf(JournalFileName));
        using SqliteStatement row = file.Prepare("SELECT first, count, checksum, bytes FROM block WHERE first + count - 1 > ? ORDER BY first");
        row.Bind(1, after);
        long records = 0;
        Span<byte> head = stackalloc byte[HeadBytes];
        while (row.Step())
        {
            long first = row.Int64(0);
            int count = row.Int32(1);
            ReadOnlySpan<byte> bytes = row.Blob(3);
            if (row.Int64(2) != JournalCodec.Checksum(first, count, bytes))
                throw new ArchiveException($"{file.Path}: the records from {first} are damaged. Start the server, which puts them aside, stop it, and try again.");
            BinaryPrimitives.WriteInt64LittleEndian(head, first);
            BinaryPrimitives.WriteInt32LittleEndian(head[8..], count);
            BinaryPrimitives.WriteInt32LittleEndian(head[12..], bytes.Length);
            to.Write(head);
            to.Write(bytes);
            records += count;
        }
        return records;
    }

    /// <summary>Reads what <see cref="WriteJournal"/> wrote into the journal of this folder.</summary>
    /// <param name="from">The part.</param>
    /// <param name="newest">The last record that was given a number there.</param>
    public long ReadJournal(Stream from, long newest)
    {
        long records = 0;
        _journal.Begin();
        try
        {
            Span<byte> head = stackalloc byte[HeadBytes];
            while (from.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) == HeadBytes)
            {
                int count = BinaryPrimitives.ReadInt32LittleEndian(head[8..]), length = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
                if (count <= 0 || length is < 0 or > JournalRecord.MaxGeofenceBytes * 2) throw new InvalidDataException("A group of journal records has no length.");
                byte[] bytes = new byte[length];
                from.ReadExactly(bytes);
                _journal.Insert(BinaryPrimitives.ReadInt64LittleEndian(head), count, bytes);
                records += count;
            }
            _journal.KeepHighest(newest);
            _journal.Commit();
            return records;
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("A group of journal records is cut off.", e);
        }
        finally
        {
            _journal.Rollback();
        }
    }

    public long WriteReplay(Stream to)
    {
        string path = _folder.FileOf(ReplayPart);
        if (!File.Exists(path)) return 0;
        using FileStream file = File.OpenRead(path);
        file.CopyTo(to);
        return file.Length;
    }

    public long ReadReplay(Stream from)
    {
        using var bytes = new MemoryStream();
        from.CopyTo(bytes);
        if (bytes.Length > 0) File.WriteAllBytes(_folder.FileOf(ReplayPart), bytes.ToArray());
        return bytes.Length;
    }

    public void Dispose()
    {
        _journal.Dispose();
        _quarantine.Dispose();
    }
}

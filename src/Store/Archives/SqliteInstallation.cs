using Microsoft.Extensions.Logging.Abstractions;
using System.Runtime.InteropServices;
using Tracking.Contracts;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Store.Archives;

/// <summary>An installation in the files of a data folder, which its caller holds.</summary>
internal sealed class SqliteInstallation : IInstallation
{
    private const int FixesOfTransaction = 200_000, ChunkFixes = 128;

    private static readonly (string Name, string File, string Sql)[] Numbers =
    [
        ("reps", ArchiveTable.RegistryFile, "rep"), ("devices", ArchiveTable.RegistryFile, "device"), ("tokens", ArchiveTable.RegistryFile, "token"),
        ("geofences", ArchiveTable.RegistryFile, "geofence"), ("audit", ArchiveTable.RegistryFile, "audit"), ("alerts", ArchiveTable.AlertFile, "alert"),
        ("letters", ArchiveTable.SubscriptionFile, "letter"),
    ];

    private readonly Dictionary<string, SqliteFile> _files = new(StringComparer.Ordinal);

    private SqliteInstallation() { }

    public string Kind => "SQLite";

    public string Node => ArchiveTable.EmbeddedNode;

    /// <summary>Opens the files, or creates them; what the track store keeps in its log comes into its tables.</summary>
    /// <exception cref="StoreUnavailableException">A file cannot be used.</exception>
    public static SqliteInstallation Open(DataFolder folder)
    {
        string tracks = folder.FileOf(ArchiveTable.TrackFile);
        SqliteTrackStore store = SqliteTrackStore.Open(tracks, new TrackStoreOptions(), new Metrics(), TimeProvider.System, NullLogger.Instance);
        try
        {
            store.Settle();
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        var installation = new SqliteInstallation();
        try
        {
            installation.Add(folder, ArchiveTable.RegistryFile, SqliteRegistryStatements.Schema);
            installation.Add(folder, ArchiveTable.AlertFile, SqliteAlertTable.Schema);
            installation.Add(folder, ArchiveTable.SubscriptionFile, SubscriptionStatements.Schema);
            installation.Add(folder, ArchiveTable.TrackFile, TrackStatements.Schema);
            return installation;
        }
        catch
        {
            installation.Dispose();
            throw;
        }
    }

    // The track store has given its file its page size already.
    private void Add(DataFolder folder, string name, params ReadOnlySpan<string> schema)
    {
        SqliteFile file = SqliteFile.Open(folder.FileOf(name));
        _files.Add(name, file);
        file.Migrate(schema);
    }

    public long CountOf(ArchiveTable table) => SqliteRows.Count(_files[table.SqliteFile], table);

    public void Read(ArchiveTable table, Action<object?[]> take) => SqliteRows.Read(_files[table.SqliteFile], table, take);

    public long CountFixes() => _files[ArchiveTable.TrackFile].ReadLong("SELECT sum(count) FROM chunk");

    public void ReadFixes(TakeFix take)
    {
        using SqliteStatement chunk = _files[ArchiveTable.TrackFile].Prepare("SELECT id, bytes, attributes FROM chunk ORDER BY id");
        var reader = new ChunkReader();
        var day = new List<StoredFix>();
        long open = -1;
        while (chunk.Step())
        {
            long place = chunk.Int64(0), next = ChunkKey.Of(ChunkKey.RepOf(place), ChunkKey.DayOf(place), 0);
            if (next != open) TakeDay(open, day, take);
            open = next;
            reader.Read(chunk.Blob(1), chunk.Blob(2), day);
        }
        TakeDay(open, day, take);
    }

    // The chunks of a day may overlap, because late fixes fill up the last one.
    private static void TakeDay(long key, List<StoredFix> day, TakeFix take)
    {
        StoredFix.Sort(day);
        foreach (ref readonly StoredFix fix in CollectionsMarshal.AsSpan(day)) take(ChunkKey.RepOf(key), in fix);
        day.Clear();
    }

    public List<object?[]> ReadCounters()
    {
        List<object?[]> counters = [.. Numbers.Select(n => new object?[] { n.Name, _files[n.File].ReadLong($"SELECT seq FROM sqlite_sequence WHERE name = '{n.Sql}'") })];
        counters.Add(["registry", _files[ArchiveTable.RegistryFile].ReadLong("SELECT number FROM change")]);
        return counters;
    }

    public void WriteCounters(IReadOnlyList<object?[]> counters)
    {
        foreach ((string name, string file, string table) in Numbers)
        {
            long value = counters.Where(c => (string)c[0]! == name).Select(static c => (long)c[1]!).FirstOrDefault();
            _files[file].Execute($"DELETE FROM sqlite_sequence WHERE name = '{table}'");
            using SqliteStatement set = _files[file].Prepare("INSERT INTO sqlite_sequence(name, seq) VALUES(?, ?)");
            set.Bind(1, table).Bind(2, value).Run();
        }
        using SqliteStatement number = _files[ArchiveTable.RegistryFile].Prepare("UPDATE change SET number = ?");
        number.Bind(1, counters.Where(static c => (string)c[0]! == "registry").Select(static c => (long)c[1]!).FirstOrDefault()).Run();
    }

    public void Audit(in AuditEntry entry)
    {
        using SqliteStatement insert = _files[ArchiveTable.RegistryFile].Prepare(SqliteRegistryStatements.InsertAuditSql);
        insert.Bind(1, entry.At.EpochMs).Bind(2, entry.Actor).Bind(3, entry.Action).Bind(4, entry.Target).Bind(5, entry.Detail).Run();
    }

    // Its caller has looked for files.
    public string? FindContent() => null;

    public object?[]? Adapt(ArchiveTable table, object?[] row, string node)
    {
        int column = table.NodeColumn;
        // What another node's trackers knew of geofences and definitions is put right at the start; its reps come to this one.
        if (column == 0 && (string)row[0]! != node) return null;
        if (column >= 0) row[column] = Node;
        return row;
    }

    public void Write(ArchiveTable table, IEnumerable<object?[]> rows) => SqliteRows.Write(_files[table.SqliteFile], table, rows);

    public void WriteFixes(FixFrameReader frames, Action<long> progress)
    {
        SqliteFile file = _files[ArchiveTable.TrackFile];
        using var statements = new TrackStatements(file);
        var writer = new ChunkFiller(statements, ChunkFixes);
        var fixes = new List<StoredFix>();
        long written = 0;
        file.Begin();
        try
        {
            while (frames.TryRead(out int rep, fixes))
            {
                foreach (ref readonly StoredFix fix in CollectionsMarshal.AsSpan(fixes)) writer.Add(rep, in fix);
                if (written / FixesOfTransaction != (written += fixes.Count) / FixesOfTransaction)
                {
                    file.Commit();
                    file.Begin();
                }
                progress(written);
            }
            writer.End();
            file.Commit();
        }
        finally
        {
            file.Rollback();
        }
    }

    public void Commit()
    {
        // Every transaction is durable already; the folder's mark is taken away next.
        foreach (SqliteFile file in _files.Values) file.EmptyLog();
    }

    public void Dispose()
    {
        foreach (SqliteFile file in _files.Values) file.Dispose();
    }

    // Puts fixes that come by rep and time into chunks, and notes each rep's newest.
    private sealed class ChunkFiller(TrackStatements sql, int chunkFixes)
    {
        private readonly ChunkTable _chunks = new(sql);
        private readonly List<StoredFix> _open = [];
        private int _rep = -1, _place;
        private long _day, _newest = long.MinValue;

        public void Add(int rep, in StoredFix fix)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rep, (uint)ChunkKey.MaxRep);
            long day = ChunkKey.DayAt(fix.FixedMs);
            if (rep != _rep || day != _day || (_open.Count >= chunkFixes && _place < ChunkKey.MaxPlace)) Put(rep == _rep && day == _day);
            if (rep != _rep) EndRep();
            (_rep, _day) = (rep, day);
            _open.Add(fix);
            if (fix.Judged.Outcome != FixOutcome.Future) _newest = Math.Max(_newest, fix.FixedMs);
        }

        private void Put(bool sameDay)
        {
            if (_open.Count > 0) _chunks.Put(ChunkKey.Of(_rep, _day, _place), CollectionsMarshal.AsSpan(_open));
            _open.Clear();
            _place = sameDay ? _place + 1 : 0;
        }

        private void EndRep()
        {
            if (_rep >= 0) sql.PutRep.Bind(1, _rep).Bind(2, _newest).BindNull(3).Run();
            _newest = long.MinValue;
        }

        public void End()
        {
            Put(sameDay: false);
            EndRep();
        }
    }
}

using Tracking.Contracts;
using Tracking.Store.Postgres;
using Tracking.Store.Tracks;

namespace Tracking.Store.Archives;

/// <summary>Where an installation is.</summary>
/// <param name="DataFolder">The folder of its server; with a database, of the node that <paramref name="Database"/> names.</param>
/// <param name="Database">The database that keeps everything but the journal; null: the folder does.</param>
public sealed record InstallationPlace(string DataFolder, PostgresOptions? Database = null);

/// <summary>What was taken away or brought.</summary>
/// <param name="Rows">Rows by table, and <c>fixes</c>.</param>
/// <param name="JournalRecords">Records that were acknowledged and not in the tracks yet.</param>
public sealed record ArchiveReport(IReadOnlyDictionary<string, long> Rows, long JournalRecords);

/// <summary>
/// Takes a whole installation into one file, and brings it into an empty place of any kind: SQLite, PostgreSQL, TimescaleDB. The
/// server must be stopped. The same content gives the same parts from whatever store, so that what was brought is read again
/// and compared by digest before it counts.
/// </summary>
public static partial class InstallationArchive
{
    private const string FixesPart = "fixes.bin", Actor = "cli";

    /// <summary>Writes an archive. The file appears when it is whole.</summary>
    /// <param name="place">The installation; its server is stopped.</param>
    /// <param name="path">The file, which must not exist.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="clock">Tells when.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ArchiveException">The place or the file cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be used, or a server holds it.</exception>
    public static async Task<ArchiveReport> ExportAsync(InstallationPlace place, string path, Action<double>? progress, TimeProvider clock, CancellationToken cancel)
    {
        if (File.Exists(path)) throw new ArchiveException($"{path} exists already.");
        RequireFolder(place);
        using DataFolder folder = Store.DataFolder.Hold(place.DataFolder);
        using IInstallation installation = place.Database is null ? SqliteInstallation.Open(folder) : await PostgresInstallation.OpenAsync(place.Database, cancel);
        using NodeFolder node = NodeFolder.Open(folder);
        string part = path + ".part";
        try
        {
            ArchiveReport report;
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                installation.Audit(AuditEntry.Of(Instant.Now(clock), Actor, AuditAction.InstallationExported, installation.Kind));
                report = await Task.Run(() => Write(file, installation, node, new Share(installation, progress, passes: 1), clock, cancel), cancel);
                file.Flush(flushToDisk: true);
            }
            installation.Commit();
            File.Move(part, path);
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArchiveException($"{path} cannot be written: {e.Message}", e);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static void RequireFolder(InstallationPlace place)
    {
        string needed = Path.Combine(place.DataFolder, place.Database is null ? ArchiveTable.RegistryFile : NodeFolder.JournalFileName);
        if (File.Exists(needed)) return;
        throw new ArchiveException(place.Database is null
            ? $"{place.DataFolder} holds no installation: there is no {needed}."
            : $"{needed} is missing: --data must be the folder of the server, whose journal may hold what is not in the database yet. If the folder is lost, start and stop the server on an empty one.");
    }

    private static ArchiveReport Write(Stream file, IInstallation installation, NodeFolder node, Share share, TimeProvider clock, CancellationToken cancel)
    {
        var rows = new Dictionary<string, long>();
        using var archive = new ArchiveWriter(file);
        void Add(string name, string fileName, Func<Stream, long> write) => archive.Add(fileName, to => rows[name] = write(to));
        foreach (ArchiveTable table in ArchiveTable.OfStore)
            Add(table.Name, table.FileName, to => WriteTable(to, table, take => installation.Read(table, row => { share.Step(1, cancel); take(row); })));
        Add("fixes", FixesPart, to => WriteFixes(to, installation, share, cancel));
        long expected = installation.CountFixes();
        if (rows["fixes"] != expected) throw new ArchiveException($"{rows["fixes"]} fixes were read, {expected} are there.");
        List<object?[]> counters = [.. installation.ReadCounters(), ["journal", Math.Max(node.Newest, SequenceOf(installation))]];
        Add("counters", ArchiveTable.Counters.FileName, to => WriteTable(to, ArchiveTable.Counters, take => counters.ForEach(c => take(c))));
        Add("quarantine", ArchiveTable.Quarantine.FileName, to => WriteTable(to, ArchiveTable.Quarantine, node.ReadQuarantine));
        long records = 0;
        archive.Add(NodeFolder.JournalPart, to => records = node.WriteJournal(to, SequenceOf(installation)));
        archive.Add(NodeFolder.ReplayPart, node.WriteReplay);
        archive.End(clock.GetUtcNow(), installation.Kind, installation.Node);
        return new ArchiveReport(rows, records);
    }

    private static long SequenceOf(IInstallation installation)
    {
        long sequence = 0;
        installation.Read(ArchiveTable.Nodes, row => sequence = (string)row[0]! == installation.Node ? (long)row[1]! : sequence);
        return sequence;
    }

    private static long WriteTable(Stream to, ArchiveTable table, Action<Action<object?[]>> read)
    {
        using var writer = new RowWriter(to, table);
        read(writer.Add);
        return writer.Count;
    }

    private static long WriteFixes(Stream to, IInstallation installation, Share share, CancellationToken cancel)
    {
        var writer = new FixFrameWriter(to);
        installation.ReadFixes((int rep, in StoredFix fix) =>
        {
            writer.Add(rep, in fix);
            share.Step(1, cancel);
        });
        writer.End();
        return writer.Count;
    }

    // Tells how far it is, by rows; an alert is as much as a fix.
    private sealed class Share(long total, Action<double>? progress)
    {
        private const int Every = 4096;
        private long _done, _told;

        public Share(IInstallation installation, Action<double>? progress, int passes)
            : this(progress is null ? 0 : passes * (installation.CountFixes() + ArchiveTable.OfStore.Sum(installation.CountOf)), progress) { }

        public void Step(long rows, CancellationToken cancel)
        {
            _done += rows;
            if (_done - _told < Every) return;
            _told = _done;
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(total == 0 ? 1 : Math.Min(1, (double)_done / total));
        }
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store.Postgres;

namespace Tracking.Store.Archives;

public static partial class InstallationArchive
{
    /// <summary>
    /// Brings an archive into an empty place, all or nothing: a database in one transaction; a folder carries a mark until it is
    /// whole, with which no server starts, and is begun anew when the import is repeated.
    /// </summary>
    /// <param name="place">Where to. A folder may hold settings; a database may hold its empty tables.</param>
    /// <param name="path">The archive.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="clock">Tells when.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ArchiveException">The archive is damaged, the place is not empty, or what was written reads otherwise.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be used, or a server holds it.</exception>
    public static async Task<ArchiveReport> ImportAsync(InstallationPlace place, string path, Action<double>? progress, TimeProvider clock, CancellationToken cancel)
    {
        using ArchiveReader archive = ArchiveReader.Open(path);
        using DataFolder folder = Store.DataFolder.HoldForImport(place.DataFolder);
        string id = IdOf(archive.Manifest);
        if (place.Database is not null && await PostgresInstallation.HasImportedAsync(place.Database, id, cancel))
        {
            if (!folder.IsUnfinished) throw new ArchiveException("The database holds this archive already.");
            // Killed between the database's commit and the last step.
            folder.Finish();
            return Told(archive.Manifest);
        }
        folder.Begin();
        try
        {
            await BringAsync(archive, place, folder, id, progress, clock, cancel);
        }
        catch
        {
            folder.Abandon();
            throw;
        }
        folder.Finish();
        return Told(archive.Manifest);
    }

    private static async Task BringAsync(ArchiveReader archive, InstallationPlace place, DataFolder folder, string id, Action<double>? progress, TimeProvider clock, CancellationToken cancel)
    {
        using IInstallation installation = place.Database is null ? SqliteInstallation.Open(folder) : await PostgresInstallation.OpenEmptyAsync(place.Database, cancel);
        if (installation.FindContent() is { } content) throw new ArchiveException($"The database is not empty: it has {content}. Give it a schema or a database of its own.");
        using NodeFolder node = NodeFolder.Open(folder);
        await Task.Run(() => Bring(archive, installation, node, new Share(2 * archive.Manifest.Parts.Sum(static p => p.Count), progress), cancel), cancel);
        installation.Audit(AuditEntry.Of(Instant.Now(clock), Actor, AuditAction.InstallationImported, id, ("from", archive.Manifest.From),
            ("fixes", archive.Manifest.PartOf(FixesPart).Count.ToString(CultureInfo.InvariantCulture))));
        installation.Commit();
    }

    // Names an archive by what is in it.
    private static string IdOf(ArchiveManifest manifest) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(manifest, ArchiveJson.Default.ArchiveManifest)))[..32];

    private static ArchiveReport Told(ArchiveManifest manifest) => new(
        manifest.Parts.Where(static p => p.File is not (NodeFolder.JournalPart or NodeFolder.ReplayPart)).ToDictionary(static p => Path.GetFileNameWithoutExtension(p.File), static p => p.Count),
        manifest.PartOf(NodeFolder.JournalPart).Count);

    private static void Bring(ArchiveReader archive, IInstallation installation, NodeFolder node, Share share, CancellationToken cancel)
    {
        string from = archive.Manifest.Node;
        var written = new Dictionary<ArchiveTable, RowSum>();
        foreach (ArchiveTable table in ArchiveTable.OfStore)
        {
            RowSum sum = written[table] = new RowSum(table);
            BringTable(archive, table, rows => installation.Write(table, rows), row => installation.Adapt(table, row, from), sum, share, cancel);
        }
        archive.Read(FixesPart, stream =>
        {
            long last = 0;
            installation.WriteFixes(new FixFrameReader(stream), count =>
            {
                share.Step(count - last, cancel);
                last = count;
            });
            return last;
        });
        List<object?[]> counters = [];
        BringTable(archive, ArchiveTable.Counters, counters.AddRange, static row => row, new RowSum(ArchiveTable.Counters), share, cancel);
        installation.WriteCounters(counters);
        RowSum quarantined = new(ArchiveTable.Quarantine);
        BringTable(archive, ArchiveTable.Quarantine, node.WriteQuarantine, static row => row, quarantined, share, cancel);
        archive.Read(NodeFolder.JournalPart, stream => node.ReadJournal(stream, CounterOf(counters, "journal")));
        archive.Read(NodeFolder.ReplayPart, node.ReadReplay);
        Verify(archive, installation, node, written, quarantined, counters, share, cancel);
    }

    private static long CounterOf(List<object?[]> counters, string name) => counters.Where(c => (string)c[0]! == name).Select(static c => (long)c[1]!).FirstOrDefault();

    private static void BringTable(ArchiveReader archive, ArchiveTable table, Action<IEnumerable<object?[]>> write, Func<object?[], object?[]?> adapt, RowSum sum,
        Share share, CancellationToken cancel)
    {
        archive.Read(table.FileName, stream =>
        {
            long read = 0;
            IEnumerable<object?[]> Rows()
            {
                var lines = new LineReader(stream);
                while (TryRead(lines, table, out object?[]? row))
                {
                    read++;
                    share.Step(1, cancel);
                    if (adapt(row!) is not { } kept) continue;
                    sum.Add(kept);
                    yield return kept;
                }
            }
            write(Rows());
            return read;
        });
    }

    // An iterator cannot hold a span.
    private static bool TryRead(LineReader lines, ArchiveTable table, out object?[]? row)
    {
        row = lines.TryRead(out ReadOnlySpan<byte> line) ? ArchiveRow.Read(line, table) : null;
        return row is not null;
    }

    // Everything is read again from where it was written.
    private static void Verify(ArchiveReader archive, IInstallation installation, NodeFolder node, Dictionary<ArchiveTable, RowSum> written, RowSum quarantined,
        List<object?[]> counters, Share share, CancellationToken cancel)
    {
        foreach ((ArchiveTable table, RowSum sum) in written)
        {
            RowSum read = new(table);
            installation.Read(table, row => { share.Step(1, cancel); read.Add(row); });
            Require(table.Name, sum, read);
        }
        RowSum entries = new(ArchiveTable.Quarantine);
        node.ReadQuarantine(entries.Add);
        Require("quarantine", quarantined, entries);
        ArchivePart fixes = archive.Manifest.PartOf(FixesPart), again = PartDigest.Of(FixesPart, to => WriteFixes(to, installation, share, cancel));
        if (fixes != again) throw new ArchiveException($"Of {fixes.Count} fixes {again.Count} read back, or others: nothing was kept.");
        ArchivePart journal = archive.Manifest.PartOf(NodeFolder.JournalPart);
        if (journal != PartDigest.Of(NodeFolder.JournalPart, to => node.WriteJournal(to, 0))) throw new ArchiveException("The journal reads back otherwise: nothing was kept.");
        foreach (object?[] counter in installation.ReadCounters())
        {
            if ((long)counter[1]! != CounterOf(counters, (string)counter[0]!)) throw new ArchiveException($"The counter of {counter[0]} reads back as {counter[1]}: nothing was kept.");
        }
    }

    private static void Require(string what, RowSum written, RowSum read)
    {
        if (!written.Same(read)) throw new ArchiveException($"Of {written.Count} {what} {read.Count} read back, or others: nothing was kept.");
    }

    // The sum of the rows' digests: the same for the same rows in any order.
    private sealed class RowSum(ArchiveTable table)
    {
        private readonly System.Buffers.ArrayBufferWriter<byte> _bytes = new(1024);
        private readonly ulong[] _sum = new ulong[4];

        public long Count { get; private set; }

        public void Add(object?[] row)
        {
            _bytes.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_bytes, ArchiveRow.Readable)) ArchiveRow.Write(json, table, row);
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(_bytes.WrittenSpan, digest);
            ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(digest);
            for (int i = 0; i < _sum.Length; i++) _sum[i] += words[i];
            Count++;
        }

        public bool Same(RowSum other) => Count == other.Count && _sum.AsSpan().SequenceEqual(other._sum);
    }
}

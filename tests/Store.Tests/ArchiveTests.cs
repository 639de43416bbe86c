using System.IO.Compression;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Postgres;
using Tracking.Store.Sqlite;

namespace Tracking.Store.Tests;

/// <summary>A whole installation moves between all kinds of stores and stays what it is.</summary>
public sealed class ArchiveTests(TimescaleServer timescale, PlainPostgresServer plain) : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<(PostgresServer Server, string Connection)> _databases = [];

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach ((PostgresServer server, string connection) in _databases) await server.DropDatabaseAsync(connection);
        _folder.Dispose();
    }

    private InstallationPlace InFolder(string name) => new(_folder[name]);

    private async Task<InstallationPlace> InDatabaseAsync(PostgresServer server, string name, string node = "main")
    {
        string connection = await server.CreateDatabaseAsync();
        _databases.Add((server, connection));
        return new(_folder[name], new PostgresOptions { ConnectionString = connection, Node = node });
    }

    private async Task<InstallationPlace> FilledAsync(string name, int seed = 1)
    {
        InstallationPlace place = InFolder(name);
        await using Installation installation = await Installation.OpenAsync(place);
        await installation.FillAsync(seed);
        return place;
    }

    private static async Task<string> DescribeAsync(InstallationPlace place)
    {
        await using Installation installation = await Installation.OpenAsync(place);
        return await installation.DescribeAsync();
    }

    private Task<ArchiveReport> ExportAsync(InstallationPlace place, string file) =>
        InstallationArchive.ExportAsync(place, _folder[file], null, TimeProvider.System, Deadline);

    private Task<ArchiveReport> ImportAsync(InstallationPlace place, string file) =>
        InstallationArchive.ImportAsync(place, _folder[file], null, TimeProvider.System, Deadline);

    // What moving itself writes is in the audit log.
    private Dictionary<string, (long, string)> PartsOf(string file)
    {
        using ArchiveReader archive = ArchiveReader.Open(_folder[file]);
        return archive.Manifest.Parts.Where(p => p.File is not ("audit.ndjson" or "counters.ndjson")).ToDictionary(p => p.File, p => (p.Count, p.Sha256));
    }

    [Fact]
    public async Task An_installation_goes_round_all_stores_and_is_the_same_in_each()
    {
        InstallationPlace first = await FilledAsync("sqlite");
        string before = await DescribeAsync(first);
        Assert.Contains("\n66 Fix 2 1002 ", before, StringComparison.Ordinal);
        InstallationPlace[] places = [await InDatabaseAsync(timescale, "timescale"), await InDatabaseAsync(plain, "plain", "other"), InFolder("again")];
        InstallationPlace from = first;
        for (int i = 0; i < places.Length; i++)
        {
            ArchiveReport report = await ExportAsync(from, $"{i}.zip");
            Assert.Equal(6, report.JournalRecords);
            await ImportAsync(places[i], $"{i}.zip");
            Assert.Equal(before, await DescribeAsync(places[i]));
            from = places[i];
        }
        await ExportAsync(from, "last.zip");
        Assert.Equal(PartsOf("0.zip")["fixes.bin"], PartsOf("1.zip")["fixes.bin"]);
        Assert.Equal(PartsOf("0.zip"), PartsOf("last.zip"));
        // It goes on: numbers are not given twice, secrets are still known, a repeat is still one.
        await using Installation end = await Installation.OpenAsync(from);
        string secret = end.Registry.AddDevice("new", "new");
        Assert.Equal((7, 7), (end.Registry.FindRep("new")!.Key, end.Registry.FindDevice("new")!.Key));
        Assert.NotNull(end.Registry.FindDeviceBySecret(secret));
        await end.Alerts.AppendAsync([Installation.Alert(5), Installation.Alert(99)], Deadline);
        Assert.Equal(41, end.Alerts.NewestCursor);
        await end.Tracks.CommitAsync(new Checkpoint { Sequence = 61, Fixes = [new RepFix(1, new JudgedFix(Some.Fix(20), FixOutcome.Late), null)], States = [], GeofenceChanges = [] }, Deadline);
        await end.DisposeAsync();
        Assert.Equal(before.Split('\n').Count(line => line.StartsWith("1 JudgedFix", StringComparison.Ordinal)),
            (await DescribeAsync(from)).Split('\n').Count(line => line.StartsWith("1 JudgedFix", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Secrets_and_tokens_are_known_after_a_move()
    {
        InstallationPlace from = InFolder("from"), to = await InDatabaseAsync(plain, "to");
        string secret, token;
        byte[] seal = new byte[32], sealedAgain = new byte[32];
        await using (Installation installation = await Installation.OpenAsync(from))
        {
            secret = installation.Registry.AddDevice("phone", "anna");
            token = installation.Registry.CreateToken("t", Role.Dispatcher, new Scope(ScopeKind.Rep, "anna"));
            Assert.True(installation.Registry.TryGetSealKey(1, seal));
        }
        await ExportAsync(from, "a.zip");
        await ImportAsync(to, "a.zip");
        await using Installation moved = await Installation.OpenAsync(to);
        Assert.Equal("phone", moved.Registry.FindDeviceBySecret(secret)!.Id);
        Assert.Equal(new Principal("t", Role.Dispatcher, new Scope(ScopeKind.Rep, "anna")), moved.Registry.Authenticate(token));
        Assert.True(moved.Registry.TryGetSealKey(1, sealedAgain));
        Assert.Equal(seal, sealedAgain);
        Assert.Equal(["installationExported", "installationImported"], (await moved.Audit.ReadLatestAsync(2, null, Deadline)).Select(e => e.Action));
    }

    [Fact]
    public async Task Several_nodes_become_one_in_a_folder_and_stay_several_in_a_database()
    {
        InstallationPlace one = await InDatabaseAsync(plain, "one", "one");
        InstallationPlace two = new(_folder["two"], one.Database! with { Node = "two" });
        foreach ((InstallationPlace place, int rep, long sequence) in ((InstallationPlace, int, long)[])[(one, 1, 5), (two, 2, 9)])
        {
            await using Installation installation = await Installation.OpenAsync(place);
            _ = installation.Journal;
            RepFix[] fixes = [new RepFix(rep, new JudgedFix(Some.Fix(rep), FixOutcome.Accepted), null)];
            await installation.Tracks.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = fixes, States = [new RepState(rep, new byte[] { (byte)rep })], GeofenceChanges = [] }, Deadline);
        }
        await ExportAsync(one, "nodes.zip");
        InstallationPlace folder = InFolder("folder"), database = await InDatabaseAsync(timescale, "database", "third");
        await ImportAsync(folder, "nodes.zip");
        await ImportAsync(database, "nodes.zip");
        var states = new List<int>();
        await using (Installation joined = await Installation.OpenAsync(folder)) Assert.Equal(5, joined.Tracks.Restore(_ => { }, _ => { }, (rep, _) => states.Add(rep)));
        await using (Installation third = await Installation.OpenAsync(database)) Assert.Equal(5, third.Tracks.Restore(_ => { }, _ => { }, (rep, _) => states.Add(rep)));
        await using (Installation second = await Installation.OpenAsync(new(_folder["second"], database.Database! with { Node = "two" }))) Assert.Equal(9, second.Tracks.Restore(_ => { }, _ => { }, (rep, _) => states.Add(rep)));
        Assert.Equal([1, 2, 1, 2], states);
    }

    [Fact]
    public async Task A_place_that_is_not_empty_or_in_use_is_refused()
    {
        InstallationPlace from = await FilledAsync("from"), database = await InDatabaseAsync(plain, "database"), other = InFolder("other");
        await ExportAsync(from, "a.zip");
        await Assert.ThrowsAsync<ArchiveException>(() => ExportAsync(from, "a.zip"));
        Assert.Contains("not empty", (await Assert.ThrowsAsync<StoreUnavailableException>(() => ImportAsync(from, "a.zip"))).Message, StringComparison.Ordinal);
        await using (Installation installation = await Installation.OpenAsync(database))
        {
            Assert.Contains("node 'main'", (await Assert.ThrowsAsync<StoreUnavailableException>(() => ImportAsync(new(_folder["x"], database.Database), "a.zip"))).Message, StringComparison.Ordinal);
            installation.Registry.CreateToken("t", Role.Admin, Scope.All);
        }
        Assert.Contains("not empty", (await Assert.ThrowsAsync<ArchiveException>(() => ImportAsync(new(_folder["x"], database.Database), "a.zip"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder["x"], "*.db*"));
        Assert.Contains("no installation", (await Assert.ThrowsAsync<ArchiveException>(() => ExportAsync(other, "b.zip"))).Message, StringComparison.Ordinal);
        await using Installation running = await Installation.OpenAsync(from);
        _ = running.Journal;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ExportAsync(from, "c.zip"));
    }

    [Theory]
    [InlineData("fixes.bin")]
    [InlineData("alerts.ndjson")]
    [InlineData("journal.bin")]
    public async Task A_damaged_archive_leaves_nothing(string part)
    {
        InstallationPlace from = await FilledAsync("from");
        await ExportAsync(from, "a.zip");
        Replace(part);
        InstallationPlace database = await InDatabaseAsync(plain, "database");
        foreach (InstallationPlace place in (InstallationPlace[])[InFolder("folder"), database])
        {
            Assert.Contains(part, (await Assert.ThrowsAsync<ArchiveException>(() => ImportAsync(place, "a.zip"))).Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(place.DataFolder, "*.db*"));
        }
        await using Installation empty = await Installation.OpenAsync(database);
        Assert.Empty(empty.Registry.Reps);
        await File.WriteAllTextAsync(_folder["b.zip"], "no archive", Deadline);
        await Assert.ThrowsAsync<ArchiveException>(() => ImportAsync(InFolder("folder"), "b.zip"));
    }

    // Turns one bit of a part.
    private void Replace(string part)
    {
        using ZipArchive zip = ZipFile.Open(_folder["a.zip"], ZipArchiveMode.Update);
        using var bytes = new MemoryStream();
        using (Stream old = zip.GetEntry(part)!.Open()) old.CopyTo(bytes);
        zip.GetEntry(part)!.Delete();
        bytes.GetBuffer()[bytes.Length / 2] ^= 1;
        using Stream written = zip.CreateEntry(part).Open();
        bytes.Position = 0;
        bytes.CopyTo(written);
    }

    [Fact]
    public async Task An_import_that_was_killed_is_begun_anew_and_nobody_uses_what_it_left()
    {
        InstallationPlace from = await FilledAsync("from"), to = InFolder("to");
        await ExportAsync(from, "a.zip");
        using (DataFolder folder = DataFolder.HoldForImport(to.DataFolder))
        {
            folder.Begin();
            using SqliteInstallation half = SqliteInstallation.Open(folder);
            half.Audit(AuditEntry.Of(Some.Morning, "cli", "half", "half"));
        }
        Assert.Contains("not finished", Assert.Throws<StoreUnavailableException>(() => DataFolder.Hold(to.DataFolder)).Message, StringComparison.Ordinal);
        Assert.Throws<StoreUnavailableException>(() => DataFolder.RegistryPath(to.DataFolder));
        await ImportAsync(to, "a.zip");
        Assert.Equal(await DescribeAsync(from), await DescribeAsync(to));
    }

    [Fact]
    public async Task An_import_that_was_killed_after_the_databases_commit_is_finished()
    {
        InstallationPlace from = await FilledAsync("from"), to = await InDatabaseAsync(timescale, "to");
        await ExportAsync(from, "a.zip");
        await ImportAsync(to, "a.zip");
        string mark = Path.Combine(to.DataFolder, "import.unfinished");
        await File.WriteAllTextAsync(mark, "", Deadline);
        await ImportAsync(to, "a.zip");
        Assert.False(File.Exists(mark));
        Assert.Equal(await DescribeAsync(from), await DescribeAsync(to));
        await Assert.ThrowsAsync<ArchiveException>(() => ImportAsync(new(_folder["x"], to.Database), "a.zip"));
    }

    [Fact]
    public async Task Every_table_and_column_of_every_store_is_moved()
    {
        InstallationPlace place = InFolder("sqlite");
        await using (Installation installation = await Installation.OpenAsync(place)) await installation.FillAsync(1);
        // What a store keeps for itself: how far it is with its own log, and what is there in another form.
        string[] left = ["tracking.db change", "tracks.db log", "tracks.db chunk", "tracks.db position.flushing", "tracks.db position.flushed_rep", "tracks.db rep.newest",
            "journal.db block", "journal.db highest", "journal.db pin"];
        var moved = ArchiveTable.OfStore.Append(ArchiveTable.Quarantine).ToLookup(t => $"{t.SqliteFile} {t.SqliteTable}");
        foreach (string path in Directory.EnumerateFiles(place.DataFolder, "*.db"))
        {
            foreach ((string table, string column) in ColumnsOf(path))
            {
                string name = $"{Path.GetFileName(path)} {table}";
                bool isMoved = moved[name].Any(t => t.Columns.Any(c => c.Sqlite == column || (t.SqliteTable is "position" or "rep" or "geofence" or "definition" or "late" && t.SqliteSelect.Contains(column, StringComparison.Ordinal))));
                Assert.True(isMoved || left.Contains(name) || left.Contains($"{name}.{column}"), $"{name}.{column} is not moved");
            }
        }
        InstallationPlace database = await InDatabaseAsync(timescale, "timescale");
        await (await Installation.OpenAsync(database)).DisposeAsync();
        string[] leftThere = ["migration", "fixes", "outlying_fixes", "lease", "counter", "node.checkpoint"];
        await using PostgresDatabase opened = await PostgresDatabase.OpenAsync(database.Database!, cancel: Deadline);
        await using Npgsql.NpgsqlCommand ask = opened.Source.CreateCommand(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_schema = 'tracking' AND table_type = 'BASE TABLE'");
        await using Npgsql.NpgsqlDataReader row = await ask.ExecuteReaderAsync(Deadline);
        while (await row.ReadAsync(Deadline))
        {
            (string table, string column) = (row.GetString(0), row.GetString(1));
            bool isMoved = ArchiveTable.OfStore.Any(t => t.PostgresTable == table && t.Columns.Any(c => c.Postgres == column));
            Assert.True(isMoved || leftThere.Contains(table) || leftThere.Contains($"{table}.{column}"), $"{table}.{column} is not moved");
        }
    }

    private static List<(string Table, string Column)> ColumnsOf(string path)
    {
        var columns = new List<(string, string)>();
        using SqliteFile file = SqliteFile.OpenForReading(path);
        using SqliteStatement row = file.Prepare("SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'");
        while (row.Step()) columns.Add((row.Text(0), row.Text(1)));
        return columns;
    }

    [Fact]
    public void The_manifest_says_what_the_documentation_says()
    {
        var manifest = new ArchiveManifest(ArchiveManifest.FormatName, 1, DateTimeOffset.UnixEpoch, "SQLite", "main", [new ArchivePart("reps.ndjson", 2, "ab")]);
        JsonElement json = JsonSerializer.SerializeToElement(manifest, ArchiveJson.Default.ArchiveManifest);
        Assert.Equal(["format", "version", "createdAt", "from", "node", "parts"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["file", "count", "sha256"], json.GetProperty("parts")[0].EnumerateObject().Select(p => p.Name));
    }
}

using System.Text;
using Npgsql;
using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>A person's data are gone from every place, and their bytes from every file.</summary>
public sealed class ErasureTests(TimescaleServer timescale, PlainPostgresServer plain) : IAsyncLifetime
{
    private const string Vera = "Vera Secretova", Phone = "secret-phone-4711", Note = "VeraWasHere";
    private static readonly GeoPoint Home = GeoPoint.FromE7(412_345_678, 23_456_789);
    private static readonly string[] Words = ["Secretova", Phone, Note];

    private readonly TempFolder _folder = new();
    private readonly List<(PostgresServer Server, string Connection)> _databases = [];

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach ((PostgresServer server, string connection) in _databases) await server.DropDatabaseAsync(connection);
        _folder.Dispose();
    }

    private async Task<InstallationPlace> PlaceAsync(string kind)
    {
        if (kind == "sqlite") return new(_folder["data"]);
        PostgresServer server = kind == "plain" ? plain : timescale;
        string connection = await server.CreateDatabaseAsync();
        _databases.Add((server, connection));
        return new(_folder["data"], new PostgresOptions { ConnectionString = connection });
    }

    // Among others: everything that may name her.
    private static async Task<int> FillAsync(Installation installation)
    {
        await installation.FillAsync(3);
        string secret = installation.Registry.AddDevice(Phone, Vera, "north/g1", "Vera S.");
        int rep = installation.Registry.FindRep(Vera)!.Key;
        Assert.NotNull(installation.Registry.FindDeviceBySecret(secret));
        installation.Registry.CreateToken("hers", Role.Reader, new Scope(ScopeKind.Rep, Vera));
        var fence = new Geofence { Id = "hers", Name = "Home", Shape = new CircleShape(Home, 80), Reps = [Vera], Version = 1 };
        Assert.True(installation.Registry.TryPutGeofences([fence], null, out IReadOnlyList<Geofence>? stored));
        Assert.True(installation.Registry.TryPutDefinition(DefinitionKind.Plan, "monday", Encoding.UTF8.GetBytes($$"""{"reps":["{{Vera}}"],"by":{ "{{Vera}}":[1] } }"""), null, out _));
        await installation.Alerts.AppendAsync([.. Enumerable.Range(200, 30).Select(n => Installation.Alert(n) with { RepId = n % 3 == 0 ? "rep 1" : Vera })], Deadline);
        var letter = new DeadLetter { WebhookId = "hook1", Cursor = 41, AlertId = "x", Json = Encoding.UTF8.GetBytes($$"""{"repId":"{{Vera}}","text":"{{Note}}"}"""), Reason = "422", Attempts = 3, At = Some.Morning };
        Assert.True(await installation.Subscriptions.PutAsideAsync(letter, new SubscriberProgress(41, 0), Deadline));
        var hook = new Webhook { Id = "hers", Url = "https://a.example/", Scope = new Scope(ScopeKind.Rep, Vera), Secret = "s", CreatedAt = Some.Morning };
        Assert.True(await installation.Subscriptions.AddWebhookAsync(hook, 0, Deadline));
        await installation.Quarantine.AddAsync(Protocol.Json, Phone, "latitudeRange", "95", Encoding.UTF8.GetBytes(Note));
        await installation.Quarantine.AddAsync(Protocol.Json, null, "malformed", "", Encoding.UTF8.GetBytes($"{{\"deviceId\":\"{Phone}\"}}"));
        await CommitAsync(installation, rep, 70, stored[0]);
        Assert.True(await installation.Journal.Append([Some.Record(1, rep, Encoding.UTF8.GetBytes($$"""{"n":"{{Note}}"}"""))]).WhenDurableAsync());
        // As a host does.
        installation.Journal.Register("store", 60);
        installation.Journal.Acknowledge("store", installation.Journal.DurableSequence);
        return rep;
    }

    private static ValueTask CommitAsync(Installation installation, int rep, long sequence, Geofence? fence = null)
    {
        RepFix[] fixes = [.. Enumerable.Range(0, 300).Select(i => new RepFix(rep, new JudgedFix(Some.Fix(i) with { Position = Home }, FixOutcome.Accepted), Encoding.UTF8.GetBytes($$"""{"n":"{{Note}}"}""")))];
        GeofenceChange[] changes = fence is null ? [] : [new GeofenceChange(fence.Key, fence, Some.Morning)];
        return installation.Tracks.CommitAsync(new Checkpoint { Sequence = sequence, Fixes = fixes, States = [new RepState(rep, Encoding.UTF8.GetBytes(Note))], GeofenceChanges = changes }, Deadline);
    }

    // As it lies in a chunk, and as it lies in a row.
    private static byte[][] Bytes(bool inDatabase)
    {
        var place = new byte[8];
        var chunk = new byte[2 * Varint.MaxBytes];
        int length = Varint.Write(chunk, Varint.ZigZag(Home.LatitudeE7));
        length += Varint.Write(chunk.AsSpan(length), Varint.ZigZag(Home.LongitudeE7));
        BitConverter.TryWriteBytes(place, Home.LatitudeE7);
        BitConverter.TryWriteBytes(place.AsSpan(4), Home.LongitudeE7);
        return [.. Words.Select(Encoding.UTF8.GetBytes), inDatabase ? place : chunk[..length]];
    }

    private async Task<List<string>> FindAsync(InstallationPlace place)
    {
        var found = new List<string>();
        byte[][] patterns = Bytes(place.Database is not null);
        foreach (string path in Directory.EnumerateFiles(place.DataFolder))
        {
            if (Path.GetFileName(path) == "server.lock") continue;
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            for (int i = 0; i < patterns.Length; i++) if (bytes.AsSpan().IndexOf(patterns[i]) >= 0) found.Add($"{Path.GetFileName(path)} {i}");
        }
        if (place.Database is null) return found;
        await using var connection = new NpgsqlConnection(_databases[^1].Connection);
        await connection.OpenAsync(Deadline);
        await using (var checkpoint = new NpgsqlCommand("CHECKPOINT", connection)) await checkpoint.ExecuteNonQueryAsync(Deadline);
        const string sql = """
            SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'i', 't') AND c.relnamespace <> 'pg_catalog'::regnamespace AND NOT c.relisshared
                AND c.relfilenode <> 0 AND position($1::bytea IN pg_read_binary_file(pg_relation_filepath(c.oid))) > 0
            """;
        for (int i = 0; i < patterns.Length; i++)
        {
            await using var ask = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = patterns[i] } } };
            await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(Deadline);
            while (await row.ReadAsync(Deadline)) found.Add($"{row.GetString(0)} {i}");
        }
        return found;
    }

    private static async Task FinishAsync(Installation installation)
    {
        while (installation.Registry.OpenErasures() is [var person, ..]) await installation.Erasures.EraseAsync(person, Deadline);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("plain")]
    [InlineData("timescale")]
    public async Task Everything_of_a_person_is_gone_from_every_place_and_its_bytes_from_every_file(string kind)
    {
        InstallationPlace place = await PlaceAsync(kind);
        string others;
        await using (Installation installation = await Installation.OpenAsync(place))
        {
            int rep = await FillAsync(installation);
            others = Others(await installation.DescribeAsync());
            Erasure begun = installation.Registry.Erase(Vera, "admin")!;
            Assert.Null(installation.Registry.Erase(Vera, "admin"));
            Assert.Equal((rep, null), (begun.RepKey, begun.DoneAt));
            Assert.Null(installation.Registry.FindDevice(Phone.AsSpan()));
            // It must be there to be found.
            List<string> before = await FindAsync(place);
            foreach (int pattern in (int[])[0, 1, 2, 3]) Assert.Contains(before, f => f.EndsWith($" {pattern}", StringComparison.Ordinal));
            await FinishAsync(installation);

            Erasure done = Assert.Single(installation.Registry.Erasures);
            Assert.NotNull(done.DoneAt);
            Assert.Equal((300L, 20L, 1L, 1L, 2L), (done.Report.Counts["fixes"], done.Report.Counts["alerts"], done.Report.Counts["devices"], done.Report.Counts["deadLetters"], done.Report.Counts["quarantined"]));
            Assert.Equal(64, done.Report.TrackSha256!.Length);
            AuditEntry proof = (await installation.Audit.ReadLatestAsync(1, null, Deadline))[0];
            Assert.Equal(("repErased", "admin", $"rep key {rep}"), (proof.Action, proof.Actor, proof.Target));
            Assert.Contains("\"fixes\":\"300\"", proof.Detail, StringComparison.Ordinal);

            // A replay brings nothing back.
            await CommitAsync(installation, rep, 71);
            Assert.Empty((await installation.Tracks.ReadTrackAsync(rep, Instant.Min, Instant.Max, null, 10, Deadline)).Fixes);
            Assert.Equal(others, Others(await installation.DescribeAsync()));
        }
        Assert.Empty(await FindAsync(place));
        await using Installation again = await Installation.OpenAsync(place);
        Assert.True(again.Registry.IsErased(again.Registry.Erasures[0].RepKey));
        again.Registry.AddDevice(Phone, Vera);
        Assert.Equal(again.Registry.Erasures[0].RepKey + 1, again.Registry.FindRep(Vera)!.Key);
    }

    // What concerns nobody but the others, and no versions and counters.
    private static string Others(string described) => string.Join('\n', described.Split('\n').Where(line =>
        !line.Contains("Vera", StringComparison.Ordinal) && !line.Contains("hers", StringComparison.Ordinal) && !line.Contains(Phone, StringComparison.Ordinal)
        && !line.Contains(Convert.ToHexString(Encoding.UTF8.GetBytes(Phone)), StringComparison.Ordinal) && !line.Contains("state 60", StringComparison.Ordinal) && !line.Contains("erased", StringComparison.Ordinal) && line.Count(c => c == ' ') > 3));

    [Theory]
    [InlineData("sqlite")]
    [InlineData("timescale")]
    public async Task An_erasure_that_fails_or_is_killed_at_any_place_is_begun_again_until_it_is_done(string kind)
    {
        InstallationPlace place = await PlaceAsync(kind);
        await using (Installation first = await Installation.OpenAsync(place, new ErasurePlace("broken", IsShared: true, (_, _) => throw new StoreUnavailableException("broken"))))
        {
            await FillAsync(first);
            first.Registry.Erase(Vera, "admin");
            ErasedPerson person = first.Registry.OpenErasures()[0];
            await Assert.ThrowsAsync<StoreUnavailableException>(async () => await first.Erasures.EraseAsync(person, Deadline));
        }
        long erased = 0;
        await using (Installation second = await Installation.OpenAsync(place, new ErasurePlace("mended", IsShared: true, (_, _) => ValueTask.FromResult(erased++ == 0 ? 1L : 0L))))
        {
            second.Journal.Register("store", second.Journal.DurableSequence);
            Assert.Null(second.Registry.FindRep(Vera));
            await FinishAsync(second);
            // Counted before anything was touched, whoever ends it.
            Assert.Equal(300, second.Registry.Erasures[0].Report.Counts["fixes"]);
        }
        Assert.True(erased >= 2);
        Assert.Empty(await FindAsync(place));
    }

    [Fact]
    public async Task Every_node_does_its_part_before_an_erasure_is_done()
    {
        InstallationPlace one = await PlaceAsync("plain"), two = new(_folder["two"], one.Database! with { Node = "two" });
        await using Installation first = await Installation.OpenAsync(one), second = await Installation.OpenAsync(two);
        _ = second.Tracks;
        await second.Quarantine.AddAsync(Protocol.Json, Phone, "latitudeRange", "95", Encoding.UTF8.GetBytes(Note));
        second.Journal.Register("store", 0);
        int rep = await FillAsync(first);
        second.Registry.Look();
        await second.Alerts.AppendAsync([Installation.Alert(900) with { RepId = Vera }], Deadline);
        first.Registry.Erase(Vera, "admin");
        ErasedPerson person = first.Registry.OpenErasures()[0];
        for (int i = 0; i < 3; i++) Assert.False(await first.Erasures.EraseAsync(person, Deadline));
        // The other node has not heard of it: its checkpoint brings nothing back.
        await CommitAsync(second, rep, 1);
        second.Registry.Look();
        Assert.Null(second.Registry.Erasures[0].DoneAt);
        await FinishAsync(second);
        first.Registry.Look();
        Assert.Equal((300L, 3L), (first.Registry.Erasures[0].Report.Counts["fixes"], first.Registry.Erasures[0].Report.Counts["quarantined"]));
        Assert.Empty(await second.Quarantine.ReadAsync(null, 10, Deadline));
        Assert.Empty((await second.Tracks.ReadTrackAsync(rep, Instant.Min, Instant.Max, null, 10, Deadline)).Fixes);
        Assert.DoesNotContain((await second.Alerts.ReadAsync(0, 1000, AlertFilter.All, Deadline)), a => a.RepId == Vera);
    }
}

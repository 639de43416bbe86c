using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Store.Postgres;

namespace Tracking.Layers;

/// <summary>
/// The PostgreSQL track store beside a bare binary COPY of the same rows into the same table with its index and partitions: rows a
/// second, their ratio, and the processor time of this process and of the server for each.
/// <c>dotnet run -c Release --project benchmarks/Layers -- postgres CONNECTION [rows]</c>; the server is <c>scripts/timescale start DIR --durable</c>.
/// </summary>
internal static class PostgresMeasurement
{
    private const int Reps = 1000, Rounds = 3, SnapshotBytes = 900, CopyRows = 10_000;
    private const string Schema = "tracking_layers";

    private readonly record struct Result(double RowsASecond, double ClientMicros, double ServerMicros);

    private sealed record Way(string Name, int CheckpointRows, bool HasSnapshots);

    private static readonly Way[] Ways =
    [
        new("checkpoints of 1,000", 1000, false), new("checkpoints of 5,000", 5000, false), new("checkpoints of 10,000", 10_000, false),
        new("10,000 and 1,000 snapshots", 10_000, true),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length == 0)
        {
            await Console.Error.WriteLineAsync("postgres CONNECTION [rows]");
            return 2;
        }
        int rows = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
        rows = Math.Max(rows / CopyRows, 1) * CopyRows;
        Fix[] drive = StoreFixes.Drive(rows / Reps);
        // Yesterday, so that no clock counts as far off.
        TimeSpan shift = Instant.Now(TimeProvider.System) - StoreFixes.Begin - TimeSpan.FromDays(1);
        for (int i = 0; i < drive.Length; i++) drive[i] = drive[i] with { FixedAt = drive[i].FixedAt + shift, ReceivedAt = drive[i].ReceivedAt + shift };
        // The first one pays for compiling and for a cold server.
        await MeasureAsync(args[0], drive[..(CopyRows * 10 / Reps)], CopyAsync);
        var ratios = new List<double>();
        for (int round = 1; round <= Rounds; round++)
        {
            Result bare = await MeasureAsync(args[0], drive, CopyAsync);
            Report("bare COPY", bare, bare);
            foreach (Way way in Ways)
            {
                Result store = await MeasureAsync(args[0], drive, (database, fixes) => CommitAsync(database, fixes, way));
                Report(way.Name, store, bare);
                if (way is { CheckpointRows: 10_000, HasSnapshots: false }) ratios.Add(store.RowsASecond / bare.RowsASecond);
            }
        }
        ratios.Sort();
        Console.WriteLine(FormattableString.Invariant($"checkpoints of 10,000 to bare COPY, median of {Rounds} rounds: {ratios[Rounds / 2]:F2}"));
        return 0;
    }

    private static void Report(string what, in Result result, in Result bare) => Console.WriteLine(FormattableString.Invariant(
        $"{what,-28}{result.RowsASecond,10:F0} rows a second {result.RowsASecond / bare.RowsASecond,6:F2}, processor a row: {result.ClientMicros:F2} µs here, {result.ServerMicros:F2} µs in PostgreSQL"));

    private static async Task<Result> MeasureAsync(string connection, Fix[] drive, Func<PostgresDatabase, Fix[], Task> write)
    {
        await DropAsync(connection);
        await using PostgresDatabase database = await PostgresDatabase.OpenAsync(new PostgresOptions { ConnectionString = connection, Schema = Schema });
        // The table, its partitions and its index are the store's in every case.
        await using (await PostgresTrackStore.OpenAsync(database, new Metrics(), TimeProvider.System)) { }
        double server = await ServerSecondsAsync(database);
        TimeSpan client = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        await write(database, drive);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        client = Environment.CpuUsage.TotalTime - client;
        server = await ServerSecondsAsync(database) - server;
        long expected = (long)drive.Length * Reps;
        await using (NpgsqlCommand count = database.Source.CreateCommand("SELECT count(*) FROM fixes"))
            if ((long)(await count.ExecuteScalarAsync())! != expected) throw new InvalidOperationException("Rows are missing or doubled.");
        await DropAsync(connection);
        return new Result(expected / elapsed.TotalSeconds, client.TotalMicroseconds / expected, server * 1e6 / expected);
    }

    private static async Task DropAsync(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand drop = source.CreateCommand($"DROP SCHEMA IF EXISTS {Schema} CASCADE");
        await drop.ExecuteNonQueryAsync();
    }

    private static RepFix RowAt(Fix[] drive, int row) => new(1 + (row % Reps), new JudgedFix(drive[row / Reps], FixOutcome.Accepted), null);

    // One statement for all: nothing but rows.
    private static async Task CopyAsync(PostgresDatabase database, Fix[] drive)
    {
        await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync();
        var rows = new FixRows();
        rows.WriteHeader();
        await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync($"COPY fixes({FixRows.Columns}) FROM STDIN (FORMAT BINARY)");
        for (int i = 0; i < drive.Length * Reps; i++)
        {
            rows.Write(RowAt(drive, i), i);
            if (rows.Written.Length < 64 << 10) continue;
            await stream.WriteAsync(rows.Written);
            rows.Clear();
        }
        rows.WriteTrailer();
        await stream.WriteAsync(rows.Written);
    }

    private static async Task CommitAsync(PostgresDatabase database, Fix[] drive, Way way)
    {
        await using PostgresTrackStore store = await PostgresTrackStore.OpenAsync(database, new Metrics(), TimeProvider.System);
        var fixes = new RepFix[way.CheckpointRows];
        byte[] snapshot = new byte[SnapshotBytes];
        RepState[] states = way.HasSnapshots ? [.. Enumerable.Range(1, Reps).Select(rep => new RepState(rep, snapshot))] : [];
        for (int from = 0; from < drive.Length * Reps; from += fixes.Length)
        {
            for (int i = 0; i < fixes.Length; i++) fixes[i] = RowAt(drive, from + i);
            await store.CommitAsync(new Checkpoint { Sequence = from + fixes.Length, Fixes = fixes, States = states, GeofenceChanges = [] }, CancellationToken.None);
        }
    }

    // Of the server and all its processes, when it runs on this machine; otherwise 0.
    private static async Task<double> ServerSecondsAsync(PostgresDatabase database)
    {
        await using NpgsqlCommand ask = database.Source.CreateCommand("SELECT pg_backend_pid()");
        int backend = (int)(await ask.ExecuteScalarAsync())!;
        if (StatOf(backend) is not { } found) return 0;
        long ticks = 0;
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int pid) || StatOf(pid) is not { } stat) continue;
            if (pid == found.Parent) ticks += stat.Ticks + stat.ChildTicks;
            else if (stat.Parent == found.Parent) ticks += stat.Ticks;
        }
        return ticks / 100.0;
    }

    private static (int Parent, long Ticks, long ChildTicks)? StatOf(int pid)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long At(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
            return ((int)At(1), At(11) + At(12), At(13) + At(14));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using System.Collections;
using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;
using Tracking.Store.Tracks;

namespace Tracking.Store.Postgres;

/// <summary>
/// Finds the fixes of a checkpoint that the database holds already. One that is newer than all of its rep's cannot be: the
/// usual case asks nobody. The others are looked up together. A late fix is always looked up, because another node may
/// have had the rep meanwhile.
/// </summary>
internal sealed class RepeatFilter
{
    private readonly Dictionary<int, long> _newest = [];
    private readonly Dictionary<int, long> _stagedNewest = [];
    private readonly Dictionary<(int Rep, long Day), KnownFixes> _known = [];
    private readonly Dictionary<(int Rep, long Day), Window> _windows = [];
    private readonly BitArray _asked = new(0);

    // What is looked up of a rep's day. Only a fix with an idempotency key can be a repeat of one of another instant.
    private sealed class Window
    {
        public long FirstMs = long.MaxValue, LastMs = long.MinValue;
        public readonly HashSet<long> Times = [];
        public readonly HashSet<ulong> Hashes = [];
    }

    /// <summary>Looks up what must be. Ends with <see cref="Keep"/> when the checkpoint was written, with <see cref="Forget"/> when it was not.</summary>
    public async Task PrepareAsync(NpgsqlConnection connection, IReadOnlyList<RepFix> fixes, CancellationToken cancel)
    {
        _stagedNewest.Clear();
        _known.Clear();
        _windows.Clear();
        Dictionary<int, long> unknown = UnknownReps(fixes);
        if (unknown.Count > 0) await FindNewestAsync(connection, unknown, cancel);
        Ask(fixes);
        if (_windows.Count > 0) await FindKnownAsync(connection, cancel);
    }

    /// <summary>Whether a fix is a repeat; to be asked once for each fix of the checkpoint, in order.</summary>
    public bool IsRepeat(int index, in RepFix fix)
    {
        if (_known.Count == 0) return false;
        var stored = new StoredFix(fix.Judged, null);
        if (!_known.TryGetValue((fix.RepKey, ChunkKey.DayAt(stored.FixedMs)), out KnownFixes? known)) return false;
        return !known.TryAdd(in stored) && _asked[index];
    }

    /// <summary>The checkpoint was written.</summary>
    public void Keep()
    {
        foreach ((int rep, long newest) in _stagedNewest) _newest[rep] = newest;
    }

    /// <summary>Whether the checkpoint was written is not known: everything is asked again.</summary>
    public void Forget() => _newest.Clear();

    /// <summary>Another node has stored fixes of a rep: its newest is asked again.</summary>
    public void ForgetRep(int rep) => _newest.Remove(rep);

    // Reps that this store has not written to yet, with the oldest instant from which on it must know them.
    private Dictionary<int, long> UnknownReps(IReadOnlyList<RepFix> fixes)
    {
        var unknown = new Dictionary<int, long>();
        for (int i = 0; i < fixes.Count; i++)
        {
            RepFix fix = fixes[i];
            if (_newest.ContainsKey(fix.RepKey)) continue;
            ref long since = ref CollectionsMarshal.GetValueRefOrAddDefault(unknown, fix.RepKey, out bool known);
            long fixedMs = fix.Judged.Fix.FixedAt.EpochMs;
            since = known ? Math.Min(since, fixedMs) : fixedMs;
        }
        return unknown;
    }

    // The newest fix of each rep from an instant on; one without has nothing that a fix of this checkpoint could repeat.
    private async Task FindNewestAsync(NpgsqlConnection connection, Dictionary<int, long> unknown, CancellationToken cancel)
    {
        const string newestIn = """
            (SELECT f.fixed_at FROM {0} f WHERE f.rep = w.rep AND f.fixed_at >= w.since AND f.fixed_at >= $3 AND f.outcome <> $4
             ORDER BY f.fixed_at DESC LIMIT 1)
            """;
        string sql = $"SELECT w.rep, greatest({string.Format(null, newestIn, "fixes")}, {string.Format(null, newestIn, "outlying_fixes")}) FROM unnest($1, $2) AS w(rep, since)";
        await using var ask = new NpgsqlCommand(sql, connection);
        ask.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. unknown.Keys] });
        ask.Parameters.Add(Times(unknown.Values));
        ask.Parameters.Add(Time(unknown.Values.Min()));
        ask.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)FixOutcome.Future });
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            int rep = row.GetInt32(0);
            _newest[rep] = row.IsDBNull(1) ? unknown[rep] - 1 : FixRows.InstantOf(row.GetFieldValue<long>(1)).EpochMs;
        }
    }

    // One from the future does not count as the newest, or all that follow would have to be looked up.
    private void Ask(IReadOnlyList<RepFix> fixes)
    {
        _asked.Length = fixes.Count;
        _asked.SetAll(false);
        for (int i = 0; i < fixes.Count; i++)
        {
            RepFix fix = fixes[i];
            FixOutcome outcome = fix.Judged.Outcome;
            if (outcome == FixOutcome.Duplicate) continue;
            long fixedMs = fix.Judged.Fix.FixedAt.EpochMs;
            ref long newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_stagedNewest, fix.RepKey, out bool staged);
            if (!staged) newest = _newest[fix.RepKey];
            bool isNewer = outcome != FixOutcome.Future && fixedMs > newest;
            if (isNewer) newest = fixedMs;
            if (!isNewer || outcome == FixOutcome.Late) Ask(i, in fix, fixedMs);
        }
    }

    private void Ask(int index, in RepFix fix, long fixedMs)
    {
        _asked[index] = true;
        long day = ChunkKey.DayAt(fixedMs);
        ref Window? window = ref CollectionsMarshal.GetValueRefOrAddDefault(_windows, (fix.RepKey, day), out bool known);
        if (!known)
        {
            window = new Window();
            _known.Add((fix.RepKey, day), new KnownFixes());
        }
        window!.Times.Add(fixedMs);
        (window.FirstMs, window.LastMs) = (Math.Min(window.FirstMs, fixedMs), Math.Max(window.LastMs, fixedMs));
        if (fix.Judged.Fix.IdempotencyHash is not (> 0 and ulong hash)) return;
        window.Hashes.Add(hash);
        (window.FirstMs, window.LastMs) = ChunkKey.SpanOf(day);
    }

    // Only what a fix of the checkpoint could repeat is kept, however much the database holds of that day.
    private async Task FindKnownAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const string knownIn = """
            SELECT f.rep, f.fixed_at, f.idempotency_hash, f.latitude_e7, f.longitude_e7
            FROM unnest($1, $2, $3) AS w(rep, first, last) CROSS JOIN LATERAL
                (SELECT * FROM {0} t WHERE t.rep = w.rep AND t.fixed_at BETWEEN w.first AND w.last AND t.fixed_at BETWEEN $4 AND $5 OFFSET 0) f
            """;
        string sql = $"{string.Format(null, knownIn, "fixes")} UNION ALL {string.Format(null, knownIn, "outlying_fixes")}";
        await using var ask = new NpgsqlCommand(sql, connection);
        ask.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. _windows.Keys.Select(k => k.Rep)] });
        ask.Parameters.Add(Times(_windows.Values.Select(w => w.FirstMs)));
        ask.Parameters.Add(Times(_windows.Values.Select(w => w.LastMs)));
        ask.Parameters.Add(Time(_windows.Values.Min(w => w.FirstMs)));
        ask.Parameters.Add(Time(_windows.Values.Max(w => w.LastMs)));
        await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            Instant fixedAt = FixRows.InstantOf(row.GetFieldValue<long>(1));
            (int, long) key = (row.GetInt32(0), ChunkKey.DayAt(fixedAt.EpochMs));
            ulong hash = row.IsDBNull(2) ? 0 : (ulong)row.GetInt64(2);
            Window window = _windows[key];
            if (!window.Times.Contains(fixedAt.EpochMs) && !window.Hashes.Contains(hash)) continue;
            bool hasPosition = !row.IsDBNull(3);
            var fix = new Fix
            {
                FixedAt = fixedAt,
                IdempotencyHash = hash,
                Position = hasPosition ? GeoPoint.FromE7(row.GetInt32(3), row.GetInt32(4)) : default,
                Traits = hasPosition ? FixTraits.None : FixTraits.NoPosition,
            };
            var stored = new StoredFix(new JudgedFix(fix, FixOutcome.Accepted), null);
            _known[key].TryAdd(in stored);
        }
    }

    // As numbers, because Npgsql takes the first and the last DateTime for the two infinities.
    private static NpgsqlParameter<long> Time(long ms) => new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, TypedValue = FixRows.MicrosOf(new Instant(ms)) };

    private static NpgsqlParameter<long[]> Times(IEnumerable<long> ms) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, TypedValue = [.. ms.Select(m => FixRows.MicrosOf(new Instant(m)))] };
}

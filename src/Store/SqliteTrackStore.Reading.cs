using Tracking.Contracts;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Store;

public sealed partial class SqliteTrackStore
{
    private sealed record Ask(int Rep, long FromMs, long ToMs, int Skip, int Limit, bool WithAttributes);

    /// <inheritdoc/>
    public ValueTask<TrackPage> ReadTrackAsync(int repKey, Instant from, Instant to, TrackPosition? after, int limit, CancellationToken cancel, bool withAttributes = false)
    {
        bool resumes = after is { } position && position.FixedAt >= from;
        Instant begin = resumes ? after!.Value.FixedAt : from;
        if (limit <= 0 || begin >= to) return new ValueTask<TrackPage>(new TrackPage([], null));
        return _readers.ReadAsync(Read, new Ask(repKey, begin.EpochMs, to.EpochMs, resumes ? after!.Value.Skip : 0, limit, withAttributes), cancel);
    }

    private TrackPage Read(SqliteFile file, Ask ask)
    {
        try
        {
            List<StoredFix> open = TakeView(file, ask);
            var page = new PageMaker(ask);
            var day = new List<StoredFix>();
            long dayOfList = -1;
            int openNext = 0;
            using SqliteStatement chunk = file.Prepare(ask.WithAttributes
                ? "SELECT id, bytes, attributes FROM chunk WHERE id BETWEEN ? AND ? AND last >= ? AND first < ? ORDER BY id"
                : "SELECT id, bytes FROM chunk WHERE id BETWEEN ? AND ? AND last >= ? AND first < ? ORDER BY id");
            chunk.Bind(1, ChunkKey.Of(ask.Rep, ChunkKey.DayAt(ask.FromMs), 0)).Bind(2, ChunkKey.Of(ask.Rep, ChunkKey.DayAt(ask.ToMs - 1), ChunkKey.MaxPlace))
                .Bind(3, ask.FromMs).Bind(4, ask.ToMs);
            var reader = new ChunkReader();
            while (!page.IsFull && chunk.Step())
            {
                long next = ChunkKey.DayOf(chunk.Int64(0));
                if (next != dayOfList)
                {
                    page.AddDay(day, open, ref openNext, next);
                    dayOfList = next;
                }
                reader.Read(chunk.Blob(1), ask.WithAttributes ? chunk.Blob(2) : default, day);
            }
            page.AddDay(day, open, ref openNext, long.MaxValue);
            return page.ToPage();
        }
        finally
        {
            file.Rollback();
        }
    }

    // The tables and the memory of one instant, or a fix that is just being moved would be there twice or not at all.
    private List<StoredFix> TakeView(SqliteFile file, Ask ask)
    {
        var open = new List<StoredFix>();
        lock (_publish)
        {
            file.Execute("BEGIN");
            file.ReadLong("SELECT sequence FROM position");
            CopyOpen(_frozen, ask, open);
            CopyOpen(_active, ask, open);
        }
        StoredFix.Sort(open);
        return open;
    }

    private static void CopyOpen(Memtable? table, Ask ask, List<StoredFix> to)
    {
        if (table is null || !table.Reps.TryGetValue(ask.Rep, out OpenRep? open)) return;
        foreach (StoredFix stored in open.Fixes)
        {
            if (stored.FixedMs >= ask.FromMs && stored.FixedMs < ask.ToMs) to.Add(stored);
        }
    }

    // Puts days together, one after the other, until there is one fix more than asked for: then something follows.
    private sealed class PageMaker(Ask ask)
    {
        private readonly List<JudgedFix> _fixes = [];
        private readonly List<byte[]?>? _attributes = ask.WithAttributes ? [] : null;
        private int _toSkip = ask.Skip;

        public bool IsFull => _fixes.Count > ask.Limit;

        /// <summary>Adds a day's stored fixes with the open ones of the days before another.</summary>
        public void AddDay(List<StoredFix> stored, List<StoredFix> open, ref int openNext, long beforeDay)
        {
            while (openNext < open.Count && ChunkKey.DayAt(open[openNext].FixedMs) < beforeDay) stored.Add(open[openNext++]);
            StoredFix.Sort(stored);
            foreach (StoredFix fix in stored)
            {
                if (IsFull) break;
                if (fix.FixedMs < ask.FromMs || fix.FixedMs >= ask.ToMs) continue;
                if (_toSkip > 0 && fix.FixedMs == ask.FromMs)
                {
                    _toSkip--;
                    continue;
                }
                _fixes.Add(fix.Judged);
                _attributes?.Add(fix.Attributes);
            }
            stored.Clear();
        }

        public TrackPage ToPage()
        {
            if (!IsFull) return new TrackPage(_fixes, null) { Attributes = _attributes };
            _fixes.RemoveAt(ask.Limit);
            _attributes?.RemoveAt(ask.Limit);
            Instant last = _fixes[^1].Fix.FixedAt;
            int skip = last.EpochMs == ask.FromMs ? ask.Skip : 0;
            for (int i = _fixes.Count - 1; i >= 0 && _fixes[i].Fix.FixedAt == last; i--) skip++;
            return new TrackPage(_fixes, new TrackPosition(last, skip)) { Attributes = _attributes };
        }
    }
}

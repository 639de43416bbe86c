using System.Buffers;
using System.Runtime.InteropServices;
using StackExchange.Redis;
using Tracking.Contracts;
using Tracking.Contracts.MessagePack;
using Tracking.LiveMap.Frames;
using Tracking.LiveMap.Live;
using Tracking.Store;

namespace Tracking.LiveMap.Redis;

/// <summary>
/// Hands the reps of this node to Redis: on every tick those that have changed, and all of them after a connection was made.
/// One batch is under way at a time. While Redis is slow or gone the board gathers what changes, the newest of each rep, so
/// that nothing else has to wait in a queue.
/// </summary>
internal sealed class PositionWriter(LiveBoard board, Registry registry, RedisOptions options, LiveMapOptions map, TimeProvider clock, RedisCounts counts)
{
    /// <summary>GEO sets know no places nearer to the poles.</summary>
    private const double GeoMaxLatitudeDeg = 85.05112878;

    private const int RepsAtOnce = 2000, RecordsPerMessage = 500;
    private readonly RedisNames _names = new(options.Prefix);
    private readonly List<int> _changed = [];
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private readonly Batch _batch = new();
    private IReadOnlyList<Rep> _known = [];
    private MapCell[] _cells = [];
    private long _tick, _sequence, _publishedAt;

    /// <summary>What the records and messages of this writer are known by.</summary>
    public uint Session { get; } = (uint)Random.Shared.NextInt64(1, 1L << 32);

    /// <summary>Writes until it fails or is told to end; may be called again then, and begins with everybody.</summary>
    public async Task RunAsync(IDatabase redis, CancellationToken cancel)
    {
        _known = registry.Reps;
        await RemoveStrangersAsync(redis, cancel);
        NoteEverybody();
        using var timer = new PeriodicTimer(map.Tick, clock);
        do
        {
            if (!ReferenceEquals(_known, registry.Reps)) await RemoveGoneAsync(redis, cancel);
            board.TakeChangedForRelay(_changed);
            for (int from = 0; from < _changed.Count; from += RepsAtOnce)
                await WriteAsync(redis, from, Math.Min(_changed.Count, from + RepsAtOnce), cancel);
            _changed.Clear();
            if (clock.GetElapsedTime(_publishedAt) >= options.Beat) await SendBatchAsync(redis, isBeat: true, cancel);
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }

    private void NoteEverybody()
    {
        // What has changed is among everybody.
        board.TakeChangedForRelay(_changed);
        _changed.Clear();
        for (int key = 0; key < board.KeyCount; key++) _changed.Add(key);
        Array.Clear(_cells);
    }

    private Task WriteAsync(IDatabase redis, int from, int to, CancellationToken cancel)
    {
        _tick++;
        for (int i = from; i < to; i++)
        {
            int key = _changed[i];
            if (board.TryRead(key, out RepLive live) && registry.FindRep(key) is { } rep) Add(live, rep.Id);
        }
        return SendBatchAsync(redis, isBeat: false, cancel);
    }

    private void Add(in RepLive live, string id)
    {
        byte[] record = Encode(new RepRecord(live, id, Session, _tick));
        _batch.Records.Add(new HashEntry(id, record));
        MapCell cell = default;
        if (live.HasPosition)
        {
            GeoPoint at = live.Position;
            if (Math.Abs(at.LatitudeDeg) <= GeoMaxLatitudeDeg) _batch.Places.Add(new GeoEntry(at.LongitudeDeg, at.LatitudeDeg, id));
            else _batch.Misplaced.Add(id);
            cell = MapCell.Of(at.LatitudeE7, at.LongitudeE7).At(RedisNames.CellZ);
        }
        else
        {
            // Off duty it is nowhere.
            _batch.Misplaced.Add(id);
        }
        MapCell before = CellOf(live.RepKey);
        _batch.OpenCell(cell).Add(record);
        // Who follows the cell that the rep has left is told where it went.
        if (before != cell && before != default) _batch.OpenCell(before).Add(record);
        before = cell;
        _cells[live.RepKey] = before;
    }

    private MapCell CellOf(int key)
    {
        if (key >= _cells.Length) Array.Resize(ref _cells, Math.Max(key + 1, Math.Max(256, _cells.Length * 2)));
        return _cells[key];
    }

    private byte[] Encode(in RepRecord record)
    {
        _buffer.ResetWrittenCount();
        var writer = new MessagePackWriter(_buffer);
        record.WriteTo(ref writer);
        writer.Flush();
        return _buffer.WrittenSpan.ToArray();
    }

    /// <summary>Sends the batch in one go and waits for the answers, so that the next one does not pile up on it.</summary>
    private async Task SendBatchAsync(IDatabase redis, bool isBeat, CancellationToken cancel)
    {
        List<Task> answers = [];
        try
        {
            if (_batch.Records.Count > 0) answers.Add(redis.HashSetAsync(_names.Reps, [.. _batch.Records]));
            if (_batch.Places.Count > 0) answers.Add(redis.GeoAddAsync(_names.Geo, [.. _batch.Places]));
            if (_batch.Misplaced.Count > 0) answers.Add(redis.SortedSetRemoveAsync(_names.Geo, [.. _batch.Misplaced]));
            foreach ((MapCell cell, List<byte[]> records) in _batch.Cells)
            {
                for (int from = 0; from < records.Count; from += RecordsPerMessage)
                    Publish(CollectionsMarshal.AsSpan(records).Slice(from, Math.Min(RecordsPerMessage, records.Count - from)), cell);
            }
            if (isBeat) Publish([], default);
            counts.Sent.Add(_batch.Records.Count);
        }
        finally
        {
            _batch.Clear();
        }
        if (answers.Count > 0) await Task.WhenAll(answers).WaitAsync(options.Timeout, clock, cancel);

        void Publish(ReadOnlySpan<byte[]> records, MapCell cell)
        {
            var message = new PositionMessage(Session, ++_sequence, clock.GetUtcNow().ToUnixTimeMilliseconds(), records.Length);
            answers.Add(redis.PublishAsync(cell == default ? _names.NoCell : _names.ChannelOf(cell), message.Around(records)));
            counts.Published.Add();
            _publishedAt = clock.GetTimestamp();
        }
    }

    /// <summary>Removes whom the registry lacks: somebody may have been removed while nobody wrote.</summary>
    private async Task RemoveStrangersAsync(IDatabase redis, CancellationToken cancel)
    {
        RedisValue[] written = await redis.HashKeysAsync(_names.Reps).WaitAsync(options.Timeout, clock, cancel);
        await RemoveAsync(redis, [.. written.Where(id => registry.FindRep((string)id!) is null)], cancel);
    }

    private async Task RemoveGoneAsync(IDatabase redis, CancellationToken cancel)
    {
        IReadOnlyList<Rep> now = registry.Reps;
        List<RedisValue> gone = [];
        foreach (Rep rep in _known)
            if (registry.FindRep(rep.Id) is null) gone.Add(rep.Id);
        await RemoveAsync(redis, [.. gone], cancel);
        _known = now;
    }

    private async Task RemoveAsync(IDatabase redis, RedisValue[] ids, CancellationToken cancel)
    {
        if (ids.Length == 0) return;
        await Task.WhenAll(redis.HashDeleteAsync(_names.Reps, ids), redis.SortedSetRemoveAsync(_names.Geo, ids)).WaitAsync(options.Timeout, clock, cancel);
    }

    /// <summary>What is sent together.</summary>
    private sealed class Batch
    {
        public List<HashEntry> Records { get; } = [];

        public List<GeoEntry> Places { get; } = [];

        public List<RedisValue> Misplaced { get; } = [];

        /// <summary>By cell; the default one holds reps without a position.</summary>
        public Dictionary<MapCell, List<byte[]>> Cells { get; } = [];

        public List<byte[]> OpenCell(MapCell cell)
        {
            if (!Cells.TryGetValue(cell, out List<byte[]>? records)) Cells.Add(cell, records = []);
            return records;
        }

        public void Clear()
        {
            Records.Clear();
            Places.Clear();
            Misplaced.Clear();
            Cells.Clear();
        }
    }
}

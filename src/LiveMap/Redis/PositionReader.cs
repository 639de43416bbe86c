using StackExchange.Redis;
using Tracking.Contracts;
using Tracking.Contracts.MessagePack;
using Tracking.LiveMap.Live;
using Tracking.Store;

namespace Tracking.LiveMap.Redis;

/// <summary>
/// Takes the reps of other nodes out of Redis: everybody's newest record at the beginning and whenever messages are missing,
/// then the messages of all map cells. Messages may come in any order.
/// </summary>
internal sealed class PositionReader(
    LiveBoard board, Registry registry, RedisOptions options, TimeProvider clock, RedisCounts counts, uint ownSession)
{
    private const int MaxUnknown = 10_000, MaxWriters = 1000, FieldsPerPage = 1000;
    private readonly RedisNames _names = new(options.Prefix);
    private readonly Lock _gate = new();
    private readonly Dictionary<int, RepRecord> _unknown = [];
    private readonly Dictionary<uint, HeardWriter> _writers = [];
    private Held[] _held = [];
    private int _load;
    private bool _hasDropped;
    private long _heardAt;
    private long _lagMs;

    /// <summary>How long no writer has been heard.</summary>
    public TimeSpan Silence => Volatile.Read(ref _heardAt) is var at and > 0 ? clock.GetElapsedTime(at) : TimeSpan.MaxValue;

    /// <summary>How long the last message was under way, by the clocks of both nodes.</summary>
    public TimeSpan Lag => TimeSpan.FromMilliseconds(Volatile.Read(ref _lagMs));

    /// <summary>Reads until it fails or is told to end; may be called again then.</summary>
    public async Task RunAsync(ConnectionMultiplexer redis, CancellationToken cancel)
    {
        lock (_gate) _writers.Clear();
        ISubscriber subscriber = redis.GetSubscriber();
        // When this part alone begins anew, it is subscribed already.
        await subscriber.UnsubscribeAsync(_names.AllCells).WaitAsync(options.Timeout, clock, cancel);
        await subscriber.SubscribeAsync(_names.AllCells, (_, message) => Take(message!)).WaitAsync(options.Timeout, clock, cancel);
        IDatabase database = redis.GetDatabase();
        await LoadAsync(database, cancel);
        IReadOnlyList<Rep> known = registry.Reps;
        using var timer = new PeriodicTimer(options.Beat, clock);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            bool mustLoad = FindGap();
            if (!ReferenceEquals(known, registry.Reps))
            {
                known = registry.Reps;
                mustLoad |= TakeUnknown();
            }
            if (mustLoad) await LoadAsync(database, cancel);
        }
    }

    /// <summary>Takes a message of a channel; one that makes no sense is counted and left out.</summary>
    internal void Take(byte[] bytes)
    {
        counts.Received.Add();
        var reader = new MessagePackReader(bytes);
        lock (_gate)
        {
            if (!PositionMessage.TryRead(ref reader, out PositionMessage message))
            {
                counts.Unusable.Add();
                return;
            }
            if (message.Session == ownSession) return;
            Count(message);
            for (int i = 0; i < message.Count; i++)
            {
                if (!RepRecord.TryRead(ref reader, out RepRecord record))
                {
                    counts.Unusable.Add();
                    return;
                }
                Apply(record, isLoaded: false);
            }
        }
    }

    private void Count(in PositionMessage message)
    {
        Volatile.Write(ref _heardAt, clock.GetTimestamp());
        Volatile.Write(ref _lagMs, clock.GetUtcNow().ToUnixTimeMilliseconds() - message.SentAtMs);
        if (_writers.TryGetValue(message.Session, out HeardWriter? writer)) writer.Count(message.Sequence);
        else if (_writers.Count < MaxWriters) _writers.Add(message.Session, new HeardWriter(message.Sequence));
    }

    /// <summary>Whether a message that was sent before the last look has not come by now.</summary>
    private bool FindGap()
    {
        bool found = false;
        lock (_gate)
        {
            foreach ((uint session, HeardWriter writer) in _writers)
            {
                found |= writer.FindGap();
                if (writer.IsSilent) _writers.Remove(session);
            }
        }
        return found;
    }

    /// <summary>Reads everybody's newest record, a page at a time so that Redis does not stand still for others.</summary>
    private async Task LoadAsync(IDatabase redis, CancellationToken cancel)
    {
        counts.Loads.Add();
        lock (_gate)
        {
            _load++;
            _hasDropped = false;
        }
        string cursor = "0";
        do
        {
            RedisResult answer = await redis.ExecuteAsync("HSCAN", _names.Reps, cursor, "COUNT", FieldsPerPage).WaitAsync(options.Timeout, clock, cancel);
            var page = (RedisResult[])answer!;
            cursor = (string)page[0]!;
            var fields = (byte[][])page[1]!;
            lock (_gate)
            {
                for (int i = 1; i < fields.Length; i += 2)
                {
                    var reader = new MessagePackReader(fields[i]);
                    if (RepRecord.TryRead(ref reader, out RepRecord record)) Apply(record, isLoaded: true);
                    else counts.Unusable.Add();
                }
            }
        }
        while (cursor != "0");
    }

    private void Apply(in RepRecord record, bool isLoaded)
    {
        int key = record.Live.RepKey;
        if (record.Session == ownSession) return;
        if (registry.FindRep(key) is not { } rep || rep.Id != record.Id)
        {
            Keep(record);
            return;
        }
        if (key >= _held.Length) Array.Resize(ref _held, Math.Max(key + 1, Math.Max(256, _held.Length * 2)));
        ref Held held = ref _held[key];
        bool isOld = held.Session == record.Session ? record.Tick <= held.Tick
            // Of two writers the one that sends now has the rep; what lies in the hash may be the other's.
            : isLoaded && (held.Load == _load || (held.Session == 0 && board.TryRead(key, out _)));
        if (isOld)
        {
            counts.Old.Add();
            return;
        }
        held = new Held(record.Session, record.Tick, isLoaded ? 0 : _load);
        board.PublishForeign(record.Live);
        counts.Taken.Add();
    }

    /// <summary>Keeps the newest record of a rep that the registry has not heard of yet.</summary>
    private void Keep(in RepRecord record)
    {
        counts.Unknown.Add();
        if (_unknown.Count >= MaxUnknown && !_unknown.ContainsKey(record.Live.RepKey))
        {
            counts.Dropped.Add();
            _hasDropped = true;
            return;
        }
        _unknown[record.Live.RepKey] = record;
    }

    /// <summary>Takes the records of those whom the registry knows by now.</summary>
    /// <returns>Whether records were dropped, so that all must be read anew.</returns>
    private bool TakeUnknown()
    {
        lock (_gate)
        {
            foreach ((int key, RepRecord record) in _unknown)
            {
                if (registry.FindRep(key) is null) continue;
                _unknown.Remove(key);
                // Another rep of that number: the record is of another installation.
                if (registry.FindRep(key)!.Id == record.Id) Apply(record, isLoaded: false);
            }
            return _hasDropped;
        }
    }

    /// <summary>The record that the board shows of a rep. <see cref="Load"/>: the load during or after which it came as a message.</summary>
    private readonly record struct Held(uint Session, long Tick, int Load);

    /// <summary>Counts the messages of one writer.</summary>
    private sealed class HeardWriter(long first)
    {
        private const int SilentLooks = 60;
        private long _base = first - 1, _count = 1, _highest = first, _highestBefore = first - 1;
        private int _looksWithout;

        public bool IsSilent => _looksWithout > SilentLooks;

        public void Count(long sequence)
        {
            if (sequence <= _base) return;
            _count++;
            _highest = Math.Max(_highest, sequence);
        }

        public bool FindGap()
        {
            bool found = _count < _highestBefore - _base;
            if (found) (_base, _count) = (_highest, 0);
            _looksWithout = _highest == _highestBefore ? _looksWithout + 1 : 0;
            _highestBefore = _highest;
            return found;
        }
    }
}

using StackExchange.Redis;
using Tracking.Contracts;
using Tracking.LiveMap.Api;
using Tracking.Store;

namespace Tracking.LiveMap.Redis;

/// <summary>
/// Writes the alert log into a stream. The id of an entry is the alert's cursor, so that Redis itself says how far the stream
/// reaches and refuses what it has: nothing is missing after Redis was away or lost its last second, nothing is there twice, and
/// several nodes may write one log into one stream.
/// </summary>
internal sealed class AlertStreamer(AlertLog log, RedisOptions options, TimeProvider clock, RedisCounts counts)
{
    private const int AlertsAtOnce = 500;

    /// <summary>
    /// Appends alerts when the newest entry is the one that the caller believes; stops at the first that is refused (a script
    /// is not interrupted, a pipeline would leave a hole there). Answers the newest entry.
    /// </summary>
    private const string Append = """
        local top = '0'
        if redis.call('EXISTS', KEYS[1]) == 1 then
          local info = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #info, 2 do
            if info[i] == 'last-generated-id' then top = string.match(info[i + 1], '^%d+') end
          end
        end
        if top ~= ARGV[1] then return top end
        for i = 3, #ARGV, 5 do
          redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], ARGV[i] .. '-0',
            'id', ARGV[i + 1], 'kind', ARGV[i + 2], 'repId', ARGV[i + 3], 'alert', ARGV[i + 4])
          top = ARGV[i]
        end
        return top
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private readonly RedisKey[] _keys = [new RedisNames(options.Prefix).Alerts];
    private long _top = -1;

    /// <summary>Alerts between the newest entry of the stream and the newest of the log; 0 before the first answer.</summary>
    public long LagAlerts => Volatile.Read(ref _top) is >= 0 and var top ? Math.Max(0, log.NewestCursor - top) : 0;

    /// <summary>Whether the stream holds alerts that the log does not: the database was restored, or the stream is another's.</summary>
    public bool IsAhead => Volatile.Read(ref _top) > log.NewestCursor;

    /// <summary>Writes until it fails or is told to end; may be called again then, and goes on behind the stream's newest entry.</summary>
    public async Task RunAsync(IDatabase redis, CancellationToken cancel)
    {
        // No stream has this entry: the answer is the newest one.
        long top = await AppendAsync(redis, "none", [], cancel);
        long after = BeginBehind(top);
        while (true)
        {
            Volatile.Write(ref _top, top);
            await WaitAsync(after, cancel);
            AlertPage page = await log.ReadPageAsync(after, AlertsAtOnce, AlertFilter.All, cancel);
            long reached = await AppendAsync(redis, top.ToString(System.Globalization.CultureInfo.InvariantCulture), page.Alerts, cancel);
            long last = page.Alerts.Count > 0 ? page.Alerts[^1].Alert.Cursor : top;
            if (reached == last)
            {
                counts.Alerts.Add(page.Alerts.Count);
                if (FixTrace.HasAlerts) AlertStream.Traced(page.Alerts, "redis");
                after = page.Next;
            }
            else
            {
                // Redis has lost entries, or another node has written some.
                after = BeginBehind(reached);
            }
            top = reached;
        }
    }

    /// <summary>Waits for alerts; looks at the stream from time to time, because Redis may have been emptied.</summary>
    private async Task WaitAsync(long after, CancellationToken cancel)
    {
        try
        {
            await log.WaitAsync(after, cancel).AsTask().WaitAsync(LookEvery, clock, cancel);
        }
        catch (TimeoutException)
        {
            // Nothing new: the script compares, and writes nothing.
        }
    }

    /// <summary>A new stream begins with the alerts that it has room for.</summary>
    private long BeginBehind(long top) => top > 0 ? top : Math.Max(log.OldestCursor, log.NewestCursor - options.MaxStreamLength);

    private async Task<long> AppendAsync(IDatabase redis, string expectedTop, IReadOnlyList<StoredAlert> alerts, CancellationToken cancel)
    {
        var arguments = new RedisValue[2 + 5 * alerts.Count];
        arguments[0] = expectedTop;
        arguments[1] = options.MaxStreamLength;
        for (int i = 0; i < alerts.Count; i++)
        {
            Alert alert = alerts[i].Alert;
            int at = 2 + 5 * i;
            (arguments[at], arguments[at + 1], arguments[at + 2], arguments[at + 3], arguments[at + 4]) =
                (alert.Cursor, alert.Id, alert.Kind, alert.RepId, alerts[i].Json.ToArray());
        }
        RedisResult answer = await redis.ScriptEvaluateAsync(Append, _keys, arguments).WaitAsync(options.Timeout, clock, cancel);
        return (long)answer;
    }
}

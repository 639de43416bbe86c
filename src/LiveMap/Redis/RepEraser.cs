using StackExchange.Redis;

namespace Tracking.LiveMap.Redis;

/// <summary>Takes what Redis holds of a rep out of it. What subscribers have read already is theirs.</summary>
internal static class RepEraser
{
    /// <summary>Looks at a part of the stream, so that nobody waits long, and answers how many entries it deleted and where to go on; an empty text: nowhere.</summary>
    private const string DeleteSome = """
        local entries = redis.call('XRANGE', KEYS[1], ARGV[2], '+', 'COUNT', ARGV[3])
        local deleted = 0
        for _, entry in ipairs(entries) do
          for i = 1, #entry[2], 2 do
            if entry[2][i] == 'repId' and entry[2][i + 1] == ARGV[1] then
              deleted = deleted + redis.call('XDEL', KEYS[1], entry[1])
              break
            end
          end
        end
        local next = ''
        if #entries == tonumber(ARGV[3]) then
          next = string.match(entries[#entries][1], '^%d+')
        end
        return {deleted, next}
        """;

    private const int EntriesAtOnce = 1000;

    public static async Task<long> EraseAsync(IDatabase redis, RedisNames names, string repId, TimeSpan timeout, CancellationToken cancel)
    {
        long erased = await redis.HashDeleteAsync(names.Reps, repId).WaitAsync(timeout, cancel) ? 1 : 0;
        if (await redis.SortedSetRemoveAsync(names.Geo, repId).WaitAsync(timeout, cancel)) erased++;
        // An entry's number is its alert's cursor.
        for (long from = 0; from >= 0;)
        {
            var answer = (RedisResult[])await redis.ScriptEvaluateAsync(DeleteSome, [names.Alerts], [repId, from, EntriesAtOnce]).WaitAsync(timeout, cancel);
            erased += (long)answer[0];
            from = (string)answer[1] is { Length: > 0 } next ? long.Parse(next, System.Globalization.CultureInfo.InvariantCulture) + 1 : -1;
        }
        return erased;
    }
}

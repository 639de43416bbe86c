using StackExchange.Redis;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Redis;

/// <summary>The names of keys and channels; see <c>docs/redis.md</c>.</summary>
internal sealed class RedisNames(string prefix)
{
    /// <summary>The zoom of the map cells that have a channel each: some 100 km at middle latitudes.</summary>
    public const int CellZ = 8;

    /// <summary>Hash: a rep's id → its newest record.</summary>
    public RedisKey Reps { get; } = prefix + "reps";

    /// <summary>GEO set of the ids of reps.</summary>
    public RedisKey Geo { get; } = prefix + "reps:geo";

    /// <summary>Stream of alerts.</summary>
    public RedisKey Alerts { get; } = prefix + "alerts";

    /// <summary>All channels of positions.</summary>
    public RedisChannel AllCells { get; } = new(prefix + "live:*", RedisChannel.PatternMode.Pattern);

    /// <summary>The channel of reps without a position, and of the writers' signs of life.</summary>
    public RedisChannel NoCell { get; } = new(prefix + "live:none", RedisChannel.PatternMode.Literal);

    /// <summary>The channel of a map cell.</summary>
    public RedisChannel ChannelOf(MapCell cell) => new(FormattableString.Invariant($"{prefix}live:{cell.Z}/{cell.X}/{cell.Y}"), RedisChannel.PatternMode.Literal);
}

using Tracking.Contracts;

namespace Tracking.LiveMap.Redis;

/// <summary>What the link to Redis counts.</summary>
internal sealed class RedisCounts(Metrics metrics)
{
    private const string Messages = "tracking_redis_messages_total", MessagesHelp = "Messages of positions: published, received, received and unusable.";
    private const string Positions = "tracking_redis_positions_total",
        PositionsHelp = "Positions: sent, taken, older than what is known, of a rep that the registry lacks, dropped because too many of those wait.";

    public Counter Published { get; } = metrics.Counter(Messages, MessagesHelp, ("result", "published"));

    public Counter Received { get; } = metrics.Counter(Messages, MessagesHelp, ("result", "received"));

    public Counter Unusable { get; } = metrics.Counter(Messages, MessagesHelp, ("result", "unusable"));

    public Counter Sent { get; } = metrics.Counter(Positions, PositionsHelp, ("result", "sent"));

    public Counter Taken { get; } = metrics.Counter(Positions, PositionsHelp, ("result", "taken"));

    public Counter Old { get; } = metrics.Counter(Positions, PositionsHelp, ("result", "old"));

    public Counter Unknown { get; } = metrics.Counter(Positions, PositionsHelp, ("result", "unknown"));

    public Counter Dropped { get; } = metrics.Counter(Positions, PositionsHelp, ("result", "dropped"));

    public Counter Loads { get; } = metrics.Counter("tracking_redis_loads_total", "How often everybody's newest position was read anew.");

    public Counter Alerts { get; } = metrics.Counter("tracking_redis_alerts_total", "Alerts written to the stream.");

    public Counter Failures { get; } = metrics.Counter("tracking_redis_failures_total", "Connections to Redis that failed or could not be made, and refused writes.");
}

namespace Tracking.Store.Postgres;

/// <summary>Where the PostgreSQL database is and under which names the program works there.</summary>
public sealed record PostgresOptions
{
    /// <summary>An Npgsql connection string: <c>Host=…;Port=…;Database=…;Username=…;Password=…</c>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The schema that holds every table; lower-case letters, digits and underscores.</summary>
    public string Schema { get; init; } = "tracking";

    /// <summary>The name under which this node keeps its journal cursor and its trackers; one node a name.</summary>
    public string Node { get; init; } = "main";

    /// <summary>Whether this node has no trackers, so that it takes no name and writes no tracks.</summary>
    public bool ServesOnly { get; init; }

    /// <summary>Whether the TimescaleDB extension is used where the server has it.</summary>
    public bool UseTimescale { get; init; } = true;

    /// <summary>The time that one partition of the fixes covers; the newest one and its index should fit the server's memory.</summary>
    public TimeSpan ChunkInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The age at which a partition is compressed, where the licence of TimescaleDB has that; late fixes still find their way into it.</summary>
    public TimeSpan CompressAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long fixes are kept, counted from when they were fixed; null: for ever. See <see cref="TrackRetentionComposition.AddTrackRetention"/>.</summary>
    public TimeSpan? Retention { get; init; }
}

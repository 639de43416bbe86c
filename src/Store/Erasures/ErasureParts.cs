using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>Where data of people lie.</summary>
public sealed record ErasureParts
{
    /// <summary>Knows what is to be erased.</summary>
    public required Registry Registry { get; init; }

    /// <summary>Tracks and trackers.</summary>
    public required ITrackStore Tracks { get; init; }

    /// <summary>Alerts.</summary>
    public required AlertLog Alerts { get; init; }

    /// <summary>Dead letters.</summary>
    public required ISubscriptionStore Subscriptions { get; init; }

    /// <summary>Input that could not be used.</summary>
    public required Quarantine Quarantine { get; init; }

    /// <summary>What is not in the tracks yet.</summary>
    public required Journal Journal { get; init; }

    /// <summary>The folder whose files are written anew.</summary>
    public required DataFolder Folder { get; init; }

    /// <summary>The name under which this node does its part; null: it has no trackers.</summary>
    public required string? Node { get; init; }

    /// <summary>What else there is.</summary>
    public IReadOnlyList<ErasurePlace> Places { get; init; } = [];

    // The tracks' own file is the track store's.
    internal void Scrub()
    {
        foreach (string path in Directory.EnumerateFiles(Folder.Path, "*.db"))
        {
            if (Path.GetFileName(path) != Archives.ArchiveTable.TrackFile) SqliteFile.Scrub(path);
        }
    }
}

using System.Collections.Frozen;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The parameters of the rules for every rep: those for everybody, and where a group or a rep has its own. The nearest wins,
/// key by key: a rep's over its group's, a group's over those of the group around it, and any over everybody's.
/// </summary>
public sealed class RepOptions
{
    /// <summary>The defaults, for everybody.</summary>
    public static readonly RepOptions Default = new(TrackerOptions.Default);

    private readonly FrozenDictionary<string, Level> _groups;
    private readonly FrozenDictionary<string, Level>.AlternateLookup<ReadOnlySpan<char>> _byPath;
    private readonly Level _everyone;

    // The options at one group, the empty path being everybody, and those of reps whose nearest group it is.
    private sealed record Level(TrackerOptions Options, FrozenDictionary<string, TrackerOptions> Reps);

    /// <summary>The same for everybody.</summary>
    /// <exception cref="ArgumentException">A parameter is out of range; the message names its key and value.</exception>
    public RepOptions(TrackerOptions everyone) : this(everyone, [], []) { }

    /// <summary>With differences.</summary>
    /// <param name="everyone">What holds where nothing nearer does.</param>
    /// <param name="groups">By path, what a group changes in the options around it; it may change the record it is given.</param>
    /// <param name="reps">By id, what a rep changes in those of its group.</param>
    /// <exception cref="ArgumentException">A parameter is out of range, alone or beside those of a group around it; the message names its key and value.</exception>
    public RepOptions(
        TrackerOptions everyone,
        IEnumerable<KeyValuePair<string, Func<TrackerOptions, TrackerOptions>>> groups,
        IEnumerable<KeyValuePair<string, Func<TrackerOptions, TrackerOptions>>> reps)
    {
        Everyone = Checked(everyone, "");
        List<KeyValuePair<string, Func<TrackerOptions, TrackerOptions>>> own = [.. reps];
        _everyone = new Level(everyone, OwnOf(everyone, "", own));
        var levels = new Dictionary<string, Level>(StringComparer.Ordinal);
        _groups = FrozenDictionary<string, Level>.Empty;
        // An ancestor's path sorts before those below it.
        foreach ((string path, Func<TrackerOptions, TrackerOptions> change) in groups.OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            if (path.Length == 0) throw new ArgumentException("Groups: a group must have a path.");
            TrackerOptions around = Nearest(levels.GetAlternateLookup<ReadOnlySpan<char>>(), path)?.Options ?? everyone;
            TrackerOptions options = Checked(change(around.Copy()), $"Groups:{path}:");
            levels.Add(path, new Level(options, OwnOf(options, path, own)));
        }
        _groups = levels.ToFrozenDictionary(StringComparer.Ordinal);
        _byPath = _groups.GetAlternateLookup<ReadOnlySpan<char>>();
        IsUniform = own.Count == 0 && _groups.Count == 0;
    }

    /// <summary>What holds where nothing nearer does.</summary>
    public TrackerOptions Everyone { get; }

    /// <summary>Whether all reps have the same.</summary>
    public bool IsUniform { get; }

    /// <summary>The options of a rep; of an unknown one, everybody's. Allocates nothing.</summary>
    public TrackerOptions Of(Rep? rep)
    {
        if (IsUniform || rep is null) return Everyone;
        Level level = NearestOf(rep.Group);
        return level.Reps.TryGetValue(rep.Id, out TrackerOptions? own) ? own : level.Options;
    }

    private Level NearestOf(ReadOnlySpan<char> path)
    {
        for (; path.Length > 0; path = path[..Math.Max(path.LastIndexOf('/'), 0)])
            if (_byPath.TryGetValue(path, out Level? level)) return level;
        return _everyone;
    }

    private static Level? Nearest(Dictionary<string, Level>.AlternateLookup<ReadOnlySpan<char>> levels, ReadOnlySpan<char> path)
    {
        for (; path.Length > 0; path = path[..Math.Max(path.LastIndexOf('/'), 0)])
            if (levels.TryGetValue(path, out Level? level)) return level;
        return null;
    }

    private static FrozenDictionary<string, TrackerOptions> OwnOf(
        TrackerOptions around, string group, List<KeyValuePair<string, Func<TrackerOptions, TrackerOptions>>> reps) =>
        reps.ToFrozenDictionary(
            static rep => rep.Key,
            rep => Checked(rep.Value(around.Copy()), group.Length == 0 ? $"Reps:{rep.Key}:" : $"Reps:{rep.Key} (in group {group}):"),
            StringComparer.Ordinal);

    private static TrackerOptions Checked(TrackerOptions options, string section)
    {
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException wrong)
        {
            throw new ArgumentException($"{section}Tracker:{wrong.Message}", wrong);
        }
    }

    /// <summary>The same options for everybody.</summary>
    public static implicit operator RepOptions(TrackerOptions everyone) => FromTrackerOptions(everyone);

    /// <summary>The same options for everybody.</summary>
    public static RepOptions FromTrackerOptions(TrackerOptions everyone) => new(everyone);
}

namespace Tracking.Contracts;

/// <summary>What somebody may do.</summary>
public enum Role : byte
{
    /// <summary>See.</summary>
    Reader,
    /// <summary>See, and change geofences.</summary>
    Dispatcher,
    /// <summary>Everything.</summary>
    Admin,
    /// <summary>Hand in fixes for any device; sees nothing.</summary>
    Gateway,
}

/// <summary>Whose data somebody may touch.</summary>
/// <param name="Kind">The kind of scope.</param>
/// <param name="Value">The group's path or the rep's id; empty for everything.</param>
public readonly record struct Scope(ScopeKind Kind, string Value)
{
    /// <summary>The whole organisation.</summary>
    public static readonly Scope All = new(ScopeKind.All, "");

    /// <summary>Reads <c>group:PATH</c> or <c>rep:ID</c>; null or empty text is the whole organisation.</summary>
    public static bool TryParse(string? text, out Scope scope)
    {
        scope = text switch
        {
            null or "" => All,
            _ when text.StartsWith("group:", StringComparison.Ordinal) && text.Length > 6 => new(ScopeKind.Group, text[6..].Trim('/')),
            _ when text.StartsWith("rep:", StringComparison.Ordinal) && text.Length > 4 => new(ScopeKind.Rep, text[4..]),
            _ => new(ScopeKind.None, ""),
        };
        return scope.Kind != ScopeKind.None;
    }

    /// <summary>Whether the scope covers a rep, given its id and its group's path.</summary>
    public bool Covers(string repId, string group) => Kind switch
    {
        ScopeKind.All => true,
        ScopeKind.Rep => Value == repId,
        ScopeKind.Group => GroupPath.IsWithin(group, Value),
        _ => false,
    };

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => Kind switch
    {
        ScopeKind.Rep => $"rep:{Value}",
        ScopeKind.Group => $"group:{Value}",
        _ => "",
    };
}

/// <summary>The kind of a scope.</summary>
public enum ScopeKind : byte
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Everything.</summary>
    All,
    /// <summary>A group and all below it.</summary>
    Group,
    /// <summary>One rep.</summary>
    Rep,
}

/// <summary>Paths of groups: names joined by <c>/</c>, such as <c>north/vienna</c>.</summary>
public static class GroupPath
{
    /// <summary>Whether a path is another one or lies below it. Every path lies below the empty one.</summary>
    public static bool IsWithin(string path, string ancestor) =>
        ancestor.Length == 0
        || (path.StartsWith(ancestor, StringComparison.Ordinal) && (path.Length == ancestor.Length || path[ancestor.Length] == '/'));
}

/// <summary>Who is asking: today an API token; signed-in people take the same form.</summary>
/// <param name="Name">For logs.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Scope">Whose data.</param>
public sealed record Principal(string Name, Role Role, Scope Scope)
{
    /// <summary>Whether it may see a rep.</summary>
    public bool CanSee(Rep rep) => Role != Role.Gateway && Scope.Covers(rep.Id, rep.Group);

    /// <summary>Whether it may change geofences and other shared definitions.</summary>
    public bool CanEdit => Role is Role.Dispatcher or Role.Admin && Scope.Kind == ScopeKind.All;
}

/// <summary>A person in the field.</summary>
/// <param name="Key">Dense number, given by the registry.</param>
/// <param name="Id">Opaque, unique.</param>
/// <param name="Name">For people.</param>
/// <param name="Group">Path of the group; empty: none.</param>
/// <param name="TimeZone">IANA name; decides where days begin.</param>
public sealed record Rep(int Key, string Id, string Name, string Group, string TimeZone);

/// <summary>A device of a rep.</summary>
/// <param name="Key">Dense number, given by the registry; also names the device in sealed datagrams.</param>
/// <param name="Id">What the device calls itself.</param>
/// <param name="RepKey">Whose it is.</param>
/// <param name="Crs">The coordinate system that it reports when a fix names none.</param>
public sealed record Device(int Key, string Id, int RepKey, Crs Crs);

/// <summary>Coordinate systems that devices report in.</summary>
public enum Crs : byte
{
    /// <summary>GPS.</summary>
    Wgs84,
    /// <summary>The offset system of Chinese maps (AMap, Tencent).</summary>
    Gcj02,
    /// <summary>Baidu's.</summary>
    Bd09,
}

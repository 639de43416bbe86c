namespace Tracking.Contracts.Api;

/// <summary>What a viewer wants to see; one of the three.</summary>
/// <param name="Bounds">West, south, east, north in degrees; with <paramref name="Zoom"/>.</param>
/// <param name="Zoom">The map's zoom, 0 to 24; below 7 the viewer gets counts.</param>
/// <param name="Rep">Id of one rep.</param>
/// <param name="Group">Path of a group; everybody in it and below it.</param>
public sealed record WatchRequest(IReadOnlyList<double>? Bounds = null, double? Zoom = null, string? Rep = null, string? Group = null);

/// <summary>Who the keys of frames are.</summary>
/// <param name="Reps">New to the viewer, or changed.</param>
/// <param name="Gone">Keys that the viewer may no longer see.</param>
public sealed record RepChanges(IReadOnlyList<RepName> Reps, IReadOnlyList<int> Gone);

/// <summary>Who a key is.</summary>
/// <param name="Key">The key in frames.</param>
/// <param name="Id">The rep's id.</param>
/// <param name="Name">For people.</param>
/// <param name="Group">Path of the group; empty: none.</param>
/// <param name="Status"><c>live</c>, <c>stale</c>, <c>lost</c> or <c>offDuty</c>, when this was sent; frames have it too.</param>
public sealed record RepName(int Key, string Id, string Name, string Group, string Status);

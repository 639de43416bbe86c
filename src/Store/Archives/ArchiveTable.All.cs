namespace Tracking.Store.Archives;

internal sealed partial record ArchiveTable
{
    /// <summary>The name under which an embedded store's own node goes in an archive.</summary>
    public const string EmbeddedNode = "main";

    /// <summary>The nodes of an installation, with the last record of each one's journal that the tracks hold.</summary>
    public static readonly ArchiveTable Nodes = new("nodes", TrackFile, "position", "node", "1", "name COLLATE \"C\"",
        new("name", ColumnKind.Text), new("sequence", ColumnKind.Long))
    {
        SqliteSelect = $"SELECT '{EmbeddedNode}', sequence FROM position",
        SqliteInsert = "UPDATE position SET sequence = ?2 WHERE ?1 IS NOT NULL",
    };

    /// <summary>Each rep's tracker and the node that had it last.</summary>
    public static readonly ArchiveTable Trackers = new("trackers", TrackFile, "rep", "tracker", "key", "rep",
        new("rep", ColumnKind.Int), new("node", ColumnKind.Text), new("state", ColumnKind.Bytes))
    {
        SqliteSelect = $"SELECT key, '{EmbeddedNode}', state FROM rep WHERE state IS NOT NULL ORDER BY key",
        // The lowest number that is, not the parameter of the node: without fixes there is no newest one.
        SqliteInsert = "INSERT INTO rep(key, newest, state) SELECT ?1, -9223372036854775807 - 1, ?3 WHERE ?2 IS NOT NULL ON CONFLICT(key) DO UPDATE SET state = ?3",
    };

    /// <summary>The geofences as each node's trackers know them.</summary>
    public static readonly ArchiveTable TrackerGeofences = new("trackerGeofences", TrackFile, "geofence", "tracker_geofence", "key", "node COLLATE \"C\", key",
        new("node", ColumnKind.Text), new("key", ColumnKind.Int), new("geofence", ColumnKind.Utf8))
    {
        SqliteSelect = $"SELECT '{EmbeddedNode}', key, text FROM geofence ORDER BY key",
        SqliteInsert = "INSERT INTO geofence(key, text) SELECT ?2, ?3 WHERE ?1 IS NOT NULL",
    };

    /// <summary>The definitions that each node's trackers obey, as they know them.</summary>
    public static readonly ArchiveTable TrackerDefinitions = new("trackerDefinitions", TrackFile, "definition", "tracker_definition", "kind, id", "node COLLATE \"C\", kind, id COLLATE \"C\"",
        new("node", ColumnKind.Text), new("kind", ColumnKind.Short), new("id", ColumnKind.Text), new("version", ColumnKind.Long), new("json", ColumnKind.Utf8))
    {
        SqliteSelect = $"SELECT '{EmbeddedNode}', kind, id, version, json FROM definition ORDER BY kind, id",
        SqliteInsert = "INSERT INTO definition(kind, id, version, json) SELECT ?2, ?3, ?4, ?5 WHERE ?1 IS NOT NULL",
    };

    /// <summary>Whose history late fixes have changed, and which node stored them.</summary>
    public static readonly ArchiveTable Late = new("late", TrackFile, "late", "late", "rep", "rep",
        new("rep", ColumnKind.Int), new("node", ColumnKind.Text), new("fromFix", ColumnKind.Time, "from_fix", "from_fix"), new("toFix", ColumnKind.Time, "to_fix", "to_fix"),
        new("firstAt", ColumnKind.Time, "first_at", "first_at"), new("lastAt", ColumnKind.Time, "last_at", "last_at"), new("touches", ColumnKind.Long))
    {
        SqliteSelect = $"SELECT rep, '{EmbeddedNode}', from_fix, to_fix, first_at, last_at, touches FROM late ORDER BY rep",
        SqliteInsert = "INSERT INTO late(rep, from_fix, to_fix, first_at, last_at, touches) SELECT ?1, ?3, ?4, ?5, ?6, ?7 WHERE ?2 IS NOT NULL",
    };

    /// <summary>Webhooks.</summary>
    public static readonly ArchiveTable Webhooks = new("webhooks", SubscriptionFile, "webhook", "webhook", "id", "id",
        new("id", ColumnKind.Text), new("url", ColumnKind.Text), new("kinds", ColumnKind.Words), new("scope", ColumnKind.Text),
        new("ownerScope", ColumnKind.Text, "ownerScope", "owner_scope"), new("owner", ColumnKind.Text), new("secret", ColumnKind.Text),
        new("state", ColumnKind.Short), new("createdAt", ColumnKind.Time, "created", "created_at"));

    /// <summary>Everything but the fixes, in an order in which it can be written.</summary>
    public static readonly ArchiveTable[] OfStore =
    [
        new("reps", RegistryFile, "rep", "rep", "key", "key",
            new("key", ColumnKind.Int), new("id", ColumnKind.Text), new("name", ColumnKind.Text), new("group", ColumnKind.Text, "path", "path"),
            new("timeZone", ColumnKind.Text, "zone", "zone"), new("changed", ColumnKind.Long)),
        new("devices", RegistryFile, "device", "device", "key", "key",
            new("key", ColumnKind.Int), new("id", ColumnKind.Text), new("rep", ColumnKind.Int), new("crs", ColumnKind.Short),
            new("secretHash", ColumnKind.Bytes, "secret", "secret"), new("sealKey", ColumnKind.Bytes, "seal", "seal"), new("enrolled", ColumnKind.Flag),
            new("changed", ColumnKind.Long)),
        new("tokens", RegistryFile, "token", "token", "key", "key",
            new("key", ColumnKind.Int), new("name", ColumnKind.Text), new("role", ColumnKind.Short), new("scope", ColumnKind.Text),
            new("hash", ColumnKind.Bytes), new("prefix", ColumnKind.Text), new("createdAt", ColumnKind.Time, "created", "created"),
            new("revokedAt", ColumnKind.Time, "revoked", "revoked"), new("changed", ColumnKind.Long)),
        new("geofences", RegistryFile, "geofence", "geofence", "key", "key",
            new("key", ColumnKind.Int), new("id", ColumnKind.Text), new("version", ColumnKind.Long), new("geofence", ColumnKind.Utf8, "text", "geofence"),
            new("changed", ColumnKind.Long)),
        new("definitions", RegistryFile, "definition", "definition", "kind, id", "kind, id",
            new("kind", ColumnKind.Short), new("id", ColumnKind.Text), new("version", ColumnKind.Long), new("definition", ColumnKind.Utf8, "text", "definition"),
            new("changed", ColumnKind.Long)),
        new("erasures", RegistryFile, "erasure", "erasure", "rep", "rep",
            new("rep", ColumnKind.Int), new("requestedAt", ColumnKind.Time, "requested", "requested_at"), new("actor", ColumnKind.Text), new("subject", ColumnKind.Text),
            new("report", ColumnKind.Text), new("doneAt", ColumnKind.Time, "done", "done_at"), new("changed", ColumnKind.Long)),
        new("erasureParts", RegistryFile, "erasure_part", "erasure_part", "rep, node", "rep, node",
            new("rep", ColumnKind.Int), new("node", ColumnKind.Text), new("at", ColumnKind.Time), new("found", ColumnKind.Long)),
        new("audit", RegistryFile, "audit", "audit", "cursor", "cursor",
            new("cursor", ColumnKind.Long), new("at", ColumnKind.Time), new("actor", ColumnKind.Text), new("action", ColumnKind.Text),
            new("target", ColumnKind.Text), new("detail", ColumnKind.Text)),
        new("alerts", AlertFile, "alert", "alert", "cursor", "cursor",
            new("cursor", ColumnKind.Long), new("id", ColumnKind.Text), new("kind", ColumnKind.Text), new("rep", ColumnKind.Text), new("at", ColumnKind.Time),
            new("writtenAt", ColumnKind.Time, "written", "written_at"), new("json", ColumnKind.Utf8)),
        Webhooks,
        new("progress", SubscriptionFile, "progress", "progress", "subscriber", "subscriber",
            new("subscriber", ColumnKind.Text), new("cursor", ColumnKind.Long), new("missed", ColumnKind.Long)),
        new("letters", SubscriptionFile, "letter", "letter", "id", "id",
            new("id", ColumnKind.Long), new("webhook", ColumnKind.Text), new("cursor", ColumnKind.Long), new("alert", ColumnKind.Text),
            new("json", ColumnKind.Utf8), new("reason", ColumnKind.Text), new("attempts", ColumnKind.Int), new("at", ColumnKind.Time),
            new("replay", ColumnKind.Flag)),
        Nodes,
        Trackers,
        TrackerGeofences,
        TrackerDefinitions,
        Late,
        new("deviceEvents", TrackFile, "device_event", "device_event", "rep, at, kind, device, name", "rep, at, kind, device, name COLLATE \"C\"",
            new("rep", ColumnKind.Int), new("at", ColumnKind.Time), new("kind", ColumnKind.Short), new("device", ColumnKind.Int), new("name", ColumnKind.Text),
            new("receivedAt", ColumnKind.Time, "received_at", "received_at"), new("protocol", ColumnKind.Short),
            new("batteryPct", ColumnKind.Number, "battery", "battery_pct"), new("charging", ColumnKind.Flag), new("data", ColumnKind.Utf8)),
    ];

    /// <summary>The column that names a node; -1: none.</summary>
    public int NodeColumn => this == Nodes || this == TrackerGeofences || this == TrackerDefinitions ? 0 : this == Trackers || this == Late ? 1 : -1;

    /// <summary>Input that could not be used; in a folder, whatever the store.</summary>
    public static readonly ArchiveTable Quarantine = new("quarantine", QuarantineFile, "entry", "", "id", "",
        new("id", ColumnKind.Long), new("at", ColumnKind.Time), new("protocol", ColumnKind.Short), new("device", ColumnKind.Text), new("reason", ColumnKind.Text),
        new("detail", ColumnKind.Text), new("raw", ColumnKind.Bytes), new("bytes", ColumnKind.Long));

    /// <summary>The highest number that was given of each kind, so that none is given twice.</summary>
    public static readonly ArchiveTable Counters = new("counters", "", "", "", "", "", new("name", ColumnKind.Text), new("value", ColumnKind.Long));
}

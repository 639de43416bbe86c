-- The definitions that a node's trackers obey, as they know them at its cursor.
CREATE TABLE tracker_definition(
    node text NOT NULL,
    kind smallint NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL,
    json bytea NOT NULL,
    PRIMARY KEY (node, kind, id));

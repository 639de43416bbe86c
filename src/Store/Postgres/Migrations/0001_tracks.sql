-- Where each node's journal has been taken over to, and by which checkpoint; the row is locked while one is written.
CREATE TABLE node(
    name text PRIMARY KEY,
    sequence bigint NOT NULL DEFAULT 0,
    checkpoint bigint NOT NULL DEFAULT 0);

-- Each checkpoint takes a number, in which its fixes are counted: the order of arrival.
CREATE SEQUENCE checkpoint_number;

-- An unknown number is null. Partitioned by time where TimescaleDB is there.
CREATE TABLE fixes(
    fixed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    arrival bigint NOT NULL,
    idempotency_hash bigint,
    rep integer NOT NULL,
    latitude_e7 integer,
    longitude_e7 integer,
    altitude_m real,
    speed_mps real,
    course_deg real,
    accuracy_m real,
    battery_pct real,
    satellites smallint,
    activity smallint NOT NULL,
    provider smallint NOT NULL,
    alarm smallint NOT NULL,
    traits smallint NOT NULL,
    protocol smallint NOT NULL,
    outcome smallint NOT NULL,
    attributes bytea);
CREATE INDEX fixes_rep_time ON fixes(rep, fixed_at);

-- Fixes of clocks that are far off. Each would make a partition of its own, and a server has locks for some thousands only.
CREATE TABLE outlying_fixes(LIKE fixes INCLUDING ALL);

-- The trackers' newest snapshots, which every checkpoint overwrites: room in the pages keeps the updates in place.
CREATE TABLE tracker(
    rep integer PRIMARY KEY,
    node text NOT NULL,
    state bytea NOT NULL) WITH (fillfactor = 50);
ALTER TABLE tracker ALTER COLUMN state SET STORAGE EXTERNAL;

-- The geofences as a node's trackers know them at its cursor.
CREATE TABLE tracker_geofence(
    node text NOT NULL,
    key integer NOT NULL,
    geofence bytea NOT NULL,
    PRIMARY KEY (node, key));

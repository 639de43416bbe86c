-- What devices told of themselves; an unknown value is null.
CREATE TABLE device_event(
    rep integer NOT NULL,
    at timestamptz NOT NULL,
    kind smallint NOT NULL,
    device integer NOT NULL,
    name text NOT NULL,
    received_at timestamptz NOT NULL,
    protocol smallint NOT NULL,
    battery_pct real,
    charging boolean,
    data bytea,
    PRIMARY KEY (rep, at, kind, device, name));
CREATE INDEX device_event_time ON device_event USING brin(at);

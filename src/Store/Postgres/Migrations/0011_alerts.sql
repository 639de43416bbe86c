-- Written first, streamed from. The JSON is kept as the bytes that subscribers get.
CREATE TABLE alert(
    cursor bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    kind text NOT NULL,
    rep text NOT NULL,
    at timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    json bytea NOT NULL);
CREATE INDEX alert_kind ON alert(kind, cursor);
CREATE INDEX alert_rep ON alert(rep, cursor);
CREATE INDEX alert_at ON alert(at);

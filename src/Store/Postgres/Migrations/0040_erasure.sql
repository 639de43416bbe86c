-- People whose data are to be erased, or were. Whose they are stands there only until it is done.
CREATE TABLE erasure(
    rep integer PRIMARY KEY,
    requested_at timestamptz NOT NULL,
    actor text NOT NULL,
    subject text,
    report text NOT NULL,
    done_at timestamptz,
    changed bigint NOT NULL);
CREATE INDEX erasure_changed ON erasure(changed);

-- Which nodes have erased what lies in their own folders, and how much that was.
CREATE TABLE erasure_part(
    rep integer NOT NULL,
    node text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    found bigint NOT NULL,
    PRIMARY KEY (rep, node));

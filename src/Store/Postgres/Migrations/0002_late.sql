-- Whose history late fixes have changed since it was last derived, and which node stored them.
CREATE TABLE late(
    rep integer PRIMARY KEY,
    node text NOT NULL,
    from_fix timestamptz NOT NULL,
    to_fix timestamptz NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    touches bigint NOT NULL);

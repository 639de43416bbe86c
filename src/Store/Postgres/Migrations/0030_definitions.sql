-- Documents that people write and the server obeys. A deleted one keeps its row without text, so that every node learns of it.
CREATE TABLE definition(
    kind smallint NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    definition bytea,
    changed bigint NOT NULL,
    PRIMARY KEY (kind, id));
CREATE INDEX definition_changed ON definition(changed);

-- +goose Up

-- The shards of Discord's gateway: who has one, and where its events go on.
CREATE TABLE discord_shard (
    shard   TEXT PRIMARY KEY, -- platform/number/of
    epoch   BIGINT NOT NULL,  -- grows each time the shard changes hands
    holder  TEXT NOT NULL,
    held    BIGINT NOT NULL,  -- until
    session TEXT NOT NULL,
    address TEXT NOT NULL,
    seq     BIGINT NOT NULL,  -- all events up to this were handled
    alive   BIGINT NOT NULL   -- all events before this moment were handled
);

-- Forms that are asked for in steps, and answers that wait behind a button.
CREATE TABLE discord_form (
    key     TEXT PRIMARY KEY,
    state   TEXT NOT NULL, -- JSON
    expires BIGINT NOT NULL
);
CREATE INDEX discord_form_expires ON discord_form (expires);

-- +goose Down
SELECT 1;

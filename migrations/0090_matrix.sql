-- +goose Up

-- The bot's session on its homeserver, where /sync goes on, and which program leads.
CREATE TABLE matrix_account (
    account  TEXT PRIMARY KEY, -- the bot's user id
    device   TEXT NOT NULL,
    token    TEXT NOT NULL,    -- '': none yet
    position TEXT NOT NULL,    -- '': before the first sync
    stored   BIGINT NOT NULL,  -- when the position was
    epoch    BIGINT NOT NULL,  -- grows with each change of the holder
    holder   TEXT NOT NULL,
    held     BIGINT NOT NULL   -- until when
);

-- What was said once for ever.
CREATE TABLE matrix_once (
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);

-- Encrypted events whose key has not come yet.
CREATE TABLE matrix_waiting (
    account TEXT NOT NULL,
    event   TEXT NOT NULL,
    room    TEXT NOT NULL,
    body    TEXT NOT NULL, -- JSON, as the homeserver gave it
    since   BIGINT NOT NULL,
    PRIMARY KEY (account, event)
);

-- +goose Down
SELECT 1;

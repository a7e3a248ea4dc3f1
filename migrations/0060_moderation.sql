-- +goose Up
-- Sections whose rooms a space makes once they are needed.
ALTER TABLE space ADD COLUMN later TEXT NOT NULL DEFAULT '';

-- What was done to a community itself: who and what, never the words.
CREATE TABLE act (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    by_member    BIGINT NOT NULL,
    what         TEXT NOT NULL,
    about        TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX act_member ON act (community_id, by_member);

-- Codes by which one other space may ask to join. guest_* is the space that asked.
CREATE TABLE invitation (
    code           TEXT PRIMARY KEY,
    community_id   BIGINT NOT NULL REFERENCES community (id),
    by_member      BIGINT NOT NULL,
    made           BIGINT NOT NULL,
    expires        BIGINT NOT NULL,
    state          TEXT NOT NULL,
    guest_platform TEXT NOT NULL,
    guest_space    TEXT NOT NULL,
    guest_room     TEXT NOT NULL,
    guest_name     TEXT NOT NULL,
    guest_people   BIGINT NOT NULL,
    guest_account  TEXT NOT NULL,
    guest_later    BOOLEAN NOT NULL,
    asked          BIGINT NOT NULL
);
CREATE INDEX invitation_waiting ON invitation (community_id, state);
CREATE INDEX invitation_guest ON invitation (guest_platform, guest_space, state);

-- How often codes were tried, so that they cannot be guessed.
CREATE TABLE code_try (
    platform TEXT NOT NULL,
    who      TEXT NOT NULL,
    since    BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    PRIMARY KEY (platform, who)
);

-- What members told the moderators. source_* is the message that it is about, where it is about one.
CREATE TABLE report (
    community_id    BIGINT NOT NULL REFERENCES community (id),
    number          BIGINT NOT NULL,
    by_member       BIGINT NOT NULL, -- 0: erased since
    subject         TEXT NOT NULL,   -- a record's id, or ''
    excerpt         TEXT NOT NULL,   -- '': none, or the message was deleted
    writer          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    at              BIGINT NOT NULL,
    settled         BIGINT NOT NULL,
    settled_by      BIGINT NOT NULL,
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX report_open ON report (community_id, settled);
CREATE INDEX report_source ON report (source_platform, source_room, source_message);

-- +goose Down
SELECT 1;

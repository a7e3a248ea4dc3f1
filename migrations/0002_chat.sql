-- +goose Up

-- Events that were taken, so that a repeat has no second effect; kept for 48 hours and more.
CREATE TABLE inbox (
    platform  TEXT NOT NULL,
    event     TEXT NOT NULL,
    community BIGINT NOT NULL,
    member    BIGINT NOT NULL,
    command   TEXT NOT NULL, -- a digest of the command and its arguments and place, for the crash case
    work_key  TEXT NOT NULL, -- the work item that holds the answer
    answer    TEXT NOT NULL, -- the answer as a message (JSON), for the same command again
    at        BIGINT NOT NULL,
    PRIMARY KEY (platform, event)
);
CREATE INDEX inbox_at ON inbox (at);
CREATE INDEX inbox_command ON inbox (community, member, command);

-- Buttons whose command is too long for their key.
CREATE TABLE button (
    key     TEXT PRIMARY KEY,
    line    TEXT NOT NULL,
    expires BIGINT NOT NULL -- 0: never
);

-- Forms that are open and questions that wait for an answer.
CREATE TABLE pending (
    key       TEXT PRIMARY KEY,
    platform  TEXT NOT NULL,
    account   TEXT NOT NULL,
    room      TEXT NOT NULL,
    thread    TEXT NOT NULL,
    message   TEXT NOT NULL, -- the question's own message, once it is known
    question  BOOLEAN NOT NULL,
    state     TEXT NOT NULL, -- JSON: the command, its arguments so far, its target
    expires   BIGINT NOT NULL
);
CREATE INDEX pending_account ON pending (platform, account, question);
CREATE INDEX pending_expires ON pending (expires);

-- Live messages: what shows a subject in a place, posted once and edited from then on.
CREATE TABLE card (
    community_id BIGINT NOT NULL,
    subject      TEXT NOT NULL,
    platform     TEXT NOT NULL,
    space        TEXT NOT NULL,
    room         TEXT NOT NULL,
    thread       TEXT NOT NULL,
    message      TEXT NOT NULL, -- '': not posted yet
    starts       TEXT NOT NULL, -- the thread that starts from it
    shown        TEXT NOT NULL, -- a digest of what it shows
    posted       BIGINT NOT NULL,
    queued       BIGINT NOT NULL, -- how often it was marked since it was settled
    round        BIGINT NOT NULL,
    gone         BOOLEAN NOT NULL,
    listed       BIGINT NOT NULL, -- the day in whose list it stands instead; 0: none yet, -1: never
    PRIMARY KEY (community_id, subject, platform, room, thread)
);
CREATE INDEX card_message ON card (platform, room, message);
CREATE INDEX card_day ON card (community_id, platform, room, posted);

-- Threads whose messages belong to a record.
CREATE TABLE thread (
    community_id BIGINT NOT NULL,
    platform     TEXT NOT NULL,
    room         TEXT NOT NULL,
    thread       TEXT NOT NULL,
    space        TEXT NOT NULL,
    record       TEXT NOT NULL,
    PRIMARY KEY (platform, room, thread)
);
CREATE INDEX thread_record ON thread (community_id, record);

-- What waits for a person, as a message.
CREATE TABLE todo (
    community_id BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    key          TEXT NOT NULL,
    message      TEXT NOT NULL, -- JSON
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, member, key)
);

-- What was said once and must not be said again.
CREATE TABLE said (
    community_id BIGINT NOT NULL,
    key          TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, key)
);

-- +goose Down
SELECT 1;
